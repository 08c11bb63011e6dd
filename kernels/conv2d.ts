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

type Shape4D = [number, number, number, number];

interface ConvolutionAttributes {
  strides: number | [number, number];
  pad: "valid" | "same" | number | tf.backend_util.ExplicitPadding;
  dataFormat: "NHWC" | "NCHW";
  dilations?: number | [number, number];
  dimRoundingMode?: "floor" | "round" | "ceil";
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
  if (!areFloat32(x, dy) || !set(kernels, x.shape, attrs.filterShape, attrs)) return undefined;
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
  if (!set(kernels, attrs.inputShape, filter.shape, attrs)) return undefined;
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
 * @returns The shape of its output; undefined where it is not served: channels first, grouped channels.
 */
function set(
  kernels: WasmKernels,
  inputShape: number[],
  filterShape: number[],
  { strides, pad, dataFormat, dilations = 1, dimRoundingMode }: ConvolutionAttributes,
): Shape4D | undefined {
  if (dataFormat !== "NHWC" || inputShape[3] !== filterShape[2]) return undefined;
  const info = tf.backend_util.computeConv2DInfo(
    inputShape as Shape4D,
    filterShape as Shape4D,
    strides,
    dilations,
    pad,
    dimRoundingMode,
  );
  if (info.outHeight < 0 || info.outWidth < 0) {
    throw new RangeError(
      `Cannot convolve images of ${info.inHeight}×${info.inWidth} with a filter of ` +
        `${info.filterHeight}×${info.filterWidth}: it does not fit in. Pad the images.`,
    );
  }
  // deno-fmt-ignore
  kernels.run.setConvolution(
    info.batchSize, info.inHeight, info.inWidth, info.inChannels,
    info.outChannels, info.filterHeight, info.filterWidth, info.outHeight, info.outWidth,
    info.strideHeight, info.strideWidth, info.dilationHeight, info.dilationWidth,
    info.padInfo.top, info.padInfo.left,
  );
  return info.outShape as Shape4D;
}
