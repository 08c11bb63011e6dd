/**
 * Records of every trial of findings/design.md, with what claims read.
 */
import type { TrialRecord } from "../../experiments/record.ts";
import { REPORTING_ROWS } from "../../experiments/sweeps/mod.ts";

const score = (accuracy: number, loss = 0.4) => ({ loss, accuracy });

/** A record with what claims read, all of it alike. */
export function recordOf(
  experiment: TrialRecord["experiment"],
  seed: number,
  accuracy: number,
  changes: Partial<TrialRecord> = {},
): TrialRecord {
  const scores = { moving: score(accuracy), dataset: score(accuracy) };
  const movement = { shift: 1, deviation: { first: 1, last: 1 } };
  return {
    ...{ experiment, seed, diverged: null, train: scores, validation: scores, test: scores },
    steps: [50, 156, 780].map((step) => ({ step, ...scores })),
    ...{ companions: { accuracy, changed: 0 }, gradients: [], right: null },
    path: { from: 1, to: 2, layers: [{ layer: "a", training: movement, prediction: movement }] },
    ...changes,
  } as unknown as TrialRecord;
}

/** A trial of every experiment that is reported, with every seed. */
export const everything = (accuracy: (name: string, seed: number) => number) =>
  REPORTING_ROWS.flatMap(({ groups }) =>
    groups.flatMap(({ experiments, seeds }) =>
      experiments.flatMap((experiment) =>
        seeds.map((seed) =>
          recordOf(experiment, seed, accuracy(experiment.name, seed), {
            // Of each length of training the loss that D4 needs.
            train: { moving: score(1, 1 / experiment.epochs), dataset: null },
          })
        )
      )
    )
  );
