/**
 * `MaxPoolGrad` for the WASM backend, whose own one is wrong: where the maximum of a window is not
 * positive it gives dy to the window's first value, whichever is the largest. (It starts its search
 * from the smallest positive float32, as TensorFlow.js 4.22.0 still does.) After ReLU nobody notices;
 * where batch normalization stands between ReLU and pooling, half the windows may be negative.
 *
 * ```text
 * dx[n, h, w, c] = Σ dy[n, p, q, c] over the windows (p, q) whose first maximum lies at (h, w)
 * ```
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { geometryOfGradient, type PoolAttributes, poolShape } from "../geometry.ts";

/**
 * The gradient of max-pooling with respect to its input.
 *
 * @param dy Gradient of the output, [N, P, Q, C].
 * @param x The input, [N, H, W, C].
 * @param attrs As of TensorFlow.js's kernel of that name.
 * @returns dx, the shape of x.
 */
function maxPoolGrad(dy: tf.Tensor, x: tf.Tensor, attrs: PoolAttributes): tf.Tensor {
  const pool = geometryOfGradient(dy, x.shape, poolShape(attrs), attrs);
  const { batchSize, inHeight, inWidth, outHeight, outWidth, padInfo } = pool;
  const { strideHeight, strideWidth, filterHeight, filterWidth } = pool;
  const channels = x.shape[3]!;
  const values = x.dataSync();
  const gradients = dy.dataSync();
  const result = new Float32Array(x.size);
  let window = 0;
  for (let n = 0; n < batchSize; n++) {
    for (let p = 0; p < outHeight; p++) {
      const top = p * strideHeight - padInfo.top;
      const [firstRow, endRow] = [Math.max(0, top), Math.min(inHeight, top + filterHeight)];
      for (let q = 0; q < outWidth; q++) {
        const left = q * strideWidth - padInfo.left;
        const [firstColumn, endColumn] = [Math.max(0, left), Math.min(inWidth, left + filterWidth)];
        for (let c = 0; c < channels; c++, window++) {
          let maximum = -Infinity;
          let place = -1;
          for (let h = firstRow; h < endRow; h++) {
            for (let w = firstColumn; w < endColumn; w++) {
              const i = ((n * inHeight + h) * inWidth + w) * channels + c;
              if (values[i] > maximum || place === -1) {
                maximum = values[i];
                place = i;
              }
            }
          }
          result[place] += gradients[window];
        }
      }
    }
  }
  return tf.tensor(result, x.shape);
}

/** The kernel as TensorFlow.js registers it. */
export const maxPoolGradConfig: tf.KernelConfig = {
  kernelName: "MaxPoolGrad",
  backendName: "wasm",
  kernelFunc: ({ inputs, attrs }) => {
    const { dy, input } = inputs as tf.NamedTensorMap;
    return maxPoolGrad(dy, input, attrs as unknown as PoolAttributes);
  },
};
