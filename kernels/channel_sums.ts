/**
 * `ChannelSums`, a kernel of our own name: the float64 sums behind the statistics of a whole dataset,
 * which `bn/channel_pool.ts` looks for in TensorFlow.js's registry.
 *
 * @module
 */
import type * as tf from "@tensorflow/tfjs";
import { areFloat32, replacement } from "./replacement.ts";

/** What the rows are measured from, and the sums so far, which are added to: each [C]. */
interface Sums {
  shift: Float64Array;
  sum: Float64Array;
  squares: Float64Array;
}

/** Adds the rows of x [..., C] to the sums; gives no tensor. */
export const channelSums = replacement<{ x: tf.TensorInfo }, Sums>(
  "ChannelSums",
  ({ inputs: { x }, attrs: { shift, sum, squares }, kernels }) => {
    if (!areFloat32(x)) return undefined;
    const C = shift.length;
    const rows = x.shape.reduce((size, length) => size * length, 1) / C;
    kernels.withScratch(kernels.run.channelSumsScratch(C), (scratch) => {
      const space = new Float64Array(
        kernels.memory,
        scratch,
        kernels.run.channelSumsScratch(C) / 8,
      );
      const padded = space.length / 3;
      [shift, sum, squares].forEach((values, i) => space.set(values, i * padded));
      kernels.run.channelSums(rows, C, kernels.address(x), scratch);
      sum.set(space.subarray(padded, padded + C));
      squares.set(space.subarray(2 * padded, 2 * padded + C));
    });
    return [];
  },
);
