/**
 * `Relu`; and `ReluGrad`, a kernel of our own name, with the gradient of ReLU that uses it where it is
 * registered.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { areFloat32, isRecording, replacement } from "./replacement.ts";

/** y = max(0, x), NaN where x is NaN. */
export const relu = replacement<{ x: tf.TensorInfo }>("Relu", ({ inputs: { x }, kernels }) => {
  if (!areFloat32(x)) return undefined;
  const y = kernels.output(x.shape);
  kernels.run.relu(tf.util.sizeFromShape(x.shape), kernels.address(x), kernels.address(y));
  return y;
});

/** dx = dy·step(x) in one pass. */
export const reluGrad = replacement<{ dy: tf.TensorInfo; x: tf.TensorInfo }>(
  "ReluGrad",
  ({ inputs: { dy, x }, kernels }) => {
    if (!areFloat32(dy, x)) return undefined;
    const dx = kernels.output(x.shape);
    const [dyStart, xStart, dxStart] = [dy, x, dx].map(kernels.address);
    kernels.run.reluGrad(tf.util.sizeFromShape(x.shape), dyStart, xStart, dxStart);
    return dx;
  },
);

/**
 * The gradient of ReLU: one kernel where there is one, otherwise what TensorFlow.js does; so also where
 * a gradient of the gradient is to come, which operations have and the kernel has not.
 */
export function reluGradient(stock: tf.GradConfig): tf.GradConfig {
  return {
    ...stock,
    gradFunc: (dy, saved, attrs) =>
      !isRecording() && tf.getKernel(reluGrad.kernelName, tf.getBackend()) &&
        saved[0].dtype === "float32"
        ? {
          x: () => tf.engine().runKernel(reluGrad.kernelName, { dy: dy as tf.Tensor, x: saved[0] }),
        }
        : stock.gradFunc(dy, saved, attrs),
  };
}
