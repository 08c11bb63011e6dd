/**
 * What repeated trials allow to say: mean, standard deviation and interval, differences paired by
 * seed, and their verdicts. Accuracies and their differences are fractions throughout.
 *
 * @module
 */
// @ts-types="./jstat.d.ts"
import jStat from "jstat";
import { mean } from "../experiments/mean.ts";
import type { TrialRecord } from "../experiments/record.ts";

/** What some values come to. */
export interface Summary {
  /** How many values. */
  n: number;
  mean: number;
  /** Sample standard deviation; null for a single value. */
  standardDeviation: number | null;
  /** Confidence interval of the mean; null for a single value and for values all equal. */
  interval: [low: number, high: number] | null;
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

/**
 * What the means of two experiments of n trials each, of unrelated seeds, must differ by to stand out
 * at 95 %; null where the trials do not differ.
 */
export function leastDifference({ n, standardDeviation: s }: Summary): number | null {
  return s ? jStat.studentt.inv(0.975, 2 * n - 2) * s * Math.sqrt(2 / n) : null;
}

/**
 * The value below which a share of some numbers lies, between neighbours in proportion; NaN of none.
 *
 * @param share In [0, 1].
 */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const position = share * (sorted.length - 1);
  const below = Math.floor(position);
  const above = sorted[Math.min(below + 1, sorted.length - 1)];
  return sorted[below] + (position - below) * (above - sorted[below]);
}

/** The middle of some numbers: for times, where one trial that was slowed must not count for all. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** What paired trials say about the first of two experiments against the second. */
export type Verdict = "better" | "worse" | "no difference shown" | "too few trials";

/** Fewer paired trials than this are not judged. */
export const MINIMUM_PAIRS = 3;

/** One side of a comparison: trials, and the number of each that is compared. */
export interface Side {
  records: readonly TrialRecord[];
  /** More is better; a pair in which either number is null is left out. */
  value: (record: TrialRecord) => number | null;
}

/** The difference of two sides, trial by trial of the same seed. */
export interface PairedDifference {
  /** The seeds that both have. */
  seeds: number[];
  /** Of the first minus the second; null where no seed is in both. */
  summary: Summary | null;
  /** How many comparisons the interval is widened for. */
  comparisons: number;
  verdict: Verdict;
}

/** Options of {@linkcode pairedDifference}. */
export interface PairedDifferenceOptions {
  /**
   * How many comparisons are shown and judged together, this one included.
   * @default 1
   */
  comparisons?: number;
}

/**
 * Pairs trials by seed and summarizes the first minus the second. Trials of one seed see the same
 * batches and, where shapes agree, the same initial weights, so what they share cancels. Seeds that
 * only one of the two has are left out.
 *
 * Of twenty true "no difference"s, one interval of 95 % misses 0 by chance. Where k comparisons are
 * shown together, each interval is one of 1 − 0.05/k, so that the chance of any false claim among them
 * stays below 5 % (Bonferroni's inequality; Dunn, "Multiple comparisons among means", JASA 56, 1961).
 *
 * @throws {RangeError} If a side has a seed twice: which of the two would be its trial?
 */
export function pairedDifference(
  first: Side,
  second: Side,
  { comparisons = 1 }: PairedDifferenceOptions = {},
): PairedDifference {
  assertSeedsOnce("first", first);
  assertSeedsOnce("second", second);
  const bySeed = new Map(second.records.map((record) => [record.seed, record]));
  const seeds: number[] = [];
  const differences: number[] = [];
  for (const record of first.records) {
    const partner = bySeed.get(record.seed);
    const [a, b] = [first.value(record), partner ? second.value(partner) : null];
    if (a === null || b === null) continue;
    seeds.push(record.seed);
    differences.push(a - b);
  }
  const summary = differences.length > 0 ? summarize(differences, 1 - 0.05 / comparisons) : null;
  return { seeds, summary, comparisons, verdict: judge(summary) };
}

/** A trial counted twice would narrow the interval by evidence that is not there. */
function assertSeedsOnce(which: "first" | "second", { records }: Side): void {
  const seeds = new Set<number>();
  for (const { seed, experiment } of records) {
    if (seeds.has(seed)) {
      throw new RangeError(
        `Cannot pair trials by seed: the ${which} side has seed ${seed} twice, the second time in a ` +
          `record of ${experiment.name}. Hand in one record for each seed.`,
      );
    }
    seeds.add(seed);
  }
}

/**
 * The interval decides: a difference is claimed only if 0 lies outside of it. Equal differences have
 * no interval (see {@linkcode summarize}), so they show none either, however large they are.
 */
function judge(difference: Summary | null): Verdict {
  if (difference === null || difference.n < MINIMUM_PAIRS) return "too few trials";
  if (difference.interval === null) return "no difference shown";
  const [low, high] = difference.interval;
  return low > 0 ? "better" : high < 0 ? "worse" : "no difference shown";
}
