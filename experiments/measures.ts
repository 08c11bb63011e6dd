/**
 * What some experiments record beside their scores: the same weights in training mode, and what BN layers
 * learned. The model is left as it was.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import type { BatchNorm, ChannelStatistics } from "../bn/batch_norm_layer.ts";
import type { LabeledImages } from "../data/labeled_images.ts";
import { minibatches } from "../data/minibatches.ts";
import { shuffledIndices } from "../data/shuffle.ts";
import type { Scaling } from "../data/scaling.ts";
import { evaluate } from "./fit.ts";
import { type BatchNormRecord, type Score, sixDigits, type TrialRecord } from "./record.ts";

/** How a split is cut into batches; those of one image are never made. */
export interface Batching {
  batchSize: number;
  scaling: Scaling;
  /** Seed of the order of the images. */
  seed: number;
}

/** Scores a model in training mode: each image by the statistics of the batch that it is in. */
export function evaluateInTrainingMode(
  model: tf.LayersModel,
  split: LabeledImages,
  { seed, ...batching }: Batching,
): Score {
  return restoring(model, () => {
    const batches = minibatches(split, { ...batching, shuffle: { seed, epoch: 0 } });
    const { loss, accuracy } = evaluate(model, batches, { training: true });
    return { loss, accuracy };
  });
}

/**
 * Classifies images in training mode in two orders: how many are right in the first, and how many
 * change their class with the rest of their batch.
 */
export function measureCompanions(
  model: tf.LayersModel,
  split: LabeledImages,
  batching: Batching,
): NonNullable<TrialRecord["companions"]> {
  return restoring(model, () => {
    const first = classesInTrainingMode(model, split, batching, 0);
    const second = classesInTrainingMode(model, split, batching, 1);
    const inBoth = [...first.keys()].filter((image) => second.has(image));
    const right = [...first].filter(([image, kind]) => kind === split.labels[image]).length;
    const changed = inBoth.filter((image) => first.get(image) !== second.get(image)).length;
    return { accuracy: right / first.size, changed: changed / inBoth.length };
  });
}

/** The class of each image that an order's full batches hold, by the image's index. */
function classesInTrainingMode(
  model: tf.LayersModel,
  split: LabeledImages,
  { seed, ...batching }: Batching,
  epoch: number,
): Map<number, number> {
  const classes = new Map<number, number>();
  const order = shuffledIndices(split.count, seed, epoch);
  for (const { images } of minibatches(split, { ...batching, shuffle: { seed, epoch } })) {
    const predicted = tf.tidy(() =>
      (model.apply(images, { training: true }) as tf.Tensor2D).argMax(1).dataSync()
    );
    for (const kind of predicted) classes.set(order[classes.size], kind);
  }
  return classes;
}

/** What a BN layer ended with. */
export function learnedBy(layer: BatchNorm, dataset: ChannelStatistics): BatchNormRecord {
  const { gamma, beta } = layer.parameters;
  const short = (values: Float32Array | Float64Array) => Array.from(values, sixDigits);
  const statistics = ({ mean, variance, count }: ChannelStatistics) => ({
    mean: short(mean),
    variance: short(variance),
    count,
  });
  return {
    layer: layer.name,
    gamma: short(gamma),
    beta: short(beta),
    moving: statistics(layer.storedStatistics("moving")),
    dataset: statistics(dataset),
  };
}

/**
 * Runs `measure` and gives layers back what it moved: the statistics of batch normalization, of whose
 * make the layer may be.
 */
export function restoring<T>(model: tf.LayersModel, measure: () => T): T {
  // Training mode moves what no gradient moves.
  const layers = model.layers.filter(({ nonTrainableWeights }) => nonTrainableWeights.length > 0);
  const weights = layers.map((layer) => layer.getWeights().map((weight) => weight.clone()));
  try {
    return measure();
  } finally {
    layers.forEach((layer, i) => layer.setWeights(weights[i]));
    tf.dispose(weights);
  }
}
