/**
 * `Sum` and `Mean` over any axes, in short float32 sums that are gathered in float64.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { areFloat32, asFloat32, type KernelCall, replacement } from "./replacement.ts";

interface ReduceInputs {
  x: tf.TensorInfo;
}

interface ReduceAttributes {
  axis: number | number[];
  keepDims: boolean;
}

/** Σ x over the axes. TensorFlow.js adds integers, exactly, but leaves sums of none unwritten. */
export const sum = replacement<ReduceInputs, ReduceAttributes>("Sum", (call) => {
  const { x } = call.inputs;
  if (areFloat32(x)) return reduce(call, tf.sum);
  return tf.util.sizeFromShape(x.shape) > 0 ? undefined : tf.zeros(shapeOf(call), "int32");
});

/**
 * Σ x over the axes, divided by the number of values in each sum. Integers are averaged as float32, as
 * TensorFlow.js does; its single sum of 2e7 ones would give 0.84.
 */
export const mean = replacement<ReduceInputs, ReduceAttributes>("Mean", (call) => {
  const { inputs: { x }, attrs: { axis, keepDims } } = call;
  if (areFloat32(x)) return reduce(call, tf.mean);
  return tf.tidy(() => tf.mean(asFloat32(x), axis, keepDims));
});

/** The shape of the result. */
function shapeOf(
  { inputs: { x }, attrs: { axis, keepDims } }: KernelCall<ReduceInputs, ReduceAttributes>,
): number[] {
  const axes = tf.util.parseAxisParam(axis, x.shape);
  return x.shape.flatMap((size, i) => !axes.includes(i) ? [size] : keepDims ? [1] : []);
}

function reduce(
  call: KernelCall<ReduceInputs, ReduceAttributes>,
  operation: typeof tf.sum,
): tf.TensorInfo {
  const { inputs: { x }, attrs: { axis, keepDims }, kernels } = call;
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
  const y = kernels.output(shapeOf(call));
  const [xStart, yStart] = [x, y].map(kernels.address);
  kernels.run.sumRows(A, R, C, xStart, yStart, factor);
  return y;
}
