/**
 * `Conv2D`, `FusedConv2D`, `Conv2DBackpropFilter` and `Conv2DBackpropInput` for channels-last images:
 * any stride, padding and dilation.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { isBias } from "./mat_mul.ts";
import { areFloat32, asFloat32, type Replacement, replacement } from "./replacement.ts";
import type { WasmKernels } from "./wasm.ts";
import { geometryOf, geometryOfGradient, type Shape4D, type WindowAttributes } from "./geometry.ts";

interface ConvolutionAttributes extends WindowAttributes {
  dataFormat: "NHWC" | "NCHW";
}

/** y = x ∗ w. */
export const conv2d = replacement<
  { x: tf.TensorInfo; filter: tf.TensorInfo },
  ConvolutionAttributes
>(
  "Conv2D",
  ({ inputs: { x, filter }, attrs, kernels }) =>
    areFloat32(x, filter) ? forward(kernels, x, filter, attrs) : undefined,
);

interface FusedInputs {
  x: tf.TensorInfo;
  filter: tf.TensorInfo;
  bias?: tf.TensorInfo;
}

/** y = relu(x ∗ w + bias), the bias and the ReLU each only if asked for. */
export const fusedConv2d = replacement<
  FusedInputs,
  ConvolutionAttributes & { activation: string }
>("FusedConv2D", ({ inputs: { x, filter, bias }, attrs, kernels }) => {
  const served = areFloat32(x, filter, bias) && isBias(bias, filter.shape[3]) &&
    (attrs.activation === "linear" || attrs.activation === "relu");
  return served ? forward(kernels, x, filter, attrs, bias, attrs.activation === "relu") : undefined;
});

/** dw, the gradient with respect to the filter. */
export const conv2dBackpropFilter = replacement<
  { x: tf.TensorInfo; dy: tf.TensorInfo },
  ConvolutionAttributes & { filterShape: Shape4D }
>("Conv2DBackpropFilter", ({ inputs: { x, dy }, attrs, kernels }) => {
  if (!areFloat32(x, dy) || !set(kernels, x.shape, attrs.filterShape, attrs, dy)) return undefined;
  return compute(kernels, [x, dy], attrs.filterShape, (x, dy, dw, scratch) => {
    kernels.run.conv2dBackpropFilter(x, dy, dw, scratch);
  });
});

/** dx, the gradient with respect to the images, and what `tf.conv2dTranspose()` computes. */
export const conv2dBackpropInput: Replacement = replacement<
  { dy: tf.TensorInfo; filter: tf.TensorInfo },
  ConvolutionAttributes & { inputShape: Shape4D }
>("Conv2DBackpropInput", ({ inputs: { dy, filter }, attrs, kernels }) => {
  if (!areFloat32(dy, filter)) {
    return tf.tidy(() => {
      const inputs = { dy: asFloat32(dy), filter: asFloat32(filter) };
      const plain = attrs as unknown as tf.NamedAttrMap;
      return tf.engine().runKernel<tf.Tensor>(conv2dBackpropInput.kernelName, inputs, plain);
    });
  }
  if (!set(kernels, attrs.inputShape, filter.shape, attrs, dy)) return undefined;
  return compute(kernels, [dy, filter], attrs.inputShape, (dy, w, dx, scratch) => {
    kernels.run.conv2dBackpropInput(dy, w, dx, scratch);
  });
});

function forward(
  kernels: WasmKernels,
  x: tf.TensorInfo,
  filter: tf.TensorInfo,
  attrs: ConvolutionAttributes,
  bias?: tf.TensorInfo,
  relu = false,
): tf.TensorInfo | undefined {
  const outShape = set(kernels, x.shape, filter.shape, attrs);
  if (!outShape) return undefined;
  const biasStart = bias ? kernels.address(bias) : 0;
  return compute(kernels, [x, filter], outShape, (x, w, y, scratch) => {
    kernels.run.conv2d(x, w, y, biasStart, relu, scratch);
  });
}

/** Makes an output and calls the module with the addresses of two inputs, the output and scratch. */
function compute(
  kernels: WasmKernels,
  inputs: [tf.TensorInfo, tf.TensorInfo],
  shape: Shape4D,
  call: (first: number, second: number, output: number, scratch: number) => void,
): tf.TensorInfo {
  const output = kernels.output(shape);
  const [first, second, result] = [...inputs, output].map(kernels.address);
  kernels.withScratch(kernels.run.convolutionScratch(), (scratch) => {
    call(first, second, result, scratch);
  });
  return output;
}

/**
 * Tells the module which convolution comes next.
 *
 * @param dy On the way back, the output's gradient.
 * @returns The shape of its output; undefined where it is not served: channels first, grouped channels.
 */
function set(
  kernels: WasmKernels,
  inputShape: number[],
  filterShape: number[],
  attrs: ConvolutionAttributes,
  dy?: tf.TensorInfo,
): Shape4D | undefined {
  if (attrs.dataFormat !== "NHWC" || inputShape[3] !== filterShape[2]) return undefined;
  const info = dy
    ? geometryOfGradient(dy, inputShape, filterShape, attrs)
    : geometryOf(inputShape, filterShape, attrs);
  // deno-fmt-ignore
  kernels.run.setConvolution(
    info.batchSize, info.inHeight, info.inWidth, info.inChannels,
    info.outChannels, info.filterHeight, info.filterWidth, info.outHeight, info.outWidth,
    info.strideHeight, info.strideWidth, info.dilationHeight, info.dilationWidth,
    info.padInfo.top, info.padInfo.left,
  );
  return info.outShape as Shape4D;
}
