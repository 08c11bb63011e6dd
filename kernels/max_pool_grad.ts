/**
 * `MaxPoolGrad` for channels-last images.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { areFloat32, replacement } from "./replacement.ts";

interface MaxPoolAttributes {
  filterSize: number | [number, number];
  strides: number | [number, number];
  pad: "valid" | "same" | number | tf.backend_util.ExplicitPadding;
  dimRoundingMode?: "floor" | "round" | "ceil";
}

/** dx: each dy goes to the first maximum of its window. */
export const maxPoolGrad = replacement<
  { dy: tf.TensorInfo; input: tf.TensorInfo; output: tf.TensorInfo },
  MaxPoolAttributes
>("MaxPoolGrad", ({ inputs: { dy, input, output }, attrs, kernels }) => {
  if (!areFloat32(dy, input, output)) return undefined;
  const info = tf.backend_util.computePool2DInfo(
    input.shape as [number, number, number, number],
    attrs.filterSize,
    attrs.strides,
    1,
    attrs.pad,
    attrs.dimRoundingMode,
  );
  const dx = kernels.output(input.shape);
  const [dyStart, xStart, yStart, dxStart] = [dy, input, output, dx].map(kernels.address);
  // deno-fmt-ignore
  kernels.run.maxPoolGrad(
    dyStart, xStart, yStart, dxStart,
    info.batchSize, info.inHeight, info.inWidth, info.inChannels,
    info.filterHeight, info.filterWidth, Math.max(0, info.outHeight), Math.max(0, info.outWidth),
    info.strideHeight, info.strideWidth, info.dilationHeight, info.dilationWidth,
    info.padInfo.top, info.padInfo.left,
  );
  return dx;
});
