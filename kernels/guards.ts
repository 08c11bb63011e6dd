/**
 * Kernels of TensorFlow.js that refuse windows which fit nowhere, and a gradient of other windows than
 * the image has. Our own kernels, and those of fallback/, look by themselves.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import {
  assertFits,
  geometryOf,
  geometryOfGradient,
  type PoolAttributes,
  poolShape,
  type Shape5D,
  type Triple,
} from "./geometry.ts";

type Inputs = Record<string, tf.TensorInfo>;
type Attributes = PoolAttributes & { dataFormat?: string; inputShape: number[] };
type Check = (inputs: Inputs, attrs: Attributes) => void;

interface Attributes3D {
  strides: number | Triple;
  pad: "valid" | "same" | number;
  dilations?: number | Triple;
  filterSize: number | Triple;
  dimRoundingMode?: "floor" | "round" | "ceil";
}

const pooling3D: Check = ({ x }, attrs) => {
  const { filterSize, strides, pad, dimRoundingMode } = attrs as never as Attributes3D;
  const shape = x.shape as Shape5D;
  assertFits3D(
    tf.backend_util.computePool3DInfo(shape, filterSize, strides, 1, pad, dimRoundingMode),
  );
};

function assertFits3D(info: tf.backend_util.Conv3DInfo): void {
  assertFits(
    [info.inDepth, info.inHeight, info.inWidth],
    [info.filterDepth, info.filterHeight, info.filterWidth],
    [info.dilationDepth, info.dilationHeight, info.dilationWidth],
    [info.outDepth, info.outHeight, info.outWidth],
  );
}

const CHECKS: Record<string, Check> = {
  MaxPoolWithArgmax: ({ x }, attrs) => void geometryOf(x.shape, poolShape(attrs), attrs),
  Conv3D: ({ x, filter }, attrs) => {
    const { strides, pad, dilations = 1 } = attrs as never as Attributes3D;
    const shapes = [x.shape as Shape5D, filter.shape as Shape5D] as const;
    assertFits3D(tf.backend_util.computeConv3DInfo(...shapes, strides, dilations, pad));
  },
  Dilation2D: ({ x, filter }, attrs) => void geometryOf(x.shape, [...filter.shape, 1], attrs),
  MaxPool3D: pooling3D,
  AvgPool3D: pooling3D,
  // It knows of rounding down alone, and of channels last.
  Conv2DBackpropInput: ({ dy, filter }, attrs) => {
    if (attrs.dataFormat === "NCHW") return;
    geometryOfGradient(dy, attrs.inputShape, filter.shape, { ...attrs, dimRoundingMode: "floor" });
  },
};

/** Puts the checks before what the WASM backend has. */
export function guardWindows(): void {
  for (const [kernelName, check] of Object.entries(CHECKS)) {
    const kernel = tf.getKernel(kernelName, "wasm");
    tf.unregisterKernel(kernelName, "wasm");
    tf.registerKernel({
      ...kernel,
      kernelFunc: (call) => {
        check(call.inputs as Inputs, call.attrs as unknown as Attributes);
        return kernel.kernelFunc(call);
      },
    });
  }
}
