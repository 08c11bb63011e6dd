/**
 * The accuracies that the reference run has to reach, and those that longer training aims at, as
 * data, and which of them some records reach.
 *
 * @module
 */
import { FASHION_MNIST } from "../data/dataset_name.ts";
import type { Experiment } from "../experiments/experiment.ts";
import { PRESETS } from "../experiments/presets.ts";
import { TUNED_EXPERIMENTS } from "../experiments/rates.ts";
import type { TrialRecord } from "../experiments/records.ts";
import { summarize, type Summary } from "./statistics.ts";
import { eachTrialOnce, isTrialOf } from "./summary.ts";

/** A bound for the mean of some trials on the test set of Fashion-MNIST. */
export interface Target {
  /** Whether it must be reached, or is what longer training aims at. */
  kind: "must" | "aim";
  /**
   * What is bounded, with exact statistics.
   *
   * - `accuracy`: the test accuracy, from below.
   * - `gap`: |exact − moving| of a trial's test accuracies, from above.
   */
  quantity: "accuracy" | "gap";
  /** The architecture whose trials it is for. */
  architecture: Experiment["architecture"];
  /** For trials of so many epochs. */
  epochs: number;
  /** Trials that the mean is taken of; with fewer the target is left open. */
  trials: number;
  /** The least accuracy or the largest gap, as a fraction. */
  bound: number;
}

/** What must be reached, and what is aimed at. */
export const TARGETS: readonly Target[] = [
  { kind: "must", quantity: "accuracy", architecture: "mlp", epochs: 5, trials: 10, bound: 0.888 },
  { kind: "must", quantity: "accuracy", architecture: "cnn", epochs: 5, trials: 10, bound: 0.913 },
  { kind: "must", quantity: "gap", architecture: "mlp", epochs: 5, trials: 10, bound: 0.002 },
  { kind: "must", quantity: "gap", architecture: "cnn", epochs: 5, trials: 10, bound: 0.002 },
  { kind: "aim", quantity: "accuracy", architecture: "mlp", epochs: 30, trials: 1, bound: 0.898 },
  { kind: "aim", quantity: "accuracy", architecture: "cnn", epochs: 30, trials: 1, bound: 0.92 },
];

/** A target with what the trials of one experiment come to. */
export interface TargetResult {
  target: Target;
  experiment: Experiment;
  /** Of all its trials; null where there are none. */
  summary: Summary | null;
  /** By how much the mean misses the bound, 0 if it is reached; null where there are too few trials. */
  shortfall: number | null;
}

/** Where the shared rate and each model's own best one are run, for 5 epochs and for 30. */
const EXPERIMENTS: readonly Experiment[] = [
  ...PRESETS.full.experiments.flatMap((experiment) => [
    experiment,
    ...TUNED_EXPERIMENTS.filter(({ name }) => name === `${experiment.name}-tuned`),
  ]),
  ...PRESETS.long.experiments,
].filter(({ placement }) => placement !== "none");

/** Means of whole images differ by more than this, and float64 sums of them by less. */
const ROUNDING = 1e-9;

/**
 * Judges the targets by every experiment with batch normalization that they are for: each model and
 * placement, at the shared learning rate and at its own best one. None is left out, reached or not.
 *
 * The mean alone decides, as the targets are worded; its interval may contain the bound.
 *
 * @param records Of the presets `full`, `tuned` and `long`; trials of other configurations and of
 * other data are passed over.
 */
export function judgeTargets(
  records: readonly TrialRecord[],
  targets: readonly Target[] = TARGETS,
): TargetResult[] {
  const own = records.filter(({ data }) => data.checksum === FASHION_MNIST);
  return targets.flatMap((target) =>
    EXPERIMENTS.filter(({ architecture, epochs }) =>
      architecture === target.architecture && epochs === target.epochs
    ).map((experiment) => {
      const trials = eachTrialOnce(own.filter((record) => isTrialOf(experiment, record))).records;
      const values = trials.flatMap((record) => valueOf(target, record) ?? []);
      const summary = values.length > 0 ? summarize(values) : null;
      return { target, experiment, summary, shortfall: shortfallOf(target, summary) };
    })
  );
}

function valueOf({ quantity }: Target, { test: { dataset, moving } }: TrialRecord): number | null {
  if (dataset === null) return null;
  return quantity === "accuracy" ? dataset.accuracy : Math.abs(dataset.accuracy - moving.accuracy);
}

function shortfallOf({ quantity, trials, bound }: Target, summary: Summary | null): number | null {
  if (summary === null || summary.n < trials) return null;
  const missing = quantity === "accuracy" ? bound - summary.mean : summary.mean - bound;
  return missing > ROUNDING ? missing : 0;
}
