/**
 * Depthwise convolution for the WASM backend, which has none of its gradients. With an image x
 * [N, H, W, C], a filter w [KH, KW, C, M], and k for a place of the filter,
 *
 * ```text
 * y[n, p, c·M + m] = Σ_k x[n, p·s + k, c] · w[k, c, m]
 * dw[k, c, m]      = Σ_np x[n, p·s + k, c] · dy[n, p, c·M + m]
 * dx[n, h, c]      = Σ_m dy[n, p, c·M + m] · w[k, c, m] over all p and k with p·s + k = h
 * ```
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import type { Shape4D, WindowAttributes } from "../geometry.ts";
import { addPlaces, mapPlaces, type Windows, windowsOf } from "./windows.ts";

/** dw, the gradient with respect to the filter. */
export const depthwiseConv2dBackpropFilter: tf.KernelConfig = {
  kernelName: "DepthwiseConv2dNativeBackpropFilter",
  backendName: "wasm",
  kernelFunc: ({ inputs, attrs }) => {
    const { x, dy } = inputs as Record<string, tf.Tensor4D>;
    const { filterShape } = attrs as unknown as { filterShape: Shape4D };
    const [, , C, M] = filterShape;
    return tf.tidy(() => {
      const windows = depthwiseWindows(x.shape, filterShape, dy.shape, attrs);
      const rows = dy.reshape([-1, C, M]).transpose([2, 0, 1]);
      const ofPlaces = mapPlaces(x, windows, (seen) => seen.reshape([-1, C]).mul(rows).sum(1));
      return tf.stack(ofPlaces).transpose([0, 2, 1]).reshape(filterShape);
    });
  },
};

/** dx, the gradient with respect to the image. */
export const depthwiseConv2dBackpropInput: tf.KernelConfig = {
  kernelName: "DepthwiseConv2dNativeBackpropInput",
  backendName: "wasm",
  kernelFunc: ({ inputs, attrs }) => {
    const { dy, filter } = inputs as Record<string, tf.Tensor4D>;
    const { inputShape } = attrs as unknown as { inputShape: Shape4D };
    const [, , C, M] = filter.shape;
    return tf.tidy(() => {
      const windows = depthwiseWindows(inputShape, filter.shape, dy.shape, attrs);
      const [N, P, Q] = dy.shape;
      const rows = dy.reshape([-1, C, M]).transpose([2, 0, 1]);
      const taps = filter.reshape([-1, C, M, 1]).transpose([0, 2, 3, 1]);
      return addPlaces(
        windows,
        (k) => rows.mul(taps.slice(k, 1).squeeze([0])).sum(0).reshape([N, P, Q, C]),
      );
    });
  },
};

function depthwiseWindows(x: Shape4D, w: Shape4D, y: number[], attrs?: tf.NamedAttrMap): Windows {
  const { strides, pad, dimRoundingMode } = attrs as unknown as WindowAttributes;
  const info = tf.backend_util.computeConv2DInfo(x, w, strides, 1, pad, dimRoundingMode, true);
  return windowsOf(info, y);
}
