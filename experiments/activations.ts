/**
 * How a model's hidden activations are distributed: what the drift figures are drawn from.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { BatchNorm } from "../bn/batch_norm_layer.ts";
import { type ActivationSummary, sixDigits } from "./record.ts";

const BINS = 60;

/**
 * Looks at the hidden layers of a model again and again: how their outputs are distributed, and how
 * far each unit has moved since the last look.
 */
export class ActivationProbe {
  readonly #layers: tf.layers.Layer[];
  readonly #probe: tf.LayersModel;
  readonly #histograms: boolean;
  /** Moments of each layer's units at the last look. */
  #last?: UnitMoments[];

  /**
   * @param model A built model.
   * @param options Whether summaries carry histograms, which most of their size is.
   */
  constructor(model: tf.LayersModel, { histograms = true } = {}) {
    this.#layers = model.layers.slice(0, -1).filter((layer) => kindOf(layer) !== undefined);
    this.#probe = tf.model({
      inputs: model.inputs,
      outputs: this.#layers.map((layer) => layer.output as tf.SymbolicTensor),
      name: "activation_probe",
    });
    this.#histograms = histograms;
  }

  /**
   * Summarizes the output of every affine, activation and batch-normalization layer but the logits,
   * in prediction mode. BN's input is the output of the layer before it in the list.
   *
   * @param images Some images, [N, 28, 28, 1]; the same ones each time make the summaries comparable.
   */
  summarize(images: tf.Tensor4D): ActivationSummary[] {
    const outputs = [tf.tidy(() => this.#probe.apply(images) as tf.Tensor | tf.Tensor[])].flat();
    const moments: UnitMoments[] = [];
    const summaries = this.#layers.map((layer, i) => {
      const values = outputs[i].dataSync() as Float32Array;
      const { mean, deviation, histogram } = summarizeValues(values);
      moments.push(unitMoments(values, outputs[i].shape.at(-1)!));
      return {
        layer: layer.name,
        kind: kindOf(layer)!,
        mean: short(mean),
        deviation: short(deviation),
        shift: this.#last ? short(shiftOf(this.#last[i], moments[i])) : null,
        histogram: {
          low: short(histogram.low)!,
          high: short(histogram.high)!,
          counts: this.#histograms ? histogram.counts : [],
        },
      };
    });
    tf.dispose(outputs);
    this.#last = moments;
    return summaries;
  }
}

function short(value: number | null): number | null {
  return value === null ? null : sixDigits(value);
}

/** Mean and standard deviation of each unit of a layer, [C]. */
export interface UnitMoments {
  mean: Float64Array;
  deviation: Float64Array;
}

export function unitMoments(values: Float32Array, units: number): UnitMoments {
  const rows = values.length / units;
  const mean = new Float64Array(units);
  const deviation = new Float64Array(units);
  for (let row = 0; row < values.length; row += units) {
    for (let c = 0; c < units; c++) mean[c] += values[row + c] / rows;
  }
  for (let row = 0; row < values.length; row += units) {
    for (let c = 0; c < units; c++) deviation[c] += (values[row + c] - mean[c]) ** 2 / rows;
  }
  return { mean, deviation: deviation.map(Math.sqrt) };
}

/** √(mean over units of ((µₑ − µₑ₋₁)/σₑ₋₁)²), over the units that varied; null if none did. */
export function shiftOf(before: UnitMoments, now: UnitMoments): number | null {
  const squares = [...now.mean.keys()].filter((c) => before.deviation[c] > 0)
    .map((c) => ((now.mean[c] - before.mean[c]) / before.deviation[c]) ** 2);
  const shift = Math.sqrt(squares.reduce((sum, square) => sum + square, 0) / squares.length);
  return Number.isFinite(shift) ? shift : null;
}

function kindOf(layer: tf.layers.Layer): ActivationSummary["kind"] | undefined {
  if (layer instanceof BatchNorm) return "batchNorm";
  const className = layer.getClassName();
  if (className === "Activation") return "activation";
  if (className === "Dense" || className === "Conv2D") return "affine";
}

/** Mean, standard deviation and histogram; null and an empty histogram where a value is not finite. */
export function summarizeValues(
  values: Float32Array,
): Pick<ActivationSummary, "mean" | "deviation" | "histogram"> {
  let [low, high, sum] = [Infinity, -Infinity, 0];
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
    sum += value;
  }
  const mean = sum / values.length;
  if (!Number.isFinite(mean)) {
    return { mean: null, deviation: null, histogram: { low: 0, high: 0, counts: [] } };
  }
  const counts = new Array<number>(BINS).fill(0);
  const binsPerUnit = high > low ? BINS / (high - low) : 0;
  let squares = 0;
  for (const value of values) {
    squares += (value - mean) ** 2;
    counts[Math.min(BINS - 1, Math.floor((value - low) * binsPerUnit))]++;
  }
  return {
    mean,
    deviation: Math.sqrt(squares / values.length),
    histogram: { low, high, counts },
  };
}
