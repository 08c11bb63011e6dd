/**
 * Trials by experiment and seed, and what an outcome of one is.
 *
 * @module
 */
import type { Experiment } from "../../experiments/experiment.ts";
import { testAccuracyOf, type TrialRecord } from "../../experiments/record.ts";
import { CHOOSING_IMAGES } from "../../experiments/sweeps/rates.ts";
import { CHOOSING_SEEDS } from "../../experiments/sweeps/row.ts";
import type { Pair } from "../verdict.ts";

/** A test accuracy below this is as good as none. */
export const LEARNED = 0.5;

/** Whether training failed: the loss ceased to be finite, or fewer than half of the images are right. */
export function hasFailed(record: TrialRecord): boolean {
  return record.diverged !== null || testAccuracyOf(record) < LEARNED;
}

/** A number; null of what failed, undefined where it is not known. */
export type Outcome = number | null | undefined;

/** Trials, found by their experiment. */
export class Trials {
  readonly #bySeed = new Map<string, Map<number, TrialRecord>>();

  /**
   * @param records Those that chose a rate would report too much of it: they are left out, but for
   * B1's CNN, which has no others.
   */
  constructor(records: readonly TrialRecord[]) {
    for (const record of records) {
      const { name, images } = record.experiment;
      const chose = CHOOSING_SEEDS.includes(record.seed);
      if (chose && images.train !== CHOOSING_IMAGES.images.train) continue;
      const seeds = this.#bySeed.get(name) ?? new Map<number, TrialRecord>();
      this.#bySeed.set(name, seeds.set(record.seed, record));
    }
  }

  /** An experiment's trials by seed; none of another configuration that has its name. */
  of(experiment: Experiment): Map<number, TrialRecord> {
    const trials = this.#bySeed.get(experiment.name) ?? new Map<number, TrialRecord>();
    return new Map([...trials].filter(([, trial]) => sameDesign(trial.experiment, experiment)));
  }

  /**
   * A pair for each seed that all experiments have, and of which both numbers are known.
   *
   * @param pair The two numbers of a seed, from its trials and from what an outcome of one is.
   * @param value The number of a trial that learned.
   */
  pairs(
    experiments: readonly Experiment[],
    pair: (
      records: TrialRecord[],
      outcome: (record: TrialRecord) => Outcome,
    ) => [first: Outcome, second: Outcome],
    value: (record: TrialRecord) => number | undefined = testAccuracyOf,
  ): Pair[] {
    const outcome = (record: TrialRecord) => hasFailed(record) ? null : value(record);
    const [trials, ...others] = experiments.map((experiment) => this.of(experiment));
    const seeds = [...trials.keys()].filter((seed) => others.every((other) => other.has(seed)));
    return seeds.toSorted((a, b) => a - b).flatMap((seed) => {
      const records = [trials, ...others].map((bySeed) => bySeed.get(seed)!);
      const [first, second] = pair(records, outcome);
      return first === undefined || second === undefined ? [] : { seed, first, second };
    });
  }
}

/** Whether two experiments train alike, whatever is measured beside. */
function sameDesign(
  { measure: _, ...first }: Experiment,
  { measure: __, ...second }: Experiment,
): boolean {
  return Object.entries(second).every(([key, value]) => {
    const other = first[key as keyof typeof first];
    return other === value || JSON.stringify(other) === JSON.stringify(value);
  });
}
