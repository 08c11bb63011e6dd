/**
 * `Identity` without a copy: a second name for the same values, as on TensorFlow.js's CPU backend.
 *
 * @module
 */
import type * as tf from "@tensorflow/tfjs";
import { replacement } from "./replacement.ts";

/** The same values under another tensor; they live until both are disposed. */
export const identity = replacement<{ x: tf.TensorInfo }>(
  "Identity",
  ({ inputs: { x }, kernels }) => kernels.share(x),
);
