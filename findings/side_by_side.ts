/**
 * The models side by side: what is compared with what, at the shared learning rate and at each
 * model's own best one.
 *
 * @module
 */
import { DEFAULTS, type Experiment } from "../experiments/experiment.ts";
import { BEST_RATES, type RatedModel } from "../experiments/rates.ts";
import type { TrialRecord } from "../experiments/record.ts";
import { type PairedDifference, pairedDifference } from "./statistics.ts";
import type { ResultSummary } from "./summary.ts";
import { testAccuracyOf } from "./trial_numbers.ts";

type Placement = Experiment["placement"];

/** The trials of one model, by where batch normalization stands. */
export interface ModelTrials {
  /** For example `MLP`. */
  model: string;
  trials: Record<Placement, readonly TrialRecord[]>;
}

/** Two placements of one model, compared by test accuracy with dataset statistics. */
export interface PlacementPair {
  model: string;
  first: Placement;
  second: Placement;
  /** First minus second, paired by seed. */
  difference: PairedDifference;
}

/** The models in the order of tables, by the first part of their experiments' names. */
const MODELS = { mlp: "MLP", cnn: "CNN", mlp256: "starter MLP" } as const;
type Model = keyof typeof MODELS;

function knownModel(experiment: string): string | undefined {
  return MODELS[experiment.split("-")[0] as Model];
}

/** Which placement is taken from which. */
const PAIRS = [["pre", "post"], ["pre", "none"], ["post", "none"]] as const;

/**
 * The models at their own best rates.
 *
 * @param shared Records at the shared rate, for the models whose best it is.
 * @param tuned Records at the own best rates of the others.
 */
export function modelsAtOwnRate(
  shared: readonly TrialRecord[],
  tuned: readonly TrialRecord[],
): ModelTrials[] {
  return (["mlp", "cnn"] as const).map((model) => {
    const at = (placement: Placement) => atOwnRate(`${model}-${placement}`, shared, tuned);
    return { model: MODELS[model], trials: { none: at("none"), pre: at("pre"), post: at("post") } };
  }).filter(({ trials }) => Object.values(trials).some(({ length }) => length > 0));
}

/**
 * The models of a summary: experiments that differ in nothing but the place of batch normalization
 * are one model, those that cannot be compared are several.
 */
export function modelsIn({ experiments }: ResultSummary): ModelTrials[] {
  const groups = [...Map.groupBy(experiments, ({ model }) => model)].map(([model, alike]) => {
    const at = (placement: Placement) =>
      alike.find(({ experiment }) => experiment.placement === placement)?.records ?? [];
    const known = new Set(alike.map(({ name }) => knownModel(name)));
    return {
      model,
      short: known.size === 1 ? [...known][0] : undefined,
      trials: { none: at("none"), pre: at("pre"), post: at("post") },
    };
  });
  return groups.map(({ model, short, trials }) => ({
    model: short && groups.filter((group) => group.short === short).length === 1 ? short : model,
    trials,
  }));
}

/** The trials of one model at its own best rate; none where they have not been run. */
export function atOwnRate(
  model: RatedModel,
  shared: readonly TrialRecord[],
  tuned: readonly TrialRecord[],
): readonly TrialRecord[] {
  return BEST_RATES[model] === DEFAULTS.learningRate
    ? named(shared, model)
    : named(tuned, `${model}-tuned`);
}

function named(records: readonly TrialRecord[], name: string): TrialRecord[] {
  return records.filter(({ experiment }) => experiment.name === name);
}

/**
 * Before minus after the activation, and each of them minus no batch normalization, for every model
 * that has trials of both sides. The intervals are widened for the number of all comparisons.
 */
export function comparePlacementPairs(models: readonly ModelTrials[]): PlacementPair[] {
  const present = models.flatMap(({ model, trials }) =>
    PAIRS.filter((sides) => sides.every((placement) => trials[placement].length > 0))
      .map(([first, second]) => ({ model, trials, first, second }))
  );
  const side = (records: readonly TrialRecord[]) => ({ records, value: testAccuracyOf });
  return present.map(({ model, trials, first, second }) => ({
    model,
    first,
    second,
    difference: pairedDifference(side(trials[first]), side(trials[second]), {
      comparisons: present.length,
    }),
  }));
}
