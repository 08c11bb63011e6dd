import { mean } from "../experiments/mean.ts";

/** The mean (or another middle) at each epoch, over the trials that have a number there; else null. */
export function byEpoch(
  trials: readonly (readonly (number | null)[])[],
  middle: (values: readonly number[]) => number = mean,
): (number | null)[] {
  const length = Math.max(0, ...trials.map(({ length }) => length));
  return Array.from({ length }, (_, i) => {
    const present = trials.map((trial) => trial[i] ?? null).filter((value) => value !== null);
    return present.length > 0 ? middle(present) : null;
  });
}
