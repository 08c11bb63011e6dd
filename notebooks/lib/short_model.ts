/**
 * A short model to look inside: trained in the notebook in seconds, on a part of the data, since the
 * records of the trials keep scores and statistics, and no weights.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { BatchNorm } from "../../bn/batch_norm_layer.ts";
import { computeDatasetStatistics, useStatistics } from "../../bn/dataset_statistics.ts";
import { takeFirst } from "../../data/labeled_images.ts";
import { minibatches } from "../../data/minibatches.ts";
import { unitScaling as scaling } from "../../data/scaling.ts";
import type { Experiment } from "../../experiments/experiment.ts";
import { evaluate, fit } from "../../experiments/fit.ts";
import { createModel } from "../../experiments/trial.ts";
import type { Mistake } from "../../figures/mistakes.ts";
import { pixelsOf } from "../../figures/sample_images.ts";
import { fashionMnist } from "./data.ts";

export { createModel };

/** A model that was trained on a part of the data; it predicts with dataset statistics. */
export interface ShortModel {
  model: tf.Sequential;
  /** Share of the test images that it classifies correctly. */
  accuracy: number;
  /** How many test images that was, from the first one. */
  testImages: number;
}

/** How the values of one layer's output are distributed over some images. */
export interface LayerView {
  layer: string;
  mean: number;
  deviation: number;
  low: number;
  high: number;
  /** Share of values that are exactly 0. */
  zeros: number;
  /** Share of values below 0. */
  negative: number;
  /** Share of values that are the lowest of their channel: after ReLU and BN, what was 0. */
  atFloor: number;
}

/** How often the units of an activation layer fire. */
export interface UnitActivity {
  layer: string;
  /** For each unit or channel, the share of images (or positions) at which its output is above 0. */
  shares: number[];
}

const TRAINING_IMAGES = 10_000;
const EPOCHS = 2;
const TEST_IMAGES = 2_000;

/**
 * Trains an experiment's model on the first 10,000 training images for two epochs: enough to look
 * inside, too short for a result.
 */
export async function trainShort(experiment: Experiment, seed: number): Promise<ShortModel> {
  const data = await fashionMnist();
  const { batchSize, learningRate } = experiment;
  const images = Math.min(TRAINING_IMAGES, data.train.count);
  const train = takeFirst(data.train, images);
  const test = takeFirst(data.test, Math.min(TEST_IMAGES, data.test.count));
  const steps = EPOCHS * Math.floor(images / batchSize);
  const model = createModel(experiment, seed);
  await fit(model, {
    epochs: EPOCHS,
    batches: (epoch) => minibatches(train, { batchSize, scaling, shuffle: { seed, epoch } }),
    learningRate: (step) => learningRate * (1 - step / steps),
  });
  await computeDatasetStatistics(model, function* () {
    for (const { images } of minibatches(train, { batchSize: 250, scaling })) yield images;
  });
  useStatistics(model, "dataset");
  const { accuracy } = evaluate(model, minibatches(test, { batchSize: 250, scaling }));
  return { model, accuracy, testImages: test.count };
}

/** The first images of the test set as a batch, [N, 28, 28, 1], pixels ÷255. */
export async function testImages(count: number): Promise<tf.Tensor4D> {
  const { test } = await fashionMnist();
  for (const { images } of minibatches(takeFirst(test, count), { batchSize: count, scaling })) {
    return images.clone();
  }
  throw new RangeError("There are no test images.");
}

/**
 * What the model got wrong while it was surest, among the first 2,000 test images: the mistakes in
 * the order of the probability that it gave to the wrong class.
 *
 * @param most How many at most.
 */
export async function surestMistakes({ model }: ShortModel, most = 16): Promise<Mistake[]> {
  const { test } = await fashionMnist();
  const split = takeFirst(test, Math.min(TEST_IMAGES, test.count));
  const found: (Mistake & { probability: number })[] = [];
  let i = 0;
  for (const { images, size } of minibatches(split, { batchSize: 250, scaling })) {
    const [probabilities, classes] = tf.tidy(() => {
      const p = (model.apply(images) as tf.Tensor2D).softmax();
      return [p.max(1).dataSync(), p.argMax(1).dataSync()];
    });
    for (let row = 0; row < size; row++, i++) {
      const [actual, predicted] = [split.labels[i], classes[row]];
      if (actual === predicted) continue;
      found.push({
        pixels: pixelsOf(split, i),
        actual,
        predicted,
        probability: probabilities[row],
      });
    }
  }
  return found.sort((a, b) => b.probability - a.probability).slice(0, most);
}

/** What a layer gives for some images, in prediction mode. */
export function outputOf({ model }: Pick<ShortModel, "model">, layer: string, images: tf.Tensor) {
  const { output } = model.getLayer(layer);
  const part = tf.model({ inputs: model.inputs, outputs: output as tf.SymbolicTensor });
  return tf.tidy(() => part.apply(images) as tf.Tensor);
}

/** How the values of some layers' outputs are distributed. */
export function viewLayers(
  short: Pick<ShortModel, "model">,
  layers: readonly string[],
  images: tf.Tensor,
): LayerView[] {
  return layers.map((layer) => {
    const output = outputOf(short, layer, images);
    const view = viewOf(layer, output);
    output.dispose();
    return view;
  });
}

/** How the values of a tensor [..., C] are distributed. */
export function viewOf(layer: string, x: tf.Tensor): LayerView {
  const values = x.dataSync();
  const channels = x.shape.at(-1)!;
  const floors = new Float32Array(channels).fill(Infinity);
  let [total, low, high, zeros, negative, atFloor] = [0, Infinity, -Infinity, 0, 0, 0];
  values.forEach((value, i) => {
    floors[i % channels] = Math.min(floors[i % channels], value);
    low = Math.min(low, value);
    high = Math.max(high, value);
    total += value;
    if (value === 0) zeros += 1;
    if (value < 0) negative += 1;
  });
  const mean = total / values.length;
  let squares = 0;
  values.forEach((value, i) => {
    squares += (value - mean) ** 2;
    if (value <= floors[i % channels] + 1e-6) atFloor += 1;
  });
  const share = (n: number) => n / values.length;
  return {
    layer,
    mean,
    deviation: Math.sqrt(squares / values.length),
    low,
    high,
    zeros: share(zeros),
    negative: share(negative),
    atFloor: share(atFloor),
  };
}

/** How often the units of every activation layer fire, on some images, in prediction mode. */
export function unitActivity(short: Pick<ShortModel, "model">, images: tf.Tensor): UnitActivity[] {
  return short.model.layers.filter((layer) => layer.getClassName() === "Activation").map(
    ({ name }) => {
      const output = outputOf(short, name, images);
      const values = output.dataSync();
      const channels = output.shape.at(-1)!;
      const fired = new Float64Array(channels);
      values.forEach((value, i) => {
        if (value > 0) fired[i % channels] += 1;
      });
      output.dispose();
      return { layer: name, shares: Array.from(fired, (n) => n * channels / values.length) };
    },
  );
}

/** A BN layer in prediction as the affine map that it is: scale γ/√(σ² + ε), shift β − µ·scale, [C]. */
export function asAffine({ model }: Pick<ShortModel, "model">, layer: string) {
  const bn = model.getLayer(layer);
  if (!(bn instanceof BatchNorm)) throw new TypeError(`Layer "${layer}" is no BatchNorm layer.`);
  const { gamma, beta } = bn.parameters;
  const { mean, variance } = bn.storedStatistics(bn.statistics);
  const epsilon = bn.getConfig().epsilon as number;
  const scale = gamma.map((value, c) => value / Math.sqrt(variance[c] + epsilon));
  return {
    scale: tf.tensor1d(scale),
    shift: tf.tensor1d(beta.map((value, c) => value - mean[c] * scale[c])),
  };
}
