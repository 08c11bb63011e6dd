import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";

/**
 * The indices 0 … count − 1 in an order that depends on `count`, `seed` and `epoch` alone.
 *
 * Fisher-Yates with xoroshiro128+. Its 32-bit seed is mix(mix(seed) + epoch), where mix is
 * MurmurHash3's finalizer, a one-to-one scrambling of 32-bit numbers. So neighbouring seeds and
 * epochs have nothing in common, (seed 1, epoch 2) differs from (seed 2, epoch 1), and two epochs
 * of one seed never start from the same state; of two different seeds, they do so by a chance of
 * 1 in 2³².
 *
 * @param count How many indices: a whole number from 0 to 2³² − 1.
 * @param seed A whole number from 0 to 2³² − 1.
 * @param epoch A whole number from 0 to 2³² − 1.
 * @throws {RangeError} If one of the numbers is not such a number.
 *
 * @example
 * ```ts
 * import { shuffledIndices } from "@batchnorm/from-scratch";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals([...shuffledIndices(5, 1, 0)], [2, 0, 3, 4, 1]);
 * ```
 */
export function shuffledIndices(count: number, seed: number, epoch: number): Uint32Array {
  assertUint32("count", count);
  assertUint32("seed", seed);
  assertUint32("epoch", epoch);
  const random = xoroshiro128plus(mix(mix(seed) + epoch));
  const indices = Uint32Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = uniformInt(random, 0, i);
    [indices[i], indices[j]] = [indices[j], indices[i]];
  }
  return indices;
}

/** MurmurHash3's finalizer: every bit of the result depends on every bit of `x` (modulo 2³²). */
function mix(x: number): number {
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return x ^ (x >>> 16);
}

function assertUint32(name: string, value: number): void {
  if (value !== value >>> 0) {
    throw new RangeError(`${name} must be a whole number from 0 to 2³² − 1, not ${value}.`);
  }
}
