/**
 * Gradients that TensorFlow.js has for no backend, so that layers that need them train nowhere.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { gradientsOfPoolGrads } from "./pooling.ts";

/** A comparison is constant but for its jumps: `thresholdedReLU` and `masking` wait for that zero. */
function flat(kernelName: string, inputs: string[]): tf.GradConfig {
  return {
    kernelName,
    inputsToSave: inputs,
    gradFunc: (_dy, saved) =>
      Object.fromEntries(inputs.map((name, i) => [name, () => tf.zeros(saved[i].shape)])),
  };
}

/** The kernel's inputs and attributes, with what a gradient has saved of them. */
type Run = (inputs: tf.NamedTensorMap, attrs: object) => tf.Tensor;

function kernel(kernelName: string): Run {
  return (inputs, attrs) =>
    tf.engine().runKernel<tf.Tensor>(kernelName, inputs, { dilations: 1, ...attrs });
}

/**
 * The gradients of a convolution are linear in both of their inputs, and each is given by the other
 * two: with y = x ∗ w, dx of (dy, w) and dw of (x, dy),
 *
 * ```text
 * Σ u·dx = Σ dy·(u ∗ w)   so the gradients of dx are  u ∗ w with respect to dy, dw(u, dy) to w
 * Σ u·dw = Σ dy·(x ∗ u)   so the gradients of dw are  dx(dy, u) with respect to x, x ∗ u to dy
 * ```
 */
function ofConvolution(forward: string, toInput: string, toFilter: string): tf.GradConfig[] {
  const [convolve, dx, dw] = [forward, toInput, toFilter].map(kernel);
  return [{
    kernelName: toInput,
    inputsToSave: ["dy", "filter"],
    gradFunc: (u, [dy, filter], attrs) => ({
      dy: () => convolve({ x: u as tf.Tensor, filter }, attrs),
      filter: () => dw({ x: u as tf.Tensor, dy }, { ...attrs, filterShape: filter.shape }),
    }),
  }, {
    kernelName: toFilter,
    inputsToSave: ["x", "dy"],
    gradFunc: (u, [x, dy], attrs) => ({
      x: () => dx({ dy, filter: u as tf.Tensor }, { ...attrs, inputShape: x.shape }),
      dy: () => convolve({ x, filter: u as tf.Tensor }, attrs),
    }),
  }];
}

/** The gradients as TensorFlow.js registers them. */
export const missingGradients: tf.GradConfig[] = [
  ...["Equal", "NotEqual", "Greater", "Less", "LessEqual", "LogicalAnd", "LogicalOr"]
    .map((name) => flat(name, ["a", "b"])),
  ...["Any", "All", "LogicalNot"].map((name) => flat(name, ["x"])),
  ...ofConvolution("Conv2D", "Conv2DBackpropInput", "Conv2DBackpropFilter"),
  ...ofConvolution("Conv3D", "Conv3DBackpropInputV2", "Conv3DBackpropFilterV2"),
  ...ofConvolution(
    "DepthwiseConv2dNative",
    "DepthwiseConv2dNativeBackpropInput",
    "DepthwiseConv2dNativeBackpropFilter",
  ),
  ...gradientsOfPoolGrads,
];
