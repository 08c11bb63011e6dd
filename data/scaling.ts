/**
 * From bytes to the float32 numbers that a model is given: x = (byte − mean) / deviation.
 *
 * @module
 */
import type { LabeledImages } from "./labeled_images.ts";

/** An affine map of bytes: x = (byte − mean) / deviation. */
export interface Scaling {
  /** What records and figures call it. */
  readonly name: "raw" | "unit" | "standardized";
  /** What is subtracted, in byte units (0…255). */
  readonly mean: number;
  /** What is then divided by, such as a standard deviation, in byte units; greater than 0. */
  readonly deviation: number;
}

/** x = byte, in 0…255: what a network sees when nobody scales its input. */
export const rawScaling: Scaling = { name: "raw", mean: 0, deviation: 1 };

/** x = byte / 255, in 0…1. */
export const unitScaling: Scaling = { name: "unit", mean: 0, deviation: 255 };

/**
 * x = (byte − mean) / deviation with the mean and the standard deviation of all pixels of `train`
 * together, so that these pixels get mean 0 and variance 1. It is the biased one (divided by the
 * number of pixels, not by one less), as everywhere in this package.
 *
 * Pass the training split and use the result for validation and test images too. A scaling taken
 * from the test images would let them influence the very predictions they are there to judge, and
 * the same image would mean something else to the model in training and in testing.
 *
 * For the 55,000 training images of Fashion-MNIST: mean 72.88, standard deviation 90.00.
 *
 * @param train The images whose pixels are counted.
 * @throws {RangeError} If there is no pixel, or if all pixels have the same value.
 *
 * @example
 * ```ts
 * import { scaleImages, standardizedScaling } from "@batchnorm/from-scratch";
 * import { assertEquals } from "@std/assert";
 *
 * const images = new Uint8Array(28 * 28).fill(100, 0, 392).fill(200, 392); // half 100, half 200
 * const scaling = standardizedScaling({ images, labels: Uint8Array.of(0), count: 1 });
 *
 * assertEquals(scaling, { name: "standardized", mean: 150, deviation: 50 });
 * assertEquals([...scaleImages(Uint8Array.of(100, 150, 200), scaling)], [-1, 0, 1]);
 * ```
 */
export function standardizedScaling(train: LabeledImages): Scaling {
  const pixels = train.images.length;
  if (pixels === 0) {
    throw new RangeError("Cannot standardize by 0 images: pass a training split that has some.");
  }
  const histogram = new Float64Array(256); // how many pixels have each value: exact integers
  for (const byte of train.images) histogram[byte]++;

  const mean = histogram.reduce((sum, n, byte) => sum + n * byte, 0) / pixels;
  const variance = histogram.reduce((sum, n, byte) => sum + n * (byte - mean) ** 2, 0) / pixels;
  if (variance === 0) {
    throw new RangeError(
      `Cannot standardize images whose pixels all have the value ${mean}: their standard ` +
        "deviation is 0. Check the data, or use unitScaling.",
    );
  }
  return { name: "standardized", mean, deviation: Math.sqrt(variance) };
}

/**
 * Scales bytes, of one image or of many.
 *
 * @param bytes Pixels in any arrangement, `[n]`.
 * @param scaling How; see {@linkcode Scaling}.
 * @returns `[n]` numbers in the same arrangement.
 * @throws {RangeError} If the scaling's deviation is not a finite number above 0, or its mean is
 * not finite.
 *
 * @example
 * ```ts
 * import { scaleImages, unitScaling } from "@batchnorm/from-scratch";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(scaleImages(Uint8Array.of(0, 51, 255), unitScaling), Float32Array.of(0, 0.2, 1));
 * ```
 */
export function scaleImages(bytes: Uint8Array, scaling: Scaling): Float32Array {
  const { mean, deviation } = scaling;
  if (!(deviation > 0 && Number.isFinite(deviation) && Number.isFinite(mean))) {
    throw new RangeError(
      `Cannot scale by mean ${mean} and deviation ${deviation}: the mean must be finite, the ` +
        "deviation finite and above 0.",
    );
  }
  const table = Float32Array.from({ length: 256 }, (_, byte) => (byte - mean) / deviation);
  const scaled = new Float32Array(bytes.length);
  for (let i = 0; i < bytes.length; i++) scaled[i] = table[bytes[i]];
  return scaled;
}
