/**
 * `Conv2DBackpropFilter` for the WASM backend, which has none: without it no convolution trains there.
 *
 * The gradient of a filter is itself a convolution. With images x [N, H, W, Cin], stride s and
 *
 * ```text
 * y[n, p, q, o]  = Σ_ijc x[n, p·s + i, q·s + j, c] · w[i, j, c, o]
 * dw[i, j, c, o] = Σ_npq x[n, p·s + i, q·s + j, c] · dy[n, p, q, o]
 * ```
 *
 * the second line is the first with other names: c takes the place of the batch, n that of the input
 * channels, dy is the filter, and the stride becomes its dilation. So one transposition of each
 * operand lets the backend's own fast convolution do the work.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { geometryOfGradient, type Shape4D, type WindowAttributes } from "../geometry.ts";

interface Conv2DBackpropFilterAttrs extends WindowAttributes {
  dataFormat: "NHWC" | "NCHW";
  filterShape: Shape4D;
}

/**
 * The gradient of a convolution with respect to its filter.
 *
 * @param x Images, [N, H, W, Cin].
 * @param dy Gradient of the output, [N, P, Q, Cout].
 * @param attrs As of TensorFlow.js's kernel of that name.
 * @returns dw, [KH, KW, Cin, Cout].
 */
export function conv2dBackpropFilter(
  x: tf.Tensor4D,
  dy: tf.Tensor4D,
  attrs: Conv2DBackpropFilterAttrs,
): tf.Tensor4D {
  const { filterShape } = attrs;
  const conv = geometryOfGradient(dy, x.shape, filterShape, attrs);
  // The backend leaves the result of a convolution without terms as its memory was.
  if (x.size === 0 || dy.size === 0) return tf.zeros(filterShape);
  const { inHeight, inWidth, filterHeight, filterWidth, strideHeight, strideWidth } = conv;
  const { top, left, ...pad } = conv.padInfo;
  // Where their number is rounded up, the last windows reach further than the padding.
  const reach = [(conv.outHeight - 1) * strideHeight, (conv.outWidth - 1) * strideWidth];
  const bottom = Math.max(pad.bottom, reach[0] + filterHeight - inHeight - top);
  const right = Math.max(pad.right, reach[1] + filterWidth - inWidth - left);
  return tf.tidy(() => {
    const padded = tf.pad4d(x, [[0, 0], [top, bottom], [left, right], [0, 0]]);
    const image = tf.transpose(padded, [3, 1, 2, 0]); //     [Cin, H, W, N]
    const filter = tf.transpose(dy, [1, 2, 0, 3]); //        [P, Q, N, Cout]
    const dilations: [number, number] = [strideHeight, strideWidth];
    const dw = tf.conv2d(image, filter, 1, "valid", "NHWC", dilations); // [Cin, ≥KH, ≥KW, Cout]
    // Where the stride does not divide the image, the last rows and columns were never read.
    return tf.transpose(
      dw.slice([0, 0, 0, 0], [-1, filterHeight, filterWidth, -1]),
      [1, 2, 0, 3],
    );
  });
}

/** The kernel as TensorFlow.js registers it. */
export const conv2dBackpropFilterConfig: tf.KernelConfig = {
  kernelName: "Conv2DBackpropFilter",
  backendName: "wasm",
  kernelFunc: ({ inputs, attrs }) => {
    const { x, dy } = inputs as Record<string, tf.Tensor4D>;
    const typedAttrs = attrs as unknown as Conv2DBackpropFilterAttrs;
    if (typedAttrs.dataFormat === "NCHW") {
      throw new RangeError(
        `Cannot compute a filter gradient with dataFormat "NCHW": the WASM backend convolves ` +
          `channels-last images. Transpose them to NHWC.`,
      );
    }
    return conv2dBackpropFilter(x, dy, typedAttrs);
  },
};
