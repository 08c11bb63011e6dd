/**
 * Masks: which steps of a batch do not count, as `tf.layers.masking` and embeddings find them out.
 *
 * In prediction each value is treated by itself, so a masked step does not touch the others, and the
 * mask is passed on to the layers behind. A mean and a variance over the batch would take the masked
 * steps in.
 *
 * @module
 */
import type * as tf from "@tensorflow/tfjs";

/** What TensorFlow.js hands to a layer for a mask. */
export type Mask = tf.Tensor | tf.Tensor[] | null;

/**
 * @param isInModel Whether the layer stands in a model itself. There TensorFlow.js leaves the last mask
 * that it met in the arguments of all layers behind, also where there is none any more; only a mask
 * that fits x is meant (one that fits by chance is refused too, rather than ignored). Elsewhere, in a
 * wrapper such as timeDistributed or called by hand, every mask is.
 * @throws {Error} If a mask tells of some steps of x that they do not count.
 */
export function assertUnmasked(
  layer: string,
  x: tf.Tensor,
  mask: Mask | undefined,
  isInModel: boolean,
): void {
  const given = [mask].flat().find((mask) => mask && (!isInModel || fits(mask, x)));
  if (!given) return;
  throw new Error(
    `Cannot take the statistics of a batch in layer "${layer}": steps of it may be masked (mask of ` +
      `shape [${given.shape}], input [${x.shape}]), and would count like the others. Put the layer ` +
      `before the masking, leave the masking out, or freeze the layer by layer.trainable = false.`,
  );
}

/** Whether a mask tells which positions of x count; lengths of 1 aside. */
function fits(mask: tf.Tensor, x: tf.Tensor): boolean {
  const [masked, positions] = [mask.shape, x.shape.slice(0, -1)].map((shape) =>
    shape.filter((length) => length !== 1)
  );
  const isLonger = masked.length > positions.length; // behind a concatenation: [N, T, C]
  return positions.every((length, axis) => axis >= masked.length || masked[axis] === length) &&
    (!isLonger || positions.length > 1);
}
