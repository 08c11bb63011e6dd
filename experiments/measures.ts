/**
 * What some experiments record beside their scores: the same weights in training mode, how noisy the
 * estimates of single batches are, and what BN layers learned. The model is left as it was.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { batchMoments } from "../bn/batch_norm.ts";
import { BatchNorm, type ChannelStatistics } from "../bn/batch_norm_layer.ts";
import { mean } from "./mean.ts";
import type { LabeledImages } from "../data/labeled_images.ts";
import { minibatches } from "../data/minibatches.ts";
import { shuffledIndices } from "../data/shuffle.ts";
import type { Scaling } from "../data/scaling.ts";
import { evaluate } from "./fit.ts";
import {
  type BatchNormRecord,
  type NoiseRecord,
  type Score,
  sixDigits,
  type TrialRecord,
} from "./record.ts";

/** How a split is cut into batches; those of one image are never made. */
export interface Batching {
  batchSize: number;
  scaling: Scaling;
  /** Seed of the order of the images. */
  seed: number;
}

/** Batches after which the noise is known well enough: at two images each, to 2 % of σ. */
const NOISE_BATCHES = 500;

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

/**
 * How far the mean and the variance that a BN layer takes from a single batch lie from those of all
 * batches together, on the weights as they are.
 *
 * With independent values the first would be 1/√m in standard deviations of a channel, m values per
 * channel.
 */
export function measureNoise(
  model: tf.LayersModel,
  split: LabeledImages,
  { seed, ...batching }: Batching,
): NoiseRecord[] {
  const layers = model.layers.filter((layer) => layer instanceof BatchNorm);
  const inputs = tf.model({
    inputs: model.inputs,
    outputs: layers.map((layer) => layer.input as tf.SymbolicTensor),
    name: "batch_norm_inputs",
  });
  const estimates = layers.map(() => new BatchEstimates());
  restoring(model, () => {
    let count = 0;
    for (const { images } of minibatches(split, { ...batching, shuffle: { seed, epoch: 0 } })) {
      tf.tidy(() => {
        const outputs = [inputs.apply(images, { training: true }) as tf.Tensor | tf.Tensor[]]
          .flat();
        outputs.forEach((x, i) => {
          const { mean, variance } = batchMoments(x);
          estimates[i].add(mean.dataSync() as Float32Array, variance.dataSync() as Float32Array);
        });
      });
      if (++count === NOISE_BATCHES) break;
    }
  });
  return layers.map((layer, i) => ({ layer: layer.name, ...estimates[i].noise() }));
}

/** The moments that batch after batch gives, [B][C]. */
class BatchEstimates {
  readonly #means: Float32Array[] = [];
  readonly #variances: Float32Array[] = [];

  add(mean: Float32Array, variance: Float32Array): void {
    this.#means.push(mean.slice());
    this.#variances.push(variance.slice());
  }

  noise(): { mean: number; variance: number } {
    let [meanSquares, varianceSquares, terms] = [0, 0, 0];
    for (let c = 0; c < this.#means[0].length; c++) {
      const means = this.#means.map((batch) => batch[c]);
      const variances = this.#variances.map((variance) => variance[c]);
      // Over all batches: µ = mean of µ̂, σ² = mean of σ̂² + variance of µ̂.
      const µ = mean(means);
      const variance = mean(variances) + mean(means.map((m) => (m - µ) ** 2));
      if (variance === 0) continue; // a dead unit
      terms += 1;
      meanSquares += mean(means.map((m) => (m - µ) ** 2 / variance));
      varianceSquares += mean(variances.map((v) => (v / variance - 1) ** 2));
    }
    return {
      mean: Math.sqrt(meanSquares / Math.max(1, terms)),
      variance: Math.sqrt(varianceSquares / Math.max(1, terms)),
    };
  }
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

/** Runs `measure` and gives the BN layers back the statistics that it moved. */
export function restoring<T>(model: tf.LayersModel, measure: () => T): T {
  const layers = model.layers.filter((layer) => layer instanceof BatchNorm);
  const weights = layers.map((layer) => layer.getWeights().map((weight) => weight.clone()));
  try {
    return measure();
  } finally {
    layers.forEach((layer, i) => layer.setWeights(weights[i]));
    tf.dispose(weights);
  }
}
