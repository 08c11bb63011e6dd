import type * as tf from "@tensorflow/tfjs";

/** The largest absolute difference of two tensors of one shape. */
export function largestDifference(a: tf.Tensor, b: tf.Tensor): number {
  if (a.shape.join() !== b.shape.join()) {
    throw new RangeError(`Cannot compare a tensor of shape [${a.shape}] with one of [${b.shape}].`);
  }
  const others = b.dataSync();
  return [...a.dataSync()].reduce(
    (most, value, i) => Math.max(most, Math.abs(value - others[i])),
    0,
  );
}
