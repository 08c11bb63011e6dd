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
import { BatchNorm, type ChannelStatistics, type StatisticsKind } from "./batch_norm_layer.ts";

/** One batch of a model's inputs; a model with several inputs takes an array. */
export type ModelInput = tf.Tensor | tf.Tensor[];

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
 * was; {@linkcode useStatistics} switches. After an error the layers are what they were.
 *
 * Memory does not grow with the dataset: one batch's activations are held at a time.
 *
 * @param model A built model; every BatchNorm layer stands in it once.
 * @param batches Gives the dataset afresh each time it is called, since each layer needs a pass. The
 * batches stay the caller's: a generator may dispose one when the next is asked for.
 * @param options A progress callback.
 * @returns The statistics in float64, by layer name.
 * @throws {Error} If a BatchNorm layer is shared between two places or sits inside a nested model or a
 * wrapper, or if `batches` gives no batch or not the same data in each pass.
 * @throws {RangeError} If an activation is not finite.
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
  batches: () => Iterable<ModelInput> | AsyncIterable<ModelInput>,
  options: DatasetStatisticsOptions = {},
): Promise<Map<string, ChannelStatistics>> {
  const layers = flatBatchNormLayers(model);
  const kinds = layers.map((layer) => layer.statistics);
  const weights = layers.map((layer) => layer.getWeights().map((weight) => weight.clone()));
  const results = new Map<string, ChannelStatistics>();
  let examplesPerPass = 0;
  try {
    for (const [pass, layer] of layers.entries()) {
      const upToLayer = tf.model({
        inputs: model.inputs,
        outputs: layer.input as tf.SymbolicTensor,
        name: `input_of_${layer.name}`,
      });
      const pool = new ChannelPool();
      let count = 0;
      let examples = 0;
      for await (const batch of batches()) {
        const activations = tf.tidy(() => upToLayer.apply(batch) as tf.Tensor);
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
      layer.setDatasetStatistics(statistics);
      results.set(layer.name, statistics);
      layer.statistics = "dataset"; // what the next layers see
    }
  } catch (error) {
    // New statistics in some layers and older ones in the others would fit no dataset.
    layers.forEach((layer, i) => layer.setWeights(weights[i]));
    throw error;
  } finally {
    tf.dispose(weights);
    layers.forEach((layer, i) => layer.statistics = kinds[i]);
  }
  return results;
}

/**
 * Switches every BatchNorm layer of a model to one kind of statistics, those inside nested models and
 * wrappers included.
 *
 * @param model A built model.
 * @param kind What prediction shall normalize by.
 */
export function useStatistics(model: tf.LayersModel, kind: StatisticsKind): void {
  for (const layer of model.layers.flatMap(batchNormLayersIn)) layer.statistics = kind;
}

/** The BatchNorm layers of a model, inputs first; refuses what one pass per layer cannot serve. */
function flatBatchNormLayers(model: tf.LayersModel): BatchNorm[] {
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
  const shared = layers.find((layer) => layer.inboundNodes.length > 1);
  if (shared) {
    throw new Error(
      `Cannot compute dataset statistics: layer "${shared.name}" is shared between ` +
        `${shared.inboundNodes.length} places, and no one mean and variance is exact for all of ` +
        `them. Give each place a BatchNorm layer of its own.`,
    );
  }
  return layers;
}

/** The layer itself, or those inside it: of a nested model, or of a wrapper such as timeDistributed. */
function batchNormLayersIn(layer: tf.layers.Layer): BatchNorm[] {
  if (layer instanceof BatchNorm) return [layer];
  if (layer instanceof tf.LayersModel) return layer.layers.flatMap(batchNormLayersIn);
  if ("layer" in layer) return batchNormLayersIn(layer.layer as tf.layers.Layer);
  return [];
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
