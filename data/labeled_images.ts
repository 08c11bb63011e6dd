/** Images and what they show. */
export interface LabeledImages {
  /** Grey levels 0 (background) … 255: `[count, 28, 28]`, row-major. */
  readonly images: Uint8Array;
  /** The class of each image, 0…9: `[count]`. */
  readonly labels: Uint8Array;
  /** How many images there are. */
  readonly count: number;
}

/** Height and width of every image, in pixels. */
export const IMAGE_SIZE = 28;

/** How many classes there are. */
export const NUM_CLASSES = 10;

/**
 * The first `count` images of a split, in their order, for a quick run.
 *
 * @param split Any split.
 * @param count How many: a whole number from 1 to `split.count`.
 * @returns A view on `split`, not a copy.
 * @throws {RangeError} If `count` is not such a number.
 *
 * @example
 * ```ts
 * import { takeFirst } from "@batchnorm/from-scratch";
 * import { assertEquals } from "@std/assert";
 *
 * const split = { images: new Uint8Array(3 * 28 * 28), labels: Uint8Array.of(9, 0, 3), count: 3 };
 *
 * assertEquals([...takeFirst(split, 2).labels], [9, 0]);
 * ```
 */
export function takeFirst(split: LabeledImages, count: number): LabeledImages {
  if (!Number.isInteger(count) || count < 1 || count > split.count) {
    throw new RangeError(
      `Cannot take the first ${count} of ${split.count} images: count must be a whole number ` +
        `from 1 to ${split.count}.`,
    );
  }
  return slice(split, 0, count);
}

/** The images from `start` to before `end`, as a view. */
export function slice(
  { images, labels }: LabeledImages,
  start: number,
  end: number,
): LabeledImages {
  const pixels = IMAGE_SIZE * IMAGE_SIZE;
  return {
    images: images.subarray(start * pixels, end * pixels),
    labels: labels.subarray(start, end),
    count: end - start,
  };
}
