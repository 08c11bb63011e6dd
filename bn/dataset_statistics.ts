/**
 * Dataset statistics for prediction: the exact mean and variance of every BatchNorm layer's input
 * over a whole dataset.
 *
 * Exact means three things. The statistics are pooled over all values, so they do not depend on how
 * the data are cut into batches (the mean of the batches' variances would miss the variance between
 * batches). They are summed in float64. And they are found layer by layer: layer k sees what layers
 * 1 … k−1 give when *they* predict with dataset statistics, hence one pass over the data per layer.
 *
 * Ioffe & Szegedy 2015 (arXiv:1502.03167, Algorithm 2) average over training batches instead; Wu &
 * Johnson 2021 (arXiv:2105.07576, "precise BN") compare such estimates with the moving average.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import type { BatchNorm, ChannelStatistics } from "./batch_norm_layer.ts";
import { assertKind, type StatisticsKind } from "./batch_norm_options.ts";
import { type Batches, inputsOf, readBatches } from "./batches.ts";
import { ChannelPool } from "./channel_pool.ts";
import { assertFinite, inFloat32 } from "./channel_statistics.ts";
import { assertModel, assertNoStockLayer, batchNormLayersIn, placesOf } from "./layers_in_model.ts";
import { MEASUREMENT, type Measurement } from "./measurement.ts";
import { assertOptions, FUNCTION } from "./options.ts";

export type { Batch, Batches, ModelInput } from "./batches.ts";

/** How far {@linkcode computeDatasetStatistics} has come. */
export interface DatasetStatisticsProgress {
  /** Name of the layer whose input is being measured. */
  layer: string;
  /** Passes finished before this one; one pass per layer. */
  pass: number;
  /** Passes in all. */
  passes: number;
  /** Batches read in this pass. */
  batches: number;
}

/** Options of {@linkcode computeDatasetStatistics}. */
export interface DatasetStatisticsOptions {
  /** Called after each batch. */
  onProgress?: (progress: DatasetStatisticsProgress) => void;
}

/**
 * Measures the input of every BatchNorm layer over a dataset and stores the result in the layers,
 * for prediction with `statistics: "dataset"`. Which statistics the layers predict with stays as it
 * was; {@linkcode useStatistics} switches.
 *
 * Until all layers are measured, none is touched: a prediction meanwhile sees the statistics of
 * before, and after an error the layers are what they were. Memory does not grow with the dataset:
 * one batch's activations are held at a time. Layers of `tf.layers.batchNormalization` are left
 * alone; `BatchNorm.fromStock()` takes them over.
 *
 * @param model A built model; every BatchNorm layer stands in it once.
 * @param batches The dataset, gone through once for each layer: a function that gives it afresh each
 * time, an array of batches, or a `tf.data.Dataset`. A batch is a model's input (a tensor, or an array
 * with one tensor for each input), or an object that holds it as `images` or `xs`, as `minibatches()`
 * and the datasets of `model.fitDataset` do; labels are not looked at. Batches stay the caller's (a
 * generator may dispose one when the next is asked for), but what a `tf.data.Dataset` makes for the
 * pass is disposed.
 * @param options A progress callback.
 * @returns The statistics in float64, by layer name; no layers, no statistics.
 * @throws {Error} If a BatchNorm layer stands in two places of the model, has the name of another, or
 * sits inside a nested model, a wrapper or another layer; if the only layers of batch normalization
 * are TensorFlow.js's own; if an earlier call is still measuring one of the layers; if weights of the
 * model change meanwhile; if steps are masked; or if `batches` gives no batch or not the same data in
 * each pass.
 * @throws {TypeError} If the model is no `tf.LayersModel`, or `batches` or a batch is none of these.
 * @throws {RangeError} If a batch does not have the shape of the model's input, or an activation is
 * not finite.
 *
 * @example
 * ```ts
 * import { BatchNorm, computeDatasetStatistics, useStatistics } from "@batchnorm/from-scratch";
 * import * as tf from "@tensorflow/tfjs";
 * import { assertEquals } from "@std/assert";
 *
 * const model = tf.sequential({ layers: [new BatchNorm({ inputShape: [1], name: "bn" })] });
 * const x = tf.tensor2d([[1], [2], [6]]);
 *
 * const statistics = await computeDatasetStatistics(model, () => tf.split(x, 3));
 * assertEquals(statistics.get("bn")?.mean[0], 3);
 *
 * useStatistics(model, "dataset");
 * assertEquals((model.predict(tf.tensor2d([[3]])) as tf.Tensor).dataSync()[0], 0);
 * ```
 */
export async function computeDatasetStatistics(
  model: tf.LayersModel,
  batches: Batches | (() => Batches),
  options: DatasetStatisticsOptions = {},
): Promise<Map<string, ChannelStatistics>> {
  assertModel(model);
  assertOptions("compute dataset statistics", options, { onProgress: FUNCTION });
  const places = placesOf(model);
  const layers = [...places.keys()];
  const assertUnchanged = watchWeights(model);
  const known = new Map<BatchNorm, ChannelStatistics>();
  let examplesPerPass = 0;
  startMeasuring(model, layers);
  try {
    for (const [pass, [layer, output]] of [...places].entries()) {
      const upToLayer = tf.model({
        inputs: model.inputs,
        outputs: output,
        name: `input_of_${layer.name}`,
      });
      const pool = new ChannelPool();
      const measurement: Measurement = { layer, known };
      let count = 0;
      let examples = 0;
      for await (const batch of readBatches(batches)) {
        assertUnchanged();
        const inputs = inputsOf(batch, model);
        const activations = tf.tidy(() =>
          upToLayer.apply(inputs, { [MEASUREMENT]: measurement }) as tf.Tensor
        );
        await pool.add(activations);
        examples += activations.shape[0];
        activations.dispose();
        count += 1;
        options.onProgress?.({ layer: layer.name, pass, passes: layers.length, batches: count });
      }
      if (pass === 0) examplesPerPass = examples;
      if (examples === 0 || examples !== examplesPerPass) {
        throw new Error(
          `Cannot compute the statistics of layer "${layer.name}": batches() gave ${examples} ` +
            `examples in pass ${pass + 1} of ${layers.length}` +
            (pass ? ` and ${examplesPerPass} in the first` : "") +
            `. It must return the whole dataset afresh each time it is called: pass ` +
            `() => makeBatches(), not a generator that is used up.`,
        );
      }
      const statistics = pool.statistics();
      assertFinite(layer.name, inFloat32(statistics));
      known.set(layer, statistics); // what the next layers see
    }
    assertUnchanged();
    // All or none: new statistics in some layers and older ones in the others would fit no dataset.
    for (const [layer, statistics] of known) layer.setDatasetStatistics(statistics);
  } finally {
    for (const layer of layers) beingMeasured.delete(layer);
  }
  return new Map([...known].map(([layer, statistics]) => [layer.name, statistics]));
}

/**
 * Switches every BatchNorm layer of a model to one kind of statistics, those inside nested models,
 * wrappers and other layers included.
 *
 * @param model A built model.
 * @param kind What prediction shall normalize by.
 * @throws {TypeError} If it is no `tf.LayersModel`.
 * @throws {RangeError} If there is no such kind.
 * @throws {Error} If the only layers of batch normalization are TensorFlow.js's own.
 */
export function useStatistics(model: tf.LayersModel, kind: StatisticsKind): void {
  assertModel(model);
  assertKind(kind);
  const layers = batchNormLayersIn(model);
  if (layers.length === 0) assertNoStockLayer(model);
  for (const layer of layers) layer.statistics = kind;
}

/** The layers that a call of computeDatasetStatistics() is measuring. */
const beingMeasured = new WeakSet<BatchNorm>();

function startMeasuring(model: tf.LayersModel, layers: BatchNorm[]): void {
  const busy = layers.find((layer) => beingMeasured.has(layer));
  if (busy) {
    throw new Error(
      `Cannot compute dataset statistics of model "${model.name}": layer "${busy.name}" is still ` +
        `being measured by an earlier call. Await that call first.`,
    );
  }
  for (const layer of layers) beingMeasured.add(layer);
}

/** Remembers a model's weights, and gives a function that throws once one has been written. */
function watchWeights(model: tf.LayersModel): () => void {
  const dataOf = (weight: tf.LayerVariable) => weight.read().dataId; // another after each write
  const before = new Map(model.weights.map((weight) => [weight, dataOf(weight)]));
  return () => {
    for (const [weight, data] of before) {
      if (dataOf(weight) === data) continue;
      throw new Error(
        `Cannot compute dataset statistics: weight "${weight.originalName}" of model ` +
          `"${model.name}" was changed meanwhile, so that they would fit neither the model of before ` +
          `nor that of now. Await computeDatasetStatistics() before the model trains on or its ` +
          `weights are set.`,
      );
    }
  };
}
