/**
 * Numbers and verdicts as readers see them: the one place that writes them.
 *
 * Accuracies and their differences are fractions; sentences give percentage points.
 *
 * @module
 */
import { count } from "../experiments/format.ts";
import { MINIMUM_PAIRS, type PairedDifference, type Summary } from "./statistics.ts";

/** A mean with its standard deviation, or the mean alone where there is one value: `88.81 ± 0.21`. */
export function meanAndDeviation({ mean, standardDeviation: s }: Summary): string {
  return points(mean) + (s === null ? "" : ` ± ${points(s)}`);
}

/** An interval, or a dash where there is none: `88.55 to 88.86`. */
export function intervalWords(summary: Summary | null): string {
  return summary?.interval?.map((bound) => points(bound)).join(" to ") ?? "–";
}

/** The words for what is compared, as in "MLP: before the activation … after it". */
export interface ComparisonWords {
  subject: string;
  first: string;
  second: string;
}

/** A paired difference of test accuracies in one plain sentence that claims what the verdict does. */
export function differenceSentence(words: ComparisonWords, difference: PairedDifference): string {
  const { subject, first, second } = words;
  const { summary, verdict } = difference;
  if (summary === null) {
    return `${subject}: no seed has a trial of both, so there is nothing to compare.`;
  }
  const pairs = count(summary.n, "paired trial");
  const mean = points(summary.mean);
  if (verdict === "too few trials") {
    return `${subject}: ${pairs} ${summary.n === 1 ? "is" : "are"} too few to judge, at least ` +
      `${MINIMUM_PAIRS} are needed; ${first} minus ${second} is ${mean} points so far.`;
  }
  if (summary.interval === null) {
    return `${subject}: ${first} minus ${second} is ${mean} points in every one of ${pairs}. ` +
      `Equal differences give no measure of seed noise, hence no interval and no verdict.`;
  }
  const numbers = [summary.mean, ...summary.interval];
  // A claim must not rest on a bound that is printed as zero.
  const decimals = verdict !== "no difference shown" && numbers.some(isBareZero) ? 4 : 2;
  const [size, low, high] = numbers.map((number) => points(number, decimals));
  const basis =
    `${intervalName(difference)} ${low} to ${high}, ${pairs}, standard deviation between seeds ` +
    points(summary.standardDeviation!, decimals);
  if (verdict === "no difference shown") {
    return `${subject}: the difference of ${mean} points (${first} minus ${second}) is inside ` +
      `seed noise (${basis}): these trials show no difference.`;
  }
  const direction = verdict === "better" ? "higher" : "lower";
  return `${subject}: ${first} scores ${size.replace("−", "")} points ${direction} than ` +
    `${second} on the test set (${basis}).`;
}

/** What a difference's interval is called where it is shown. */
export function intervalName({ comparisons }: PairedDifference): string {
  return comparisons === 1 ? "95 % interval" : `95 % interval for ${comparisons} comparisons`;
}

function isBareZero(fraction: number): boolean {
  return points(Math.abs(fraction)) === "0.00";
}

/** A fraction as percentage points, with a true minus sign and no minus zero. */
export function points(fraction: number, decimals = 2): string {
  return signed(100 * fraction, decimals);
}

/** A size in powers of ten, with two digits and a true minus sign. */
export function scientific(value: number): string {
  return value === 0 ? "0" : value.toExponential(1).replace("-", "−");
}

/** A number with a true minus sign and no minus zero. */
export function signed(value: number, decimals: number): string {
  const text = value.toFixed(decimals);
  return /^-0(\.0*)?$/.test(text) ? text.slice(1) : text.replace("-", "−");
}
