/**
 * `MaxPoolGrad` for channels-last images.
 *
 * @module
 */
import type * as tf from "@tensorflow/tfjs";
import { areFloat32, replacement } from "./replacement.ts";
import { geometryOfGradient, type PoolAttributes, poolShape } from "./geometry.ts";

/** dx: each dy goes to the first maximum of its window. */
export const maxPoolGrad = replacement<
  { dy: tf.TensorInfo; input: tf.TensorInfo; output: tf.TensorInfo },
  PoolAttributes
>("MaxPoolGrad", ({ inputs: { dy, input, output }, attrs, kernels }) => {
  if (!areFloat32(dy, input, output)) return undefined;
  const info = geometryOfGradient(dy, input.shape, poolShape(attrs), attrs);
  const dx = kernels.output(input.shape);
  const [dyStart, xStart, yStart, dxStart] = [dy, input, output, dx].map(kernels.address);
  // deno-fmt-ignore
  kernels.run.maxPoolGrad(
    dyStart, xStart, yStart, dxStart,
    info.batchSize, info.inHeight, info.inWidth, info.inChannels,
    info.filterHeight, info.filterWidth, info.outHeight, info.outWidth,
    info.strideHeight, info.strideWidth, info.dilationHeight, info.dilationWidth,
    info.padInfo.top, info.padInfo.left,
  );
  return dx;
});
