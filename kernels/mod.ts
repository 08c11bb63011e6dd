/**
 * What TensorFlow.js's WASM backend lacks for training, or gets wrong. Importing this module is
 * enough:
 *
 * ```ts
 * import "@batchnorm/from-scratch/kernels";
 * ```
 *
 * It registers two kernels under TensorFlow.js's own names, so that ordinary models with convolutions
 * and max-pooling train on the WASM backend: `Conv2DBackpropFilter`, which is missing there, and
 * `MaxPoolGrad`, which is wrong for windows without a positive value.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import "@tensorflow/tfjs-backend-wasm"; // registers its own kernels first
import { conv2dBackpropFilterConfig } from "./conv2d_backprop_filter.ts";
import { maxPoolGradConfig } from "./max_pool_grad.ts";

// Whoever brought a filter gradient keeps it; the faulty gradient of pooling is replaced.
const { kernelName: filterGradient, backendName } = conv2dBackpropFilterConfig;
if (!tf.getKernel(filterGradient, backendName)) tf.registerKernel(conv2dBackpropFilterConfig);
tf.unregisterKernel(maxPoolGradConfig.kernelName, backendName);
tf.registerKernel(maxPoolGradConfig);
