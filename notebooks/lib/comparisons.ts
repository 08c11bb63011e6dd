/**
 * Two computations side by side: are they the same, up to rounding?
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { quantiles } from "../../findings/statistics.ts";
import { points, scientific, signed } from "../../findings/words.ts";
import type { TableContent } from "./display.ts";
import type { LayerView, UnitActivity } from "./short_model.ts";

/** What is compared, in words, and both results. */
export type Comparison = [words: string, first: tf.Tensor, second: tf.Tensor];

/** Relative to the largest value; float32 carries seven digits, and sums lose one or two. */
const ROUNDING = 1e-4;

/** Three digits, as a power of ten only where many zeros would stand. */
function plainly(value: number): string {
  if (value === 0) return "0";
  if (value < 1e-3 || value >= 1e5) return scientific(value);
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

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
        plainly(size),
        plainly(difference),
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
    caption:
      "The last three columns are percentages of the values; floor: at the channel's lowest value.",
    columns: [
      "Output of",
      "Mean ± standard deviation",
      "Lowest",
      "Highest",
      "Zero",
      "Negative",
      "Floor",
    ],
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

/** How often the units of some layers fire, one row each. */
export function activityTable(activities: readonly UnitActivity[]): TableContent {
  return {
    caption:
      "How often units fire, in percent of the inputs (median, middle 90 %); the last two columns count units.",
    columns: ["Layer", "Units", "Median", "Middle 90 %", "Never fire", "Rarely fire (under 2 %)"],
    rows: activities.map(({ layer, shares }) => {
      const [low, median, high] = quantiles(shares, [0.05, 0.5, 0.95]).map((q) => points(q, 0));
      const never = shares.filter((share) => share === 0).length;
      const rare = shares.filter((share) => share > 0 && share < 0.02).length;
      return [layer, shares.length, median, `${low} to ${high}`, never, rare];
    }),
  };
}
