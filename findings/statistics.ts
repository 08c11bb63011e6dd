/**
 * What repeated trials come to: mean, standard deviation, intervals. Accuracies and their differences
 * are fractions throughout.
 *
 * @module
 */
// @ts-types="./jstat.d.ts"
import jStat from "jstat";
import { mean } from "../experiments/mean.ts";

/** What some values come to. */
export interface Summary {
  /** How many values. */
  n: number;
  mean: number;
  /** Sample standard deviation; null for a single value. */
  standardDeviation: number | null;
  /** Confidence interval of the mean; null for a single value and for values all equal. */
  interval: [low: number, high: number] | null;
  /** How many of the values are of trials that failed; their mean with the others' says nothing. */
  failed?: number;
}

/** A standard deviation below this is float64 rounding: one image in 10,000 moves an accuracy by 1e-4. */
const ROUNDING = 1e-12;

/**
 * Mean, sample standard deviation and confidence interval of the mean of n values:
 *
 *     s = √(Σ (xᵢ − x̄)² / (n − 1))          interval = x̄ ± t · s / √n
 *
 * t is a quantile of Student's t distribution with n − 1 degrees of freedom (Student, "The probable
 * error of a mean", Biometrika 6, 1908); at 95 % it is 4.30 for three values, 2.26 for ten. Values
 * that are all equal have standard deviation 0 and no interval: one of no width would claim a
 * certainty that a few equal values cannot give.
 *
 * @param values At least one.
 * @param confidence Share of such intervals that contain the true mean, in (0, 1).
 * @throws {RangeError} If there are no values, if one is not finite, or if there is no such confidence.
 */
export function summarize(values: readonly number[], confidence = 0.95): Summary {
  const n = values.length;
  if (n === 0) throw new RangeError("Cannot summarize no values: give at least one.");
  const odd = values.find((value) => !Number.isFinite(value));
  if (odd !== undefined) throw new RangeError(`Cannot summarize ${odd}: values must be finite.`);
  if (!(confidence > 0 && confidence < 1)) {
    throw new RangeError(`Cannot summarize with confidence ${confidence}: it must be in (0, 1).`);
  }
  const center = mean(values);
  if (n === 1) return { n, mean: center, standardDeviation: null, interval: null };

  const squares = values.reduce((sum, value) => sum + (value - center) ** 2, 0);
  const standardDeviation = Math.sqrt(squares / (n - 1));
  if (standardDeviation < ROUNDING) {
    return { n, mean: center, standardDeviation: 0, interval: null };
  }

  const t = jStat.studentt.inv((1 + confidence) / 2, n - 1);
  const halfWidth = t * standardDeviation / Math.sqrt(n);
  const interval: [number, number] = [center - halfWidth, center + halfWidth];
  return { n, mean: center, standardDeviation, interval };
}

/**
 * Where the mean of `more` further values lies, 19 times in 20, by what some values came to:
 *
 *     x̄ ± t · s · √(1/n + 1/more)
 *
 * Null for a single value and for values all equal.
 */
export function predictionInterval(
  { n, mean, standardDeviation: s }: Summary,
  more: number,
): [low: number, high: number] | null {
  if (!s) return null;
  const halfWidth = jStat.studentt.inv(0.975, n - 1) * s * Math.sqrt(1 / n + 1 / more);
  return [mean - halfWidth, mean + halfWidth];
}

/** Fewer trials than this have no interval that says more than they do; the assignment asks for as many. */
export const FEWEST_TRIALS = 3;

/**
 * The values below which shares of some numbers lie, between neighbours in proportion; NaN of none.
 *
 * @param shares In [0, 1].
 */
export function quantiles(values: readonly number[], shares: readonly number[]): number[] {
  const sorted = values.toSorted((a, b) => a - b);
  return shares.map((share) => {
    const position = share * (sorted.length - 1);
    const below = Math.floor(position);
    const above = sorted[Math.min(below + 1, sorted.length - 1)];
    return sorted[below] + (position - below) * (above - sorted[below]);
  });
}

/** One of {@linkcode quantiles}. */
export function quantile(values: readonly number[], share: number): number {
  return quantiles(values, [share])[0];
}

/** The middle of some numbers: for times, where one trial that was slowed must not count for all. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}
