/**
 * What a difference could be on other test images: seeds and images drawn anew together.
 *
 * @module
 */
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import { fromBits } from "../../experiments/right_bits.ts";
import { quantiles } from "../statistics.ts";

/** How often they are drawn; the bounds then vary by a fortieth of the interval's length. */
const DRAWS = 1000;

const known = new Map<number, Uint8Array[]>();

/** How often each of n things is among n drawn with replacement, draw by draw; made once for each n. */
function drawsOf(n: number): Uint8Array[] {
  const random = xoroshiro128plus(n); // its own, so that seeds and images are drawn independently
  const draw = () => {
    const counts = new Uint8Array(n);
    for (let i = 0; i < n; i++) counts[Math.floor(n * ((random.next() >>> 0) / 2 ** 32))] += 1;
    return counts;
  };
  const draws = known.get(n) ?? Array.from({ length: DRAWS }, draw);
  known.set(n, draws);
  return draws;
}

/**
 * 95 % interval of a mean difference of accuracies, by a bootstrap over seeds and images together
 * (Owen, "The pigeonhole bootstrap", Annals of Applied Statistics 1, 2007). The same draws at every
 * call.
 *
 * @param pairs Of each seed which test images the first and the second model get right, as records
 *   hold it.
 * @param images How many test images there are.
 */
export function otherImages(
  pairs: readonly (readonly [first: string, second: string])[],
  images: number,
): [low: number, high: number] {
  // Most images are right or wrong in both: only those are kept that the first or the second alone gets
  // right.
  const alone = pairs.map((pair) => {
    const [first, second] = pair.map((bits) => fromBits(bits, images));
    const where = (one: boolean[], other: boolean[]) => {
      const those: number[] = [];
      for (let i = 0; i < images; i++) if (one[i] && !other[i]) those.push(i);
      return those;
    };
    return [where(first, second), where(second, first)] as const;
  });
  const [seedDraws, imageDraws] = [drawsOf(pairs.length), drawsOf(images)];
  const means = seedDraws.map((seeds, draw) => {
    const times = (those: readonly number[]) => {
      let sum = 0;
      for (const image of those) sum += imageDraws[draw][image];
      return sum;
    };
    const sum = alone.reduce(
      (sum, [first, second], seed) => sum + seeds[seed] * (times(first) - times(second)),
      0,
    );
    return sum / (pairs.length * images);
  });
  const [low, high] = quantiles(means, [0.025, 0.975]);
  return [low, high];
}
