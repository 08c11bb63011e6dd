/**
 * How large the weights and gradients of a model's affine layers are.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import type { Minibatch } from "../data/minibatches.ts";
import { crossEntropy } from "./fit.ts";
import { restoring } from "./measures.ts";
import { type NormRecord, sixDigits } from "./record.ts";

/** ‖W‖ of each affine layer, in the order of the layers. */
export function weightNorms(model: tf.LayersModel): NormRecord[] {
  return kernelsOf(model).map(({ layer, kernel }) => ({ layer, norm: normOf(kernel) }));
}

/** ‖∂L/∂W‖ of each affine layer for one batch, in training mode; the model is left as it was. */
export function gradientNorms(
  model: tf.LayersModel,
  { images, labels }: Minibatch,
): NormRecord[] {
  const kernels = kernelsOf(model);
  const { value, grads } = restoring(model, () =>
    tf.variableGrads(
      () => crossEntropy(model.apply(images, { training: true }) as tf.Tensor2D, labels),
      kernels.map(({ kernel }) => kernel),
    ));
  const norms = kernels.map(({ layer, kernel }) => ({ layer, norm: normOf(grads[kernel.name]) }));
  tf.dispose([value, grads]);
  return norms;
}

/** The weights that multiply, of dense and convolutional layers. */
function kernelsOf(model: tf.LayersModel): { layer: string; kernel: tf.Variable }[] {
  return model.layers
    .filter((layer) => ["Dense", "Conv2D"].includes(layer.getClassName()))
    .map((layer) => ({
      layer: layer.name,
      kernel: layer.trainableWeights[0].read() as tf.Variable,
    }));
}

/** √Σ w²; null where it is not finite. */
function normOf(tensor: tf.Tensor): number | null {
  let sum = 0;
  for (const value of tensor.dataSync()) sum += value * value;
  return Number.isFinite(sum) ? sixDigits(Math.sqrt(sum)) : null;
}
