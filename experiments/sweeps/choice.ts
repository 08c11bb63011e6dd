/**
 * Learning rates: a choice is a set of experiments that differ in the rate alone.
 *
 * @module
 */
import { DEFAULTS, type Experiment, type experimentOf } from "../experiment.ts";
import { mean } from "../mean.ts";
import { type TrialRecord, validationAccuracyOf } from "../record.ts";
import { OWN_RATES } from "./own_rates.ts";
import { atRates, changed, choosing, type Group } from "./row.ts";

/** A rate to be chosen. */
export interface Choice {
  /** The design: name of the experiment without its rate. */
  design: string;
  groups: Group[];
}

type Model = Parameters<typeof experimentOf>[0];

/**
 * The choice of one design's rate.
 *
 * @param seeds How many trials of each rate, or that number for each of them.
 */
export function choice(
  model: Model,
  rates: readonly number[],
  seeds: number | readonly number[],
  changes: Partial<Experiment> = {},
): Choice {
  const groups = Map.groupBy(rates, (_, i) => typeof seeds === "number" ? seeds : seeds[i]);
  return {
    design: changed(model, changes).name,
    groups: [...groups].map(([n, rates]) => ({
      experiments: atRates([model], rates, changes),
      seeds: choosing(n),
    })),
  };
}

/**
 * The rate that was chosen for a design.
 *
 * @throws {RangeError} If none has been entered yet.
 */
export function ownRate(model: Model, changes: Partial<Experiment> = {}): number {
  const design = changed(model, changes).name;
  const rate = OWN_RATES[design];
  if (rate === undefined) throw new RangeError(`No learning rate has been chosen for ${design}.`);
  return rate;
}

/**
 * A design at its own rate.
 *
 * @param chosenOn What the choosing trials had otherwise, for example fewer images.
 */
export function atOwnRate(
  model: Model,
  changes: Partial<Experiment> = {},
  chosenOn: Partial<Experiment> = {},
): Experiment {
  const { measure: _, ...design } = { ...changes, ...chosenOn };
  return changed(model, { ...changes, learningRate: ownRate(model, design) });
}

/** Accuracies nearer to the best than this count as equal. */
const EQUAL = 0.001;

/**
 * The rate with the highest mean validation accuracy; of those within 0.1 points of it the one nearest
 * to the shared rate. Undefined while trials are missing.
 */
export function chosenRate(
  { groups }: Choice,
  records: readonly TrialRecord[],
): number | undefined {
  const scores: { learningRate: number; accuracy: number }[] = [];
  for (const { experiments, seeds } of groups) {
    for (const { name, learningRate } of experiments) {
      const accuracies = records
        .filter(({ experiment, seed }) => experiment.name === name && seeds.includes(seed))
        .map(validationAccuracyOf);
      if (accuracies.length < seeds.length) return undefined;
      scores.push({ learningRate, accuracy: mean(accuracies) });
    }
  }
  const best = Math.max(...scores.map(({ accuracy }) => accuracy));
  const distance = ({ learningRate }: { learningRate: number }) =>
    Math.abs(Math.log(learningRate / DEFAULTS.learningRate));
  return scores.filter(({ accuracy }) => accuracy >= best - EQUAL)
    .toSorted((a, b) => distance(a) - distance(b))[0].learningRate;
}
