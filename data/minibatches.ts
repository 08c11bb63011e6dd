/**
 * A split, cut into minibatches of tensors: in the order of the file, or in an order that depends
 * on a seed and the epoch alone.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { IMAGE_SIZE, type LabeledImages, NUM_CLASSES } from "./labeled_images.ts";
import { assertOptionNames } from "./options.ts";
import { scaleImages, type Scaling } from "./scaling.ts";
import { shuffledIndices } from "./shuffle.ts";

/** What a model is given at once. */
export interface Minibatch {
  /** Scaled pixels: `[size, 28, 28, 1]`, float32. */
  readonly images: tf.Tensor4D;
  /** One-hot labels: `[size, 10]`, float32. */
  readonly labels: tf.Tensor2D;
  /** How many images are in it. */
  readonly size: number;
}

/** What to do with the images that are left when the batches are cut. */
export type LastBatch = "drop" | "keep";

/** Options of {@linkcode minibatches}. */
export interface MinibatchOptions {
  /** Images per batch: a whole number of at least 1. */
  batchSize: number;
  /** How bytes become numbers. */
  scaling: Scaling;
  /**
   * Shuffle by {@linkcode shuffledIndices}; pass another `epoch` (0, 1, 2, …) for each pass.
   *
   * @default {the order of the split}
   */
  shuffle?: { seed: number; epoch: number };
  /**
   * Whether images that do not fill a batch are dropped or make a smaller last batch.
   *
   * Shuffled batches are for training, where every batch should estimate means and variances with
   * the same noise, and where batch normalization has nothing to estimate from in a batch of one.
   * The dropped images are others in every epoch. Batches in order are for evaluation, where every
   * image counts.
   *
   * @default {"drop" if shuffled, otherwise "keep"}
   */
  lastBatch?: LastBatch;
}

/**
 * Goes through a split once, batch by batch.
 *
 * **Whose tensors.** The tensors belong to the generator: it makes a batch when asked for it, and
 * disposes of it when asked for the next one or when the loop is left, by its end, `break`,
 * `return` or an error. A `for…of` loop hence never leaks and needs no `dispose`; what is to
 * outlive the round must be kept with `tensor.clone()`. Whoever calls `next()` by hand also has to
 * call `return()`.
 *
 * @param split The images.
 * @throws {TypeError} If an option has an unknown name, or there is no scaling.
 * @returns A generator of `countBatches(split.count, batchSize, lastBatch)` minibatches.
 * @throws {RangeError} At once, before the first batch: if `batchSize` is not a whole number of at
 * least 1, if there would be no batch at all, if seed or epoch are not of the range of
 * {@linkcode shuffledIndices}, or if the split's arrays do not fit its count.
 *
 * @example
 * ```ts
 * import { minibatches, unitScaling } from "@batchnorm/from-scratch";
 * import { assertEquals } from "@std/assert";
 *
 * const split = { images: new Uint8Array(5 * 28 * 28), labels: new Uint8Array(5), count: 5 };
 *
 * const shapes = [];
 * for (const { images } of minibatches(split, { batchSize: 2, scaling: unitScaling })) {
 *   shapes.push(images.shape);
 * }
 * assertEquals(shapes, [[2, 28, 28, 1], [2, 28, 28, 1], [1, 28, 28, 1]]);
 * ```
 */
export function minibatches(
  split: LabeledImages,
  options: MinibatchOptions,
): Generator<Minibatch, void, void> {
  assertOptionNames("cut minibatches", options, ["batchSize", "scaling", "shuffle", "lastBatch"]);
  const { batchSize, scaling, shuffle } = options;
  const { lastBatch = shuffle ? "drop" : "keep" } = options;
  if (lastBatch !== "drop" && lastBatch !== "keep") {
    throw new RangeError(`lastBatch must be "drop" or "keep", not "${lastBatch}".`);
  }
  if (scaling === undefined) {
    throw new TypeError("Cannot cut minibatches without scaling: pass unitScaling, for example.");
  }
  assertConsistent(split);
  const batches = countBatches(split.count, batchSize, lastBatch);
  if (batches === 0) {
    throw new RangeError(
      `Cannot make a batch of ${batchSize} from ${split.count} images: lower batchSize, pass more ` +
        'images, or let lastBatch be "keep".',
    );
  }
  const order = shuffle
    ? shuffledIndices(split.count, shuffle.seed, shuffle.epoch)
    : Uint32Array.from({ length: split.count }, (_, i) => i);
  return cut(split, order, batches, batchSize, scaling);
}

/** Separate from {@linkcode minibatches}, since a generator's own checks would wait for `next()`. */
function* cut(
  split: LabeledImages,
  order: Uint32Array,
  batches: number,
  batchSize: number,
  scaling: Scaling,
): Generator<Minibatch, void, void> {
  for (let b = 0; b < batches; b++) {
    const batch = makeBatch(split, order.subarray(b * batchSize, (b + 1) * batchSize), scaling);
    try {
      yield batch;
    } finally {
      tf.dispose([batch.images, batch.labels]);
    }
  }
}

function makeBatch(split: LabeledImages, indices: Uint32Array, scaling: Scaling): Minibatch {
  const size = indices.length;
  const pixels = IMAGE_SIZE * IMAGE_SIZE;
  const bytes = new Uint8Array(size * pixels);
  const oneHot = new Float32Array(size * NUM_CLASSES);
  indices.forEach((index, row) => {
    bytes.set(split.images.subarray(index * pixels, (index + 1) * pixels), row * pixels);
    oneHot[row * NUM_CLASSES + split.labels[index]] = 1;
  });
  return {
    images: tf.tensor4d(scaleImages(bytes, scaling), [size, IMAGE_SIZE, IMAGE_SIZE, 1]),
    labels: tf.tensor2d(oneHot, [size, NUM_CLASSES]),
    size,
  };
}

/**
 * How many batches one pass takes, for a progress bar.
 *
 * @param count Images: a whole number of at least 0.
 * @param batchSize Images per batch: a whole number of at least 1.
 * @param lastBatch Whether a last batch that is not full counts.
 * @throws {RangeError} If one of the numbers is not such a number.
 *
 * @example
 * ```ts
 * import { countBatches } from "@batchnorm/from-scratch";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(countBatches(55_000, 64, "drop"), 859); // and 24 images are left
 * assertEquals(countBatches(55_000, 64, "keep"), 860);
 * ```
 */
export function countBatches(count: number, batchSize: number, lastBatch: LastBatch): number {
  if (!Number.isSafeInteger(count) || count < 0) {
    throw new RangeError(`count must be a whole number of at least 0, not ${count}.`);
  }
  if (!Number.isSafeInteger(batchSize) || batchSize < 1) {
    throw new RangeError(`batchSize must be a whole number of at least 1, not ${batchSize}.`);
  }
  return lastBatch === "drop" ? Math.floor(count / batchSize) : Math.ceil(count / batchSize);
}

function assertConsistent({ images, labels, count }: LabeledImages): void {
  const pixels = IMAGE_SIZE * IMAGE_SIZE;
  if (labels.length !== count || images.length !== count * pixels) {
    throw new RangeError(
      `A split of ${count} images must have ${count} labels and ${
        count * pixels
      } pixels, but has ` +
        `${labels.length} and ${images.length}. Use takeFirst to shorten a split.`,
    );
  }
  const outlier = labels.findIndex((label) => label >= NUM_CLASSES);
  if (outlier !== -1) {
    throw new RangeError(
      `Label ${outlier} of the split is ${labels[outlier]}, but labels must be ` +
        `0…${NUM_CLASSES - 1}.`,
    );
  }
}
