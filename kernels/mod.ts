/**
 * What TensorFlow.js's WASM backend lacks for training. Importing this module is enough:
 *
 * ```ts
 * import "@batchnorm/from-scratch/kernels";
 * ```
 *
 * It registers a `Conv2DBackpropFilter` under TensorFlow.js's own kernel name, so that ordinary
 * models with convolutions train on the WASM backend.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { conv2dBackpropFilterConfig } from "./conv2d_backprop_filter.ts";

const { kernelName, backendName } = conv2dBackpropFilterConfig;
if (!tf.getKernel(kernelName, backendName)) tf.registerKernel(conv2dBackpropFilterConfig);
