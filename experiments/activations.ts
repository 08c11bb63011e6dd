/**
 * How a model's hidden activations are distributed: what the drift figures are drawn from.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { BatchNorm } from "../bn/batch_norm_layer.ts";
import type { ActivationSummary } from "./records.ts";

const BINS = 60;

/**
 * Summarizes the output of every affine, activation and batch-normalization layer but the logits, in
 * prediction mode. BN's input is the output of the layer before it in the list.
 *
 * @param model A built model.
 * @param images Some images, [N, 28, 28, 1]; the same ones each time make the summaries comparable.
 */
export function summarizeActivations(
  model: tf.LayersModel,
  images: tf.Tensor4D,
): ActivationSummary[] {
  const layers = model.layers.slice(0, -1).filter((layer) => kindOf(layer) !== undefined);
  const probe = tf.model({
    inputs: model.inputs,
    outputs: layers.map((layer) => layer.output as tf.SymbolicTensor),
    name: "activation_probe",
  });
  const outputs = [tf.tidy(() => probe.apply(images) as tf.Tensor | tf.Tensor[])].flat();
  const summaries = layers.map((layer, i) => ({
    layer: layer.name,
    kind: kindOf(layer)!,
    ...summarizeValues(outputs[i].dataSync() as Float32Array),
  }));
  tf.dispose(outputs);
  return summaries;
}

function kindOf(layer: tf.layers.Layer): ActivationSummary["kind"] | undefined {
  if (layer instanceof BatchNorm) return "batchNorm";
  const className = layer.getClassName();
  if (className === "Activation") return "activation";
  if (className === "Dense" || className === "Conv2D") return "affine";
}

/** Mean, deviation and histogram; null and an empty histogram where a value is not finite. */
export function summarizeValues(
  values: Float32Array,
): Omit<ActivationSummary, "layer" | "kind"> {
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
