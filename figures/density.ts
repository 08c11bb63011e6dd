import type { ActivationSummary } from "../experiments/record.ts";

type Histogram = ActivationSummary["histogram"];

/** Where almost all values of these histograms lie: without half a percent at each end. */
export function commonRange(histograms: readonly Histogram[]): [number, number] {
  const ends = histograms.flatMap(({ low, high, counts }) => {
    const total = totalOf(counts);
    if (total === 0 || !(high > low)) return [];
    const width = (high - low) / counts.length;
    const cut = (order: number[]) => {
      let sum = 0;
      return order.findIndex((n) => (sum += n) > 0.005 * total);
    };
    return [[low + width * cut(counts), high - width * cut(counts.toReversed())]];
  });
  if (ends.length === 0) return [-1, 1];
  return [Math.min(...ends.map(([low]) => low)), Math.max(...ends.map(([, high]) => high))];
}

/** A histogram's density at bins + 1 points of a range, 0 at both ends; empty if it has no values. */
export function densityOf(
  { low, high, counts }: Histogram,
  [from, to]: [number, number],
  bins: number,
): number[] {
  const total = totalOf(counts);
  if (total === 0 || !(high > low)) return [];
  const width = (high - low) / counts.length;
  const step = (to - from) / bins;
  return Array.from({ length: bins + 1 }, (_, i) => {
    if (i === 0 || i === bins) return 0;
    // The share of values within half a step on either side, bins cut where they must be.
    const [left, right] = [from + (i - 0.5) * step, from + (i + 0.5) * step];
    const share = counts.reduce((sum, n, bin) => {
      const start = low + bin * width;
      const overlap = Math.min(right, start + width) - Math.max(left, start);
      return overlap > 0 ? sum + n * overlap / width : sum;
    }, 0);
    return share / total / step;
  });
}

function totalOf(counts: readonly number[]): number {
  return counts.reduce((sum, n) => sum + n, 0);
}
