/**
 * `UnsortedSegmentSum` for the WASM backend, which has none: without it no embedding trains there.
 *
 * ```text
 * y[s] = Σ x[i] over the rows i whose segment is s
 * ```
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";

/** The kernel as TensorFlow.js registers it. */
export const unsortedSegmentSum: tf.KernelConfig = {
  kernelName: "UnsortedSegmentSum",
  backendName: "wasm",
  kernelFunc: ({ inputs, attrs }) => {
    const { x, segmentIds } = inputs as tf.NamedTensorMap;
    const { numSegments } = attrs as { numSegments: number };
    return tf.tidy(() => {
      // Rows of no segment go into one more, which is cut off: the scatter does not look.
      const inside = segmentIds.greaterEqual(0).logicalAnd(segmentIds.less(numSegments));
      const places = tf.where(inside, segmentIds, tf.fill(segmentIds.shape, numSegments, "int32"));
      const rest = x.shape.slice(1);
      return tf.scatterND(places.expandDims(-1), x, [numSegments + 1, ...rest])
        .slice(0, numSegments);
    });
  },
};
