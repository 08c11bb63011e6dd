/**
 * Kernels that make TensorFlow.js's WASM backend train. Importing this module is enough:
 *
 * ```ts
 * import "@batchnorm/from-scratch/kernels";
 * ```
 *
 * They are registered under TensorFlow.js's own names, so that `tf.matMul`, `tf.conv2d`, pooling and
 * all their gradients become fast in any model, and two gradients that the backend lacks or gets wrong
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
import { conv2d, conv2dBackpropFilter, conv2dBackpropInput, fusedConv2d } from "./conv2d.ts";
import { conv2dBackpropFilterConfig } from "./fallback/conv2d_backprop_filter.ts";
import { maxPoolGradConfig } from "./fallback/max_pool_grad.ts";
import { registerGradientsOfGradients } from "./gradients_again.ts";
import { guardWindows } from "./guards.ts";
import { identity } from "./identity.ts";
import { batchMatMul, fusedMatMul } from "./mat_mul.ts";
import { maxPoolGrad } from "./max_pool_grad.ts";
import { mean, sum } from "./reduce.ts";
import { reluGrad, reluGradient } from "./relu_grad.ts";
import { install, uninstall } from "./replacement.ts";

/**
 * Which kernels compute on the WASM backend: `"own"`, those of this folder; or `"stock"`,
 * TensorFlow.js's, with the two gradients that they lack or get wrong in plain TypeScript.
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
  reluGrad,
  sum,
  mean,
  identity,
  batchNormTraining,
  batchNormTrainingGrad,
  batchNormPrediction,
];

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

// Whoever brought a filter gradient keeps it; the faulty gradient of pooling is replaced.
const { kernelName: filterGradient, backendName } = conv2dBackpropFilterConfig;
if (!tf.getKernel(filterGradient, backendName)) tf.registerKernel(conv2dBackpropFilterConfig);
tf.unregisterKernel(maxPoolGradConfig.kernelName, backendName);
tf.registerKernel(maxPoolGradConfig);
const relu = tf.getGradient("Relu");
tf.unregisterGradient(relu.kernelName);
tf.registerGradient(reluGradient(relu));
tf.registerGradient(batchNormTrainingGradient);
tf.registerGradient(batchNormPredictionGradient);
registerGradientsOfGradients();
guardWindows();
useKernels("own");
