/**
 * What tests do with layers and models: build one and dispose it, read and write its weights, take a
 * training step.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";

/** The weight of `layer` whose name ends in `name`; undefined if it has none. */
export function weight(layer: tf.layers.Layer, name: string): tf.LayerVariable | undefined {
  return layer.weights.find((weight) => weight.originalName.split("/").at(-1) === name);
}

/** A copy of that weight's values. */
export function read(layer: tf.layers.Layer, name: string): Float32Array {
  // The CPU backend hands out the tensor's own memory.
  return weight(layer, name)!.read().dataSync<"float32">().slice();
}

/** Writes that weight. */
export function write(
  layer: tf.layers.Layer,
  name: string,
  value: tf.TensorLike,
): void {
  tf.tidy(() => void weight(layer, name)!.write(tf.tensor(value, undefined, "float32")));
}

/** Seeded normally distributed numbers. */
export function randomNormals(
  shape: number[],
  seed: number,
  mean = 0,
  deviation = 1,
): Float32Array {
  return tf.tidy(() =>
    tf.randomNormal(shape, mean, deviation, "float32", seed).dataSync<"float32">()
  );
}

/** What the layer makes of x. */
export function apply(
  layer: tf.layers.Layer,
  shape: number[],
  x: ArrayLike<number>,
  training: boolean,
): Float32Array {
  return tf.tidy(() =>
    (layer.apply(tf.tensor(Float32Array.from(x), shape), { training }) as tf.Tensor)
      .dataSync<"float32">().slice()
  );
}

/** One call in training mode: y, and the gradients of Σ dy·y; empty for a weight that is not there. */
export function trainingStep(
  layer: tf.layers.Layer,
  shape: number[],
  x: ArrayLike<number>,
  dy: ArrayLike<number>,
): Record<"y" | "dx" | "dGamma" | "dBeta", Float32Array> {
  const variable = tf.tidy(() => tf.variable(tf.tensor(Float32Array.from(x), shape)));
  const result = tf.tidy(() => {
    let y: Float32Array = new Float32Array();
    const { grads } = tf.variableGrads(() => {
      const output = layer.apply(variable, { training: true }) as tf.Tensor;
      y = output.dataSync<"float32">();
      return output.mul(tf.tensor(Float32Array.from(dy), shape)).sum<tf.Scalar>();
    });
    const grad = (name?: string) =>
      name === undefined ? new Float32Array() : grads[name].dataSync<"float32">();
    return {
      y,
      dx: grad(variable.name),
      dGamma: grad(weight(layer, "gamma")?.name),
      dBeta: grad(weight(layer, "beta")?.name),
    };
  });
  variable.dispose();
  return result;
}

/** Runs `run` on a layer, built by a `tf.sequential` model of its own; its weights are then disposed. */
export function withLayer<L extends tf.layers.Layer, R>(layer: L, run: (layer: L) => R): R {
  const model = tf.sequential({ layers: [layer] });
  try {
    return run(layer);
  } finally {
    model.dispose();
  }
}

/** Runs `run` on a model; its weights are then disposed, and an optimizer that it made itself. */
export async function withModel<M extends tf.LayersModel>(
  model: M,
  run: (model: M) => void | Promise<void>,
): Promise<void> {
  try {
    await run(model);
  } finally {
    model.dispose();
  }
}

/** The model as it is after saving and loading. */
export async function reload(model: tf.LayersModel): Promise<tf.LayersModel> {
  let saved!: tf.io.ModelArtifacts;
  await model.save(tf.io.withSaveHandler((artifacts) => {
    saved = artifacts;
    return Promise.resolve({
      modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: "JSON" },
    });
  }));
  return await tf.loadLayersModel(tf.io.fromMemory(saved));
}

/** The bits of float32 numbers; equal bits, unlike equal numbers, tell 0 from −0 and one NaN. */
export function bits(values: Float32Array): Uint32Array {
  return new Uint32Array(values.slice().buffer);
}

/** `tf.tidy()` for a function that awaits; models that it makes are its own to dispose. */
export async function tidyAsync(fn: () => Promise<void>): Promise<void> {
  tf.engine().startScope();
  try {
    await fn();
  } finally {
    tf.engine().endScope();
  }
}
