/**
 * Batch normalization from scratch on TensorFlow.js: the layer, two models with it before or after
 * the activation, and Fashion-MNIST to try them on. With it, `file://` serves for saving and loading
 * models, in Deno and Node.
 *
 * @example A model with our layer learns, then predicts one image at a time
 * ```ts
 * import {
 *   createMlp,
 *   loadFashionMnist,
 *   minibatches,
 *   takeFirst,
 *   unitScaling,
 * } from "@batchnorm/from-scratch";
 * import * as tf from "@tensorflow/tfjs";
 * import { assertEquals } from "@std/assert";
 *
 * const { train } = await loadFashionMnist(); // embedded, checked against its SHA-256 sums
 * const mlp = createMlp({ placement: "pre", hidden: [32], seed: 1 });
 * mlp.compile({ optimizer: tf.train.sgd(0.1), loss: tf.losses.softmaxCrossEntropy });
 *
 * const data = { batchSize: 64, scaling: unitScaling, shuffle: { seed: 1, epoch: 1 } };
 * for (const { images, labels } of minibatches(takeFirst(train, 640), data)) {
 *   await mlp.trainOnBatch(images, labels); // BN in training mode: statistics of the batch
 * }
 *
 * for (const { images } of minibatches(takeFirst(train, 1), { ...data, batchSize: 1 })) {
 *   const logits = mlp.predict(images) as tf.Tensor; // prediction mode: stored statistics
 *   assertEquals(logits.shape, [1, 10]);
 * }
 * ```
 *
 * @module
 */
import "./models/file_io.ts";

export * from "./bn/batch_norm.ts";
export * from "./bn/batch_norm_layer.ts";
export * from "./bn/dataset_statistics.ts";
export type { Activation, ModelOptions, Placement } from "./models/placement.ts";
export * from "./models/cnn.ts";
export * from "./models/mlp.ts";
export * from "./data/data_error.ts";
export * from "./data/dataset_name.ts";
export * from "./data/fashion_mnist.ts";
export * from "./data/idx.ts";
export { IMAGE_SIZE, type LabeledImages, NUM_CLASSES, takeFirst } from "./data/labeled_images.ts";
export * from "./data/minibatches.ts";
export * from "./data/scaling.ts";
export * from "./data/shuffle.ts";
