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
import "@tensorflow/tfjs-backend-wasm"; // registers the kernels that these stand on
import { addPlaces, mapPlaces, type Windows, windowsOf } from "./windows.ts";

type Shape4D = [number, number, number, number];
type Pair = [number, number];

interface DepthwiseAttrs {
  strides: Pair | number;
  pad: "valid" | "same" | number | tf.backend_util.ExplicitPadding;
  dilations?: Pair | number;
  dimRoundingMode?: "floor" | "round" | "ceil";
}

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
      const rows = dy.reshape([-1, C, M]);
      const ofPlaces = mapPlaces(x, windows, (seen) => seen.reshape([-1, C, 1]).mul(rows).sum(0));
      return tf.stack(ofPlaces).reshape(filterShape);
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
      const [rows, taps] = [dy.reshape([-1, C, M]), filter.reshape([-1, C, M])];
      return addPlaces(
        windows,
        (k) => rows.mul(taps.slice(k, 1)).sum(-1).reshape([N, P, Q, C]),
      );
    });
  },
};

function depthwiseWindows(x: Shape4D, w: Shape4D, y: number[], attrs?: tf.NamedAttrMap): Windows {
  return windowsOf(depthwiseInfo(x, w, attrs), y);
}

function depthwiseInfo(x: Shape4D, w: Shape4D, attrs?: tf.NamedAttrMap) {
  const { strides, pad, dilations, dimRoundingMode } = attrs as unknown as DepthwiseAttrs;
  return tf.backend_util.computeConv2DInfo(
    x,
    w,
    strides,
    dilations ?? 1,
    pad,
    dimRoundingMode,
    true,
  );
}

/**
 * The kernels forward with the padding in numbers. TensorFlow.js's are wrong with "same" where the
 * stride is longer than the filter needs: XNNPACK then pads by a rule of its own.
 */
export const depthwiseConv2d: tf.KernelConfig[] = ["DepthwiseConv2dNative", "FusedDepthwiseConv2D"]
  .map((kernelName) => {
    const stock = tf.getKernel(kernelName, "wasm");
    return {
      ...stock,
      kernelFunc: (call) => {
        const { x, filter } = call.inputs as Record<string, tf.Tensor4D>;
        if (call.attrs!.pad !== "same") return stock.kernelFunc(call);
        const { top, bottom, left, right } =
          depthwiseInfo(x.shape, filter.shape, call.attrs).padInfo;
        const pad = [[0, 0], [top, bottom], [left, right], [0, 0]];
        return stock.kernelFunc({
          ...call,
          attrs: { ...call.attrs, pad: pad as unknown as tf.Attribute },
        });
      },
    };
  });
