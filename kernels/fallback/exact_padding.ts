/**
 * Convolution and pooling forward with the padding in numbers.
 *
 * TensorFlow.js's WASM kernels hand their windows to XNNPACK, which counts anew how often a window
 * stands. It comes to another number than the output has room for where a rounding mode lets the last
 * window reach over the border, and in depthwise convolutions with the padding "same" where the stride
 * is longer than the filter needs; what it writes then lies in the wrong places. Padding that lets the
 * windows fit exactly leaves nothing to count.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import "@tensorflow/tfjs-backend-wasm"; // registers the kernels that these stand on

type Shape4D = [number, number, number, number];
type Pair = number | [number, number];

interface WindowAttrs {
  strides: Pair;
  pad: "valid" | "same" | number | tf.backend_util.ExplicitPadding;
  filterSize: Pair;
  dilations?: Pair | null;
  dataFormat?: "NHWC" | "NCHW";
  dimRoundingMode?: "floor" | "round" | "ceil";
}

/** The padding of a call in numbers: no less than its windows need. */
function exactPadding(
  kernelName: string,
  inputs: tf.NamedTensorInfoMap,
  attrs: WindowAttrs,
): tf.backend_util.ExplicitPadding {
  const { strides, pad, filterSize, dilations, dimRoundingMode } = attrs;
  const { x, filter } = inputs as Record<string, tf.TensorInfo>;
  const shape = x.shape as Shape4D;
  const info = filter
    ? tf.backend_util.computeConv2DInfo(
      shape,
      filter.shape as Shape4D,
      strides,
      dilations ?? 1, // null from tf.layers.depthwiseConv2d()
      pad,
      dimRoundingMode,
      kernelName.includes("Depthwise"),
    )
    : tf.backend_util.computePool2DInfo(shape, filterSize, strides, 1, pad, dimRoundingMode);
  const { top, bottom, left, right } = info.padInfo;
  const below = (info.outHeight - 1) * info.strideHeight + info.effectiveFilterHeight -
    info.inHeight - top;
  const beside = (info.outWidth - 1) * info.strideWidth + info.effectiveFilterWidth -
    info.inWidth - left;
  return [[0, 0], [top, Math.max(bottom, below)], [left, Math.max(right, beside)], [0, 0]];
}

/** The kernels as TensorFlow.js registers them. */
export const exactlyPadded: tf.KernelConfig[] = [
  "Conv2D",
  "FusedConv2D",
  "DepthwiseConv2dNative",
  "FusedDepthwiseConv2D",
  "AvgPool",
  "MaxPool",
].map((kernelName) => {
  const stock = tf.getKernel(kernelName, "wasm");
  return {
    ...stock,
    kernelFunc: (call) => {
      const attrs = call.attrs as unknown as WindowAttrs;
      if (attrs.dataFormat === "NCHW") return stock.kernelFunc(call); // refuses
      const pad = exactPadding(kernelName, call.inputs, attrs);
      return stock.kernelFunc({ ...call, attrs: { ...attrs, pad } as unknown as tf.NamedAttrMap });
    },
  };
});
