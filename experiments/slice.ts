/**
 * A list of trials shared out among machines that know nothing of each other.
 *
 * @module
 */
import { InvalidArgumentError } from "commander";
import { recordName } from "./records.ts";
import type { Trial } from "./reporter.ts";
import { costOf } from "./time_left.ts";

/** One of several slices, from 1, as test runners' shards. */
export interface Slice {
  number: number;
  of: number;
}

/** As many as an array of Slurm may have tasks; no list is longer. */
const MOST = 10_000;

/** Reads `2/4`, the second of four. */
export function parseSlice(text: string): Slice {
  const [number, of] = (/^(\d+)\/(\d+)$/.exec(text) ?? []).slice(1).map(Number);
  if (number >= 1 && number <= of && of <= MOST) return { number, of };
  throw new InvalidArgumentError(
    `It must be K/N, slice K of N, with K from 1 to N and N at most ${MOST}: for example 2/4.`,
  );
}

/** A trial by its record's name: the same for equal trials of different lists. */
export function keyOf({ experiment, seed }: Trial): string {
  return recordName(experiment, seed);
}

/**
 * The trials of one slice. Each trial goes, the most expensive first, to the slice with the least to do
 * (Graham, "Bounds on multiprocessing timing anomalies", SIAM Journal on Applied Mathematics 17, 1969).
 * What a trial costs follows from its experiment alone, and finished trials are cut like others: so
 * whoever cuts the same list at any time gets the same slices, and every trial is in exactly one.
 */
export function sliceOf<T extends Trial>(trials: readonly T[], { number, of }: Slice): T[] {
  const costs = new Map(trials.map((trial) => [trial, costOf(trial.experiment)]));
  const dearestFirst = trials.toSorted((a, b) =>
    costs.get(b)! - costs.get(a)! || (keyOf(a) < keyOf(b) ? -1 : 1)
  );
  const loads = new Array<number>(of).fill(0);
  const mine = new Set<T>();
  for (const trial of dearestFirst) {
    const slice = loads.indexOf(Math.min(...loads));
    loads[slice] += costs.get(trial)!;
    if (slice === number - 1) mine.add(trial);
  }
  return trials.filter((trial) => mine.has(trial));
}
