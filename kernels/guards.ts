/**
 * Kernels of TensorFlow.js that refuse what they would compute wrongly: windows that fit nowhere, and
 * numbers of windows that are not rounded down. They leave those beyond as the memory was.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import {
  assertFits,
  type PoolAttributes,
  poolShape,
  windowsOf,
  windowsOfGradient,
} from "./windows.ts";

type Inputs = Record<string, tf.TensorInfo>;
type Attributes = PoolAttributes & { dataFormat?: string; inputShape: number[] };
type Check = (inputs: Inputs, attrs: Attributes) => void;

const convolution: Check = ({ x, filter }, attrs) => {
  // Other formats the kernels refuse by themselves.
  if (attrs.dataFormat !== "NCHW") assertRoundedDown(windowsOf(x.shape, filter.shape, attrs));
};
const pooling: Check = ({ x }, attrs) => {
  assertRoundedDown(windowsOf(x.shape, poolShape(attrs), attrs));
};

/** @throws {RangeError} If TensorFlow.js counts other windows than XNNPACK, which rounds down. */
function assertRoundedDown(info: tf.backend_util.Conv2DInfo): void {
  const { inHeight, inWidth, filterHeight, filterWidth, outHeight, outWidth, padInfo } = info;
  const count = (length: number, window: number, stride: number) =>
    Math.floor((length - window) / stride) + 1;
  const rows = count(
    inHeight + padInfo.top + padInfo.bottom,
    info.effectiveFilterHeight,
    info.strideHeight,
  );
  const columns = count(
    inWidth + padInfo.left + padInfo.right,
    info.effectiveFilterWidth,
    info.strideWidth,
  );
  if (rows === outHeight && columns === outWidth) return;
  throw new RangeError(
    `Cannot lay ${outHeight}×${outWidth} windows of ${filterHeight}×${filterWidth} on images of ` +
      `${inHeight}×${inWidth}: ${rows}×${columns} lie on them, and the WASM backend computes no ` +
      `others. Pad the images by tf.pad(), and use "valid" or dimRoundingMode "floor".`,
  );
}

type Triple = [number, number, number];
type Shape5D = [number, number, number, number, number];
interface Attributes3D {
  strides: number | Triple;
  pad: "valid" | "same" | number;
  dilations?: number | Triple;
  filterSize: number | Triple;
  dimRoundingMode?: "floor" | "round" | "ceil";
}

const convolution3D: Check = ({ x, filter }, attrs) => {
  const { strides, pad, dilations = 1 } = attrs as never as Attributes3D;
  const shapes = [x.shape as Shape5D, filter.shape as Shape5D] as const;
  assertFits3D(tf.backend_util.computeConv3DInfo(...shapes, strides, dilations, pad));
};
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
  Conv2D: convolution,
  FusedConv2D: convolution,
  DepthwiseConv2dNative: convolution,
  FusedDepthwiseConv2D: convolution,
  MaxPool: pooling,
  MaxPoolWithArgmax: pooling,
  AvgPool: pooling,
  Conv3D: convolution3D,
  MaxPool3D: pooling3D,
  AvgPool3D: pooling3D,
  Conv2DBackpropInput: ({ dy, filter }, attrs) => {
    if (attrs.dataFormat === "NCHW") return;
    windowsOfGradient(dy, attrs.inputShape, filter.shape, { ...attrs, dimRoundingMode: "floor" });
  },
};

/** Puts the checks before what the WASM backend has. */
export function guardWindows(): void {
  for (const [kernelName, check] of Object.entries(CHECKS)) {
    const kernel = tf.getKernel(kernelName, "wasm");
    if (!kernel) continue;
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
