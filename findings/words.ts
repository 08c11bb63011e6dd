/**
 * Numbers as readers see them: the one place that writes them.
 *
 * Accuracies and their differences are fractions; sentences give percentage points.
 *
 * @module
 */
import type { Summary } from "./statistics.ts";

/**
 * A mean with its standard deviation, or the mean alone where there is one value: `88.81 ± 0.21`; of
 * trials some of which failed, how many did.
 */
export function meanAndDeviation({ n, mean, standardDeviation: s, failed }: Summary): string {
  if (failed) return `${failed} of ${n} failed`;
  return points(mean) + (s === null ? "" : ` ± ${points(s)}`);
}

/** An interval, or a dash where there is none: `88.55 to 88.86`. */
export function intervalWords(summary: Summary | null): string {
  return summary?.interval?.map((bound) => points(bound)).join(" to ") ?? "–";
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
