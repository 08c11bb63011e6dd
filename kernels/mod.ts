/**
 * Kernels that make TensorFlow.js's WASM backend train. Importing this module is enough:
 *
 * ```ts
 * import "@batchnorm/from-scratch/kernels";
 * ```
 *
 * They are registered under TensorFlow.js's own names, so that `tf.matMul`, `tf.conv2d`, pooling and
 * all their gradients become fast in any model, and those that the backend lacks or gets wrong
 * are there. README.md beside this file has the list and the measurements.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import "@tensorflow/tfjs-backend-wasm"; // registers its own kernels first
import {
  batchNormPrediction,
  batchNormPredictionGradient,
  batchNormTraining,
  batchNormTrainingGrad,
  batchNormTrainingGradient,
} from "./batch_norm.ts";
import { channelSums } from "./channel_sums.ts";
import { conv2d, conv2dBackpropFilter, conv2dBackpropInput, fusedConv2d } from "./conv2d.ts";
import { conv2dBackpropFilterConfig } from "./fallback/conv2d_backprop_filter.ts";
import { conv3dBackpropFilter, conv3dBackpropInput } from "./fallback/conv3d.ts";
import {
  depthwiseConv2dBackpropFilter,
  depthwiseConv2dBackpropInput,
} from "./fallback/depthwise_conv2d.ts";
import { exactlyPadded } from "./fallback/exact_padding.ts";
import { missingGradients } from "./fallback/gradients.ts";
import { maxPoolGradConfig } from "./fallback/max_pool_grad.ts";
import { guardWindows } from "./guards.ts";
import { averagePoolGrads, maxPool3d, maxPool3dGrad } from "./fallback/pooling.ts";
import { unsortedSegmentSum } from "./fallback/unsorted_segment_sum.ts";
import { identity } from "./identity.ts";
import { batchMatMul, fusedMatMul } from "./mat_mul.ts";
import { maxPoolGrad } from "./max_pool_grad.ts";
import { mean, sum } from "./reduce.ts";
import { relu, reluGrad, reluGradient } from "./relu.ts";
import { install, uninstall } from "./replacement.ts";

/**
 * Which kernels compute on the WASM backend: `"own"`, those of this folder; or `"stock"`,
 * TensorFlow.js's, with those that they lack or get wrong in plain TypeScript.
 */
export type KernelChoice = "own" | "stock";

const OWN = [
  batchMatMul,
  fusedMatMul,
  conv2d,
  fusedConv2d,
  conv2dBackpropFilter,
  conv2dBackpropInput,
  maxPoolGrad,
  relu,
  reluGrad,
  sum,
  mean,
  identity,
  batchNormTraining,
  batchNormTrainingGrad,
  batchNormPrediction,
  channelSums,
];

/** What TensorFlow.js's WASM backend lacks, and gets wrong, in plain TypeScript. */
const MISSING = [
  conv2dBackpropFilterConfig,
  depthwiseConv2dBackpropFilter,
  depthwiseConv2dBackpropInput,
  unsortedSegmentSum,
];
const FAULTY = [
  maxPoolGradConfig,
  maxPool3d,
  maxPool3dGrad,
  ...averagePoolGrads,
  conv3dBackpropFilter,
  conv3dBackpropInput,
  ...exactlyPadded,
];

export { hasFusedMultiplyAdd } from "./fused.ts";
export { type Blas, blasInUse, closeBlas, inTrainingStep, openBlas } from "./blas.ts";

let choice: KernelChoice = "stock";

/**
 * Switches the WASM backend's kernels; results agree within rounding.
 *
 * @example
 * ```ts
 * import { kernelsInUse, useKernels } from "@batchnorm/from-scratch/kernels";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(kernelsInUse(), "own"); // by importing the module
 * useKernels("stock");
 * assertEquals(kernelsInUse(), "stock");
 * ```
 */
export function useKernels(kernels: KernelChoice): void {
  if (kernels !== "own" && kernels !== "stock") {
    throw new RangeError(`Cannot use kernels "${kernels}": choose "own" or "stock".`);
  }
  OWN.forEach(kernels === "own" ? install : uninstall);
  choice = kernels;
}

/** Which kernels compute on the WASM backend. */
export function kernelsInUse(): KernelChoice {
  return choice;
}

// Whoever brought a kernel or a gradient that TensorFlow.js lacks keeps it; faulty ones are replaced.
for (const kernel of MISSING) {
  if (!tf.getKernel(kernel.kernelName, kernel.backendName)) tf.registerKernel(kernel);
}
for (const kernel of FAULTY) {
  tf.unregisterKernel(kernel.kernelName, kernel.backendName);
  tf.registerKernel(kernel);
}
for (const gradient of missingGradients) {
  if (!tf.getGradient(gradient.kernelName)) tf.registerGradient(gradient);
}
const stockRelu = tf.getGradient("Relu");
tf.unregisterGradient(stockRelu.kernelName);
tf.registerGradient(reluGradient(stockRelu));
tf.registerGradient(batchNormTrainingGradient);
tf.registerGradient(batchNormPredictionGradient);
guardWindows();
useKernels("own");
