/**
 * Gradients of gradient kernels, so that what they give can be differentiated again, to any order:
 * both are linear in dy, and TensorFlow.js has neither.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { atFirstMaxima } from "./fallback/max_pool_grad.ts";
import type { PoolAttributes, WindowAttributes } from "./windows.ts";

type ConvolutionAttributes = WindowAttributes & { dataFormat: "NHWC" | "NCHW" };

/**
 * dw = Σ x·dy is linear in either: with v for the gradient of dw, x gets what a convolution with the
 * filter v would send back, and dy gets the convolution itself.
 */
const conv2dBackpropFilter: tf.GradConfig = {
  kernelName: "Conv2DBackpropFilter",
  inputsToSave: ["x", "dy"],
  gradFunc: (v, [x, dy], attrs) => {
    const filter = v as tf.Tensor4D;
    const { strides, pad, dataFormat, dimRoundingMode } = attrs as never as ConvolutionAttributes;
    return {
      x: () => {
        const inputs = { dy, filter };
        const back = { strides, pad, dataFormat, dimRoundingMode, inputShape: x.shape };
        return tf.engine().runKernel("Conv2DBackpropInput", inputs, back as never);
      },
      dy: () => tf.conv2d(x as tf.Tensor4D, filter, strides, pad, dataFormat, 1, dimRoundingMode),
    };
  },
};

/** dx takes dy to the places of the maxima, so dy gets what lies there; where they are is fixed. */
const maxPoolGrad: tf.GradConfig = {
  kernelName: "MaxPoolGrad",
  inputsToSave: ["dy", "input", "output"],
  gradFunc: (v, [dy, input, output], attrs) => ({
    dy: () =>
      tf.customGrad((v) => ({
        value: atFirstMaxima(v as tf.Tensor, dy, input, attrs as never as PoolAttributes),
        gradFunc: (dy) =>
          tf.engine().runKernel("MaxPoolGrad", { dy, input, output }, attrs) as tf.Tensor,
      }))(v as tf.Tensor),
    input: () => tf.zerosLike(input),
    output: () => tf.zerosLike(output),
  }),
};

/** Registers both, on every backend; whoever brought one keeps it. */
export function registerGradientsOfGradients(): void {
  for (const gradient of [conv2dBackpropFilter, maxPoolGrad]) {
    if (!tf.getGradient(gradient.kernelName)) tf.registerGradient(gradient);
  }
}
