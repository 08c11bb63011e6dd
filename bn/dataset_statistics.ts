/**
 * Exact statistics for prediction: the mean and variance of every BatchNorm layer's input over a
 * whole dataset.
 *
 * Exact means three things. The statistics are pooled over all values, so they do not depend on how
 * the data are cut into batches (the mean of the batches' variances would miss the variance between
 * batches). They are summed in float64. And they are found layer by layer: layer k sees what layers
 * 1 … k−1 give when *they* predict with exact statistics, hence one pass over the data per layer.
 *
 * Ioffe & Szegedy 2015 (arXiv:1502.03167, Algorithm 2) average over training batches instead; Wu &
 * Johnson 2021 (arXiv:2105.07576, "precise BN") compare such estimates with the moving average.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { BatchNorm, type ChannelStatistics } from "./batch_norm_layer.ts";
import { assertKind, type StatisticsKind } from "./batch_norm_options.ts";
import { type Batches, inputsOf, readBatches } from "./batches.ts";
import { MEASUREMENT, type Measurement } from "./measurement.ts";
import { assertFinite, inFloat32 } from "./channel_statistics.ts";
import { assertOptions, FUNCTION, inWords } from "./options.ts";

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
        pool.add(await activations.data() as Float32Array, activations.shape.at(-1)!);
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

/**
 * The BatchNorm layers of a model, inputs first, each with its output at the one place where it
 * stands. Refuses what one pass per layer cannot serve.
 */
function placesOf(model: tf.LayersModel): Map<BatchNorm, tf.SymbolicTensor> {
  for (const layer of model.layers) {
    if (!(layer instanceof BatchNorm) && batchNormLayersIn(layer).length > 0) {
      throw new Error(
        `Cannot compute dataset statistics: layer "${layer.name}" of model "${model.name}" has ` +
          `BatchNorm layers inside it. Build one flat model, or compute the statistics of the inner ` +
          `model by itself, on the batches that reach it.`,
      );
    }
  }
  const layers = model.layers.filter((layer) => layer instanceof BatchNorm);
  if (layers.length === 0) assertNoStockLayer(model);
  const tensors = [...tensorsOf(model)];
  return new Map(layers.map((layer) => {
    const outputs = tensors.filter((tensor) => tensor.sourceLayer === layer);
    if (outputs.length > 1) {
      throw new Error(
        `Cannot compute dataset statistics: layer "${layer.name}" is shared between ` +
          `${outputs.length} places, and no one mean and variance is exact for all of them. Give ` +
          `each place a BatchNorm layer of its own.`,
      );
    }
    if (layers.some((other) => other !== layer && other.name === layer.name)) {
      throw new Error(
        `Cannot compute dataset statistics: model "${model.name}" has two BatchNorm layers of the ` +
          `name "${layer.name}", by which the results are told apart. Name them differently.`,
      );
    }
    return [layer, outputs[0]];
  }));
}

/** Every symbolic tensor of a model. A layer also knows its places in other models. */
function tensorsOf(model: tf.LayersModel): Set<tf.SymbolicTensor> {
  const tensors = new Set(model.outputs);
  for (const tensor of tensors) { // grows on the way
    if (model.inputs.includes(tensor)) continue;
    for (const input of tensor.inputs) tensors.add(input);
  }
  return tensors;
}

/** Among others, a promise of a model is none: loading one has to be awaited. */
function assertModel(model: unknown): void {
  if (model instanceof tf.LayersModel) return;
  throw new TypeError(
    `Cannot find BatchNorm layers in ${
      inWords(model)
    }: give a tf.LayersModel, as tf.sequential(), ` +
      `tf.model() and await tf.loadLayersModel() give it.`,
  );
}

function assertNoStockLayer(model: tf.LayersModel): void {
  const isStock = (layer: tf.layers.Layer) => layer.getClassName() === "BatchNormalization";
  const stock = [...layersIn(model)].find(isStock);
  if (!stock) return;
  throw new Error(
    `Model "${model.name}" has no BatchNorm layer, but "${stock.name}", a layer of ` +
      `tf.layers.batchNormalization, which knows its moving average alone. Build the model anew with ` +
      `BatchNorm.fromStock(layer) in the place of each such layer; it takes over the weights.`,
  );
}

function batchNormLayersIn(layer: tf.layers.Layer): BatchNorm[] {
  return [...layersIn(layer)].filter((layer) => layer instanceof BatchNorm);
}

/** The layer and all inside it: of a nested model, a wrapper, or in a layer's properties. */
function layersIn(layer: tf.layers.Layer): Set<tf.layers.Layer> {
  const layers = new Set([layer]);
  for (const outer of layers) { // grows on the way
    for (const inner of Object.values(outer).flat()) {
      if (inner instanceof tf.layers.Layer) layers.add(inner);
    }
  }
  return layers;
}

/**
 * Mean and variance of each channel, one row after the other in float64.
 *
 * Sums are of x − s, where s is the first row: with s within a few deviations of the mean,
 * (Σ(x−s)² − (Σ(x−s))²/n)/n loses a digit or two of sixteen, and the rows are added in their own
 * order, however they are cut into batches.
 */
class ChannelPool {
  #count = 0;
  #shift = new Float64Array(0);
  #sum = new Float64Array(0);
  #sumOfSquares = new Float64Array(0);

  /** Adds rows of `channels` values each. */
  add(values: Float32Array, channels: number): void {
    if (this.#count === 0) {
      this.#shift = Float64Array.from(values.subarray(0, channels));
      this.#sum = new Float64Array(channels);
      this.#sumOfSquares = new Float64Array(channels);
    }
    const [shift, sum, sumOfSquares] = [this.#shift, this.#sum, this.#sumOfSquares];
    for (let row = 0; row < values.length; row += channels) {
      for (let c = 0; c < channels; c++) {
        const shifted = values[row + c] - shift[c];
        sum[c] += shifted;
        sumOfSquares[c] += shifted * shifted;
      }
    }
    this.#count += values.length / channels;
  }

  statistics(): ChannelStatistics {
    const count = this.#count;
    return {
      count,
      mean: this.#shift.map((shift, c) => shift + this.#sum[c] / count),
      variance: this.#sumOfSquares.map((squares, c) =>
        Math.max(0, squares - this.#sum[c] ** 2 / count) / count
      ),
    };
  }
}
