/**
 * What a difference could be on other test images: seeds and images drawn anew together.
 *
 * @module
 */
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import { fromBits } from "../../experiments/right_bits.ts";
import { quantile } from "../statistics.ts";

/** How often they are drawn; the bounds then vary by a fortieth of the interval's length. */
const DRAWS = 1000;

/** How often each of n things is among n drawn with replacement. */
function drawn(random: ReturnType<typeof xoroshiro128plus>, n: number): Uint8Array {
  const counts = new Uint8Array(n);
  for (let i = 0; i < n; i++) counts[uniformInt(random, 0, n - 1)] += 1;
  return counts;
}

/** One draw: how often each seed and each image is in it. */
interface Draw {
  seeds: Uint8Array;
  images: Uint8Array;
}

const drawsOf = new Map<string, Draw[]>();

/** The draws of so many seeds and images, made once: they take ten million numbers. */
function draws(seeds: number, images: number): Draw[] {
  const key = `${seeds} ${images}`;
  const known = drawsOf.get(key);
  if (known) return known;
  const random = xoroshiro128plus(2015);
  const made = Array.from({ length: DRAWS }, () => ({
    seeds: drawn(random, seeds),
    images: drawn(random, images),
  }));
  drawsOf.set(key, made);
  return made;
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
  // Most images are right or wrong in both: only the others are kept, by what they count.
  const unlike = pairs.map((pair) => {
    const [first, second] = pair.map((bits) => fromBits(bits, images));
    return first.flatMap((right, i) =>
      right === second[i] ? [] : [{ image: i, counts: right ? 1 : -1 }]
    );
  });
  const means = draws(pairs.length, images).map((draw) => {
    let sum = 0;
    for (const [seed, differing] of unlike.entries()) {
      for (const { image, counts } of differing) {
        sum += draw.seeds[seed] * draw.images[image] * counts;
      }
    }
    return sum / (pairs.length * images);
  });
  return [quantile(means, 0.025), quantile(means, 0.975)];
}
