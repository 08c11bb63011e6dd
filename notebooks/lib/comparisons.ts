/**
 * Two computations side by side: are they the same, up to rounding?
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import type { LayerView } from "../../findings/inside_findings.ts";
import { points, scientific, signed } from "../../findings/statistics.ts";
import type { TableContent } from "./display.ts";

/** What is compared, in words, and both results. */
export type Comparison = [words: string, first: tf.Tensor, second: tf.Tensor];

/** Relative to the largest value; float32 carries seven digits, and sums lose one or two. */
const ROUNDING = 1e-4;

/** The largest difference of each pair, and whether it is more than rounding. */
export function comparisonTable(comparisons: readonly Comparison[]): TableContent {
  return {
    columns: ["What", "Largest value", "Largest difference", "The same?"],
    rows: comparisons.map(([words, first, second]) => {
      const [size, difference] = tf.tidy(() => [
        first.abs().max().dataSync()[0],
        first.sub(second).abs().max().dataSync()[0],
      ]);
      const same = difference <= ROUNDING * Math.max(size, Number.MIN_VALUE);
      return [
        words,
        size.toPrecision(3),
        scientific(difference),
        difference === 0 ? "yes" : same ? "yes, up to rounding" : "no",
      ];
    }),
  };
}

/**
 * A matrix as a table, one column of the table for each column of the matrix.
 *
 * @param columns Their names.
 */
export function matrixTable(x: tf.Tensor2D, columns: string[], caption?: string): TableContent {
  const rows = x.arraySync().map((row) =>
    row.map((value) => signed(value, Math.abs(value) >= 0.01 || value === 0 ? 3 : 6))
  );
  return { caption, columns, rows };
}

/** How the values of some outputs are distributed, one row each. */
export function viewsTable(views: readonly LayerView[]): TableContent {
  return {
    caption: "Shares in percent of the values; floor: the lowest value of its channel.",
    columns: ["Output of", "Mean ± deviation", "Lowest", "Highest", "Zero", "Negative", "Floor"],
    rows: views.map(({ layer, mean, deviation, low, high, zeros, negative, atFloor }) => [
      layer,
      `${signed(mean, 2)} ± ${deviation.toFixed(2)}`,
      signed(low, 2),
      signed(high, 2),
      points(zeros, 1),
      points(negative, 1),
      points(atFloor, 1),
    ]),
  };
}
