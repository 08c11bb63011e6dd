/**
 * Pooling where the WASM backend is wrong:
 *
 * - `AvgPoolGrad` and `AvgPool3DGrad` divide by the size of the window, also where it reaches over the
 *   border and its mean is that of fewer values. The CPU backend does the same.
 * - `MaxPool3D` and `MaxPool3DGrad` take the smallest positive float32 for the smallest of all, so that
 *   a window without a positive value has neither its maximum nor its gradient.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import type { Shape4D, Shape5D, Triple } from "../geometry.ts";
import { addPlaces, mapPlaces, type Windows, windowsOf } from "./windows.ts";

interface PoolAttrs {
  filterSize: number | Triple;
  strides: number | Triple;
  pad: "valid" | "same" | number;
  dimRoundingMode?: "floor" | "round" | "ceil";
}

function info(x: number[], attrs?: tf.NamedAttrMap) {
  const { filterSize, strides, pad, dimRoundingMode } = attrs as unknown as PoolAttrs;
  return x.length === 5
    ? tf.backend_util.computePool3DInfo(x as Shape5D, filterSize, strides, 1, pad, dimRoundingMode)
    : tf.backend_util.computePool2DInfo(
      x as Shape4D,
      filterSize as unknown as [number, number],
      strides as unknown as [number, number],
      1,
      pad,
      dimRoundingMode,
    );
}

/** dx[n, h, c] = Σ dy[n, p, c] / (values under window p) over the windows p above h. */
export const averagePoolGrads: tf.KernelConfig[] = ["AvgPoolGrad", "AvgPool3DGrad"]
  .map((kernelName) => ({
    kernelName,
    backendName: "wasm",
    kernelFunc: ({ inputs, attrs }) => {
      const { dy, input } = inputs as tf.NamedTensorMap;
      return tf.tidy(() => {
        const windows = windowsOf(info(input.shape, attrs), dy.shape);
        const image = tf.ones([1, ...windows.image, 1]);
        const values = tf.addN(mapPlaces(image, windows, (seen) => seen));
        const share = dy.div(values);
        return addPlaces(windows, () => share);
      });
    },
  }));

/** y[n, p, c] = max_k x[n, p·s + k, c] */
export const maxPool3d: tf.KernelConfig = {
  kernelName: "MaxPool3D",
  backendName: "wasm",
  kernelFunc: ({ inputs, attrs }) => {
    const { x } = inputs as tf.NamedTensorMap;
    const pool = info(x.shape, attrs);
    return tf.tidy(() => seenBy(windowsOf(pool, pool.outShape), x).reduce(tf.maximum<tf.Tensor>));
  },
};

/** dx[n, h, c] = Σ dy[n, p, c] over the windows p whose first maximum lies at h. */
export const maxPool3dGrad: tf.KernelConfig = {
  kernelName: "MaxPool3DGrad",
  backendName: "wasm",
  kernelFunc: ({ inputs, attrs }) => {
    const { dy, input, output } = inputs as tf.NamedTensorMap;
    return tf.tidy(() => {
      const windows = windowsOf(info(input.shape, attrs), dy.shape);
      let left = dy;
      const given = seenBy(windows, input).map((seen) => {
        const here = left.mul(tf.equal(seen, output));
        left = left.sub(here);
        return here;
      });
      return addPlaces(windows, (k) => given[k]);
    });
  },
};

/**
 * The gradients of the gradients of pooling, which are linear in dy: dy gets back what lies where it
 * went, the first maximum of its window or the mean of it. Where the maxima are is fixed.
 */
export const gradientsOfPoolGrads: tf.GradConfig[] = ["", "3D"].flatMap((dimensions) => [{
  kernelName: `MaxPool${dimensions}Grad`,
  inputsToSave: ["dy", "input", "output"],
  gradFunc: (u, [dy, input, output], attrs) => ({
    dy: () => {
      const windows = windowsOf(info(input.shape, attrs), dy.shape);
      let open: tf.Tensor = tf.onesLike(dy);
      const firsts = seenBy(windows, input).map((seen) => {
        const first = open.mul(tf.equal(seen, output));
        open = open.sub(first);
        return first;
      });
      const there = mapPlaces(u as tf.Tensor, windows, (seen) => seen);
      return tf.addN(there.map((seen, k) => seen.mul(firsts[k])));
    },
    input: () => tf.zerosLike(input),
    output: () => tf.zerosLike(output),
  }),
}, {
  kernelName: `AvgPool${dimensions}Grad`,
  inputsToSave: ["input"],
  gradFunc: (u, [input], attrs) => ({
    dy: () =>
      tf.engine().runKernel<tf.Tensor>(`AvgPool${dimensions}`, { x: u as tf.Tensor }, attrs),
    input: () => tf.zerosLike(input),
  }),
}]);

function seenBy(windows: Windows, x: tf.Tensor): tf.Tensor[] {
  return mapPlaces(x, windows, (seen) => seen, -Infinity);
}
