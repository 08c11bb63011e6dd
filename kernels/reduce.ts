/**
 * `Sum` and `Mean` over any axes, in short float32 sums that are gathered in float64.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { areFloat32, type KernelCall, replacement } from "./replacement.ts";

interface ReduceInputs {
  x: tf.TensorInfo;
}

interface ReduceAttributes {
  axis: number | number[];
  keepDims: boolean;
}

/** Σ x over the axes. */
export const sum = replacement<ReduceInputs, ReduceAttributes>(
  "Sum",
  (call) => reduce(call, tf.sum),
);

/** Σ x over the axes, divided by the number of values in each sum. */
export const mean = replacement<ReduceInputs, ReduceAttributes>(
  "Mean",
  (call) => reduce(call, tf.mean),
);

function reduce(
  { inputs: { x }, attrs: { axis, keepDims }, kernels }: KernelCall<ReduceInputs, ReduceAttributes>,
  operation: typeof tf.sum,
): tf.TensorInfo | undefined {
  if (!areFloat32(x)) return undefined;
  const axes = tf.util.parseAxisParam(axis, x.shape).sort((a, b) => a - b);
  const last = axes[axes.length - 1];
  // The axes that end with the last one without a gap make one reduction of [A, R, C] to [A, C].
  const first = axes.findLast((axis, i) => i === 0 || axes[i - 1] !== axis - 1) ?? 0;
  if (axes.length > 0 && first !== axes[0]) {
    const run = axes.filter((axis) => axis >= first);
    const rest = axes.filter((axis) => axis < first);
    return tf.tidy(() => operation(operation(x as tf.Tensor, run, keepDims), rest, keepDims));
  }
  const [A, R, C] = [
    x.shape.slice(0, first),
    x.shape.slice(first, last + 1),
    x.shape.slice(last + 1),
  ].map((sizes) => tf.util.sizeFromShape(sizes));
  const factor = operation === tf.mean ? 1 / R : 1;
  const shape = x.shape.flatMap((size, i) => !axes.includes(i) ? [size] : keepDims ? [1] : []);
  const y = kernels.output(shape);
  const [xStart, yStart] = [x, y].map(kernels.address);
  kernels.run.sumRows(A, R, C, xStart, yStart, factor);
  return y;
}
