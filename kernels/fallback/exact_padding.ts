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
import { geometryOf, type PoolAttributes, poolShape } from "../geometry.ts";

/** The padding of a call in numbers: no less than its windows need. */
function exactPadding(
  { x, filter }: Record<string, tf.TensorInfo>,
  attrs: PoolAttributes,
): tf.backend_util.ExplicitPadding {
  const info = geometryOf(x.shape, filter ? filter.shape : poolShape(attrs), attrs);
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
      const attrs = call.attrs as unknown as PoolAttributes & { dataFormat?: string };
      if (attrs.dataFormat === "NCHW") return stock.kernelFunc(call); // refuses
      const pad = exactPadding(call.inputs as Record<string, tf.TensorInfo>, attrs);
      return stock.kernelFunc({ ...call, attrs: { ...attrs, pad } as unknown as tf.NamedAttrMap });
    },
  };
});
