/**
 * What the trials at each value of a swept factor come to.
 *
 * @module
 */
import { mean } from "../experiments/mean.ts";
import { testAccuracyOf, type TrialRecord } from "../experiments/record.ts";
import { hasFailed, LEARNED } from "../findings/claims/trials.ts";
import { FEWEST_TRIALS, summarize } from "../findings/statistics.ts";

/** The trials at one value of the factor. */
export interface Point {
  x: number;
  n: number;
  /** How many of them failed. */
  failed: number;
  /** Of those that did not fail; of those that did, where these are more than half. */
  mean: number;
  /** Half the width of the interval of the mean; null if some failed, or there is none. */
  halfWidth: number | null;
}

/** Where most failed, the rest do not stand for the point. */
export function mostFailed(failed: number, n: number): boolean {
  return 2 * failed > n;
}

/** A point for each value of the factor, from the smallest. */
export function pointsOf(
  records: readonly TrialRecord[],
  x: (record: TrialRecord) => number,
): Point[] {
  const groups = Map.groupBy(records, x);
  return [...groups.keys()].sort((a, b) => a - b).map((x) => {
    const records = groups.get(x)!;
    const all = records.map(testAccuracyOf);
    const by = Map.groupBy(records, hasFailed);
    const [well, failing] = [false, true].map((is) => (by.get(is) ?? []).map(testAccuracyOf));
    // Of two trials, the interval is twelve times as wide as they are apart: they say more.
    const judged = well.length === all.length && all.length >= FEWEST_TRIALS;
    const interval = judged ? summarize(all).interval : null;
    return {
      x,
      n: all.length,
      failed: failing.length,
      mean: mean(mostFailed(failing.length, all.length) ? failing : well),
      halfWidth: interval && (interval[1] - interval[0]) / 2,
    };
  });
}

/**
 * Where the intervals end, so that the axis has room for them; no further than the trials' span.
 *
 * @param accuracies Of all trials.
 */
export function intervalEnds(points: readonly Point[], accuracies: readonly number[]): number[] {
  const well = accuracies.filter((accuracy) => accuracy >= LEARNED);
  const [lowest, highest] = [Math.min(...well), Math.max(...well)];
  const most = Math.max(0.02, highest - lowest);
  return points.flatMap(({ mean, halfWidth }) =>
    halfWidth === null ? [] : [
      Math.max(mean - halfWidth, lowest - most, LEARNED + 1e-3),
      Math.min(mean + halfWidth, highest + most, 1),
    ]
  );
}
