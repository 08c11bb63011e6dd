/**
 * Tensors as tables and numbers, for cells that compute something small.
 *
 * @module
 */
import type * as tf from "@tensorflow/tfjs";
import { signed } from "../experiments/statistics.ts";
import { showTable } from "../report/display.ts";

/** A number as it is shown: six significant digits at most, with a true minus sign. */
function shown(value: number): string {
  if (!Number.isFinite(value)) return String(value).replace("-", "−");
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e5)) return value.toExponential(1).replace("-", "−");
  return signed(value, 3);
}

/** Shows a matrix [N, C] with a row for each example, or a vector [C] as one row. */
export async function showMatrix(name: string, tensor: tf.Tensor): Promise<void> {
  const channels = tensor.shape.at(-1)!;
  const values = [...tensor.dataSync()];
  const rows = Array.from(
    { length: values.length / channels },
    (_, i) => values.slice(i * channels, (i + 1) * channels),
  );
  await showTable({
    columns: [name, ...Array.from({ length: channels }, (_, c) => `channel ${c + 1}`)],
    rows: rows.map((row, i) => [
      rows.length === 1 ? "all examples" : `example ${i + 1}`,
      ...row.map(shown),
    ]),
  });
}

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

/** The largest absolute value of a tensor. */
export function largest(tensor: tf.Tensor): number {
  return [...tensor.dataSync()].reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}
