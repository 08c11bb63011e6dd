/**
 * Tests on pairs of trials, and what belongs to them; no words.
 *
 * @module
 */
// @ts-types="./jstat.d.ts"
import jStat from "jstat";
import { summarize } from "./statistics.ts";

/** Pairs up to which all signs are tried: a million sums. */
const ENUMERATED = 20;

/**
 * Sign-flip test of a mean. If the two sides were alike, each difference could as well have had the
 * other sign:
 *
 *     p = share of the 2ⁿ choices of signs with Σ ±dᵢ ≥ Σ dᵢ
 *
 * (Fisher, "The Design of Experiments", 1935, section 21). Beyond 20 pairs, where Student's t comes to
 * the same, that is taken.
 *
 * @param differences First minus second of each pair, at least one.
 * @returns One-sided p that the first is not higher; at the least 2⁻ⁿ.
 */
export function signFlip(differences: readonly number[]): number {
  const n = differences.length;
  if (n > ENUMERATED) return tTest(differences);
  const observed = differences.reduce((sum, d) => sum + d, 0);
  const rounding = 1e-12 * differences.reduce((sum, d) => sum + Math.abs(d), 0);
  const asHigh = (i: number, sum: number): number =>
    i === n
      ? Number(sum >= observed - rounding)
      : asHigh(i + 1, sum + differences[i]) + asHigh(i + 1, sum - differences[i]);
  return asHigh(0, 0) / 2 ** n;
}

/**
 * Sign test: how often a fair coin gives as many heads, ties left out.
 *
 * @returns One-sided p that the first is not higher more often than lower.
 */
export function signTest(higher: number, lower: number): number {
  const n = higher + lower;
  let ways = 0;
  for (let k = higher; k <= n; k++) ways += jStat.combination(n, k);
  return ways / 2 ** n;
}

/** One-sided t test that the mean of the differences is not above 0. */
function tTest(differences: readonly number[]): number {
  const { n, mean, standardDeviation } = summarize(differences);
  if (!standardDeviation) return mean > 0 ? 0 : 1;
  return 1 - jStat.studentt.cdf(mean * Math.sqrt(n) / standardDeviation, n - 1);
}

/**
 * Two one-sided t tests (Schuirmann, "A comparison of the two one-sided tests procedure", Journal of
 * Pharmacokinetics and Biopharmaceutics 15, 1987): p that the mean does not lie within ±margin. It is
 * at most 5 % exactly where the 90 % interval of the mean lies inside.
 */
export function equivalenceTest(differences: readonly number[], margin: number): number {
  return Math.max(
    tTest(differences.map((d) => d + margin)),
    tTest(differences.map((d) => margin - d)),
  );
}

/**
 * Which of several p are small enough, so that the chance of any error among them stays below `level`
 * (Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of Statistics
 * 6, 1979): the least against level/k, the next against level/(k − 1), until one is not.
 */
export function holm(p: readonly number[], level: number): boolean[] {
  const rejected = p.map(() => false);
  const ascending = p.map((_, i) => i).toSorted((a, b) => p[a] - p[b]);
  for (const [rank, i] of ascending.entries()) {
    if (p[i] > level / (p.length - rank)) break;
    rejected[i] = true;
  }
  return rejected;
}

/**
 * 95 % interval of a share of k out of n (Clopper and Pearson, Biometrika 26, 1934).
 */
export function shareInterval(k: number, n: number): [low: number, high: number] {
  return [
    k === 0 ? 0 : jStat.beta.inv(0.025, k, n - k + 1),
    k === n ? 1 : jStat.beta.inv(0.975, k + 1, n - k),
  ];
}

/**
 * Seeds with which a difference of `size` is found nine times out of ten, at 2.5 % one-sided:
 * n = (1.96 + 1.28)² (s/size)².
 *
 * @param deviation s of the paired differences.
 */
export function seedsNeeded(deviation: number, size: number): number {
  return Math.ceil(10.5 * (deviation / size) ** 2);
}
