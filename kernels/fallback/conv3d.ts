/**
 * The gradients of `tf.conv3d()` for the WASM backend, whose own ones are wrong: they add to a memory
 * that they have not cleared, and lose their place where the stride is not 1. With a volume x
 * [N, D, H, W, Cin], a filter w, and k for a place of the filter,
 *
 * ```text
 * y[n, p, o]  = Σ_kc x[n, p·s + k, c] · w[k, c, o]
 * dw[k, c, o] = Σ_np x[n, p·s + k, c] · dy[n, p, o]
 * dx[n, h, c] = Σ_o dy[n, p, o] · w[k, c, o] over all p and k with p·s + k = h
 * ```
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import type { Shape5D, Triple } from "../geometry.ts";
import { addPlaces, mapPlaces, type Windows, windowsOf } from "./windows.ts";

interface Conv3dAttrs {
  strides: number | Triple;
  pad: "valid" | "same";
}

/** dw, the gradient with respect to the filter: one product for each of its places. */
export const conv3dBackpropFilter: tf.KernelConfig = {
  kernelName: "Conv3DBackpropFilterV2",
  backendName: "wasm",
  kernelFunc: ({ inputs, attrs }) => {
    const { x, dy } = inputs as Record<string, tf.Tensor5D>;
    const { filterShape } = attrs as unknown as { filterShape: Shape5D };
    const [Cin, Cout] = filterShape.slice(-2);
    return tf.tidy(() => {
      const rows = dy.reshape<tf.Tensor2D>([-1, Cout]);
      const ofPlaces = mapPlaces(
        x,
        windows(x.shape, filterShape, dy.shape, attrs),
        (seen) => tf.matMul(seen.reshape<tf.Tensor2D>([-1, Cin]), rows, true),
      );
      return tf.stack(ofPlaces).reshape(filterShape);
    });
  },
};

/** dx, the gradient with respect to the volume, and what `tf.conv3dTranspose()` computes. */
export const conv3dBackpropInput: tf.KernelConfig = {
  kernelName: "Conv3DBackpropInputV2",
  backendName: "wasm",
  kernelFunc: ({ inputs, attrs }) => {
    const { dy, filter } = inputs as Record<string, tf.Tensor5D>;
    const { inputShape } = attrs as unknown as { inputShape: Shape5D };
    const [Cin, Cout] = filter.shape.slice(-2);
    return tf.tidy(() => {
      const rows = dy.reshape<tf.Tensor2D>([-1, Cout]);
      const taps = filter.reshape<tf.Tensor3D>([-1, Cin, Cout]);
      return addPlaces(
        windows(inputShape, filter.shape, dy.shape, attrs),
        (k) =>
          tf.matMul(rows, taps.slice(k, 1).squeeze<tf.Tensor2D>([0]), false, true)
            .reshape([...dy.shape.slice(0, -1), Cin]),
      );
    });
  },
};

function windows(x: Shape5D, w: Shape5D, y: number[], attrs?: tf.NamedAttrMap): Windows {
  const { strides, pad } = attrs as unknown as Conv3dAttrs;
  return windowsOf(tf.backend_util.computeConv3DInfo(x, w, strides, 1, pad), y);
}
