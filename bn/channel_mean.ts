import type * as tf from "@tensorflow/tfjs";

/**
 * The mean of each channel over all axes but the last, one axis at a time.
 *
 * One axis at a time keeps every float32 sum short: the WASM backend adds in a single float32, and
 * one chain over the 50,176 values of a [64, 28, 28] map is 100 times less exact than chains of 64,
 * 28 and 28.
 *
 * @param x Shape [..., C].
 * @returns Shape [C].
 */
export function channelMean(x: tf.Tensor): tf.Tensor1D {
  let mean = x;
  while (mean.rank > 1) mean = mean.mean(0);
  return mean as tf.Tensor1D;
}
