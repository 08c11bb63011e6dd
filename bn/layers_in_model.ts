/**
 * Where the BatchNorm layers of a model stand.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { BatchNorm } from "./batch_norm_layer.ts";
import { inWords } from "./options.ts";

/**
 * The BatchNorm layers of a model, inputs first, each with its output at the one place where it
 * stands. Refuses what one pass per layer cannot serve.
 */
export function placesOf(model: tf.LayersModel): Map<BatchNorm, tf.SymbolicTensor> {
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

/** @throws {TypeError} If it is no model; a promise of one, which has to be awaited, is none. */
export function assertModel(model: unknown): void {
  if (model instanceof tf.LayersModel) return;
  throw new TypeError(
    `Cannot find BatchNorm layers in ${
      inWords(model)
    }: give a tf.LayersModel, as tf.sequential(), ` +
      `tf.model() and await tf.loadLayersModel() give it.`,
  );
}

/** @throws {Error} If a model without BatchNorm layers has TensorFlow.js's own. */
export function assertNoStockLayer(model: tf.LayersModel): void {
  const isStock = (layer: tf.layers.Layer) => layer.getClassName() === "BatchNormalization";
  const stock = [...layersIn(model)].find(isStock);
  if (!stock) return;
  throw new Error(
    `Model "${model.name}" has no BatchNorm layer, but "${stock.name}", a layer of ` +
      `tf.layers.batchNormalization, which knows its moving average alone. Build the model anew with ` +
      `BatchNorm.fromStock(layer) in the place of each such layer; it takes over the weights.`,
  );
}

/** The BatchNorm layers in a layer or model, at any depth. */
export function batchNormLayersIn(layer: tf.layers.Layer): BatchNorm[] {
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
