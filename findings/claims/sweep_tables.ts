/**
 * What the sweeps of the claims measured beside accuracy, as tables: drift, and what batch statistics
 * do at each batch size.
 *
 * Pure functions from records to Markdown.
 *
 * @module
 */
import { batchSize } from "./batch_size.ts";
import { drift, SETTLED, settledDeviations } from "./drift.ts";
import type { Experiment } from "../../experiments/experiment.ts";
import { markdownTable, numeric } from "../../experiments/markdown.ts";
import { mean } from "../../experiments/mean.ts";
import type { TrialRecord } from "../../experiments/record.ts";
import { summarize } from "../statistics.ts";
import { PLACEMENT_WORDS } from "../setting.ts";
import { testAccuracyOf } from "../trial_numbers.ts";
import { meanAndDeviation, points } from "../words.ts";

/**
 * How far the inputs of the activations moved per epoch, in standard deviations of each unit, and
 * between which standard deviations the layers lay: after the moving statistics have settled.
 *
 * @param records Trials with activations after each epoch.
 */
export function driftTable(records: readonly TrialRecord[]): string {
  const placements = [...Map.groupBy(records, ({ experiment }) => experiment.placement)];
  return markdownTable(
    [
      "placement",
      ...numeric(`drift per epoch, from epoch ${SETTLED}`, "standard deviations of the layers"),
    ],
    placements.map(([placement, trials]) => {
      const moved = trials.map(drift).filter((value) => value !== null);
      const sizes = trials.flatMap(settledDeviations);
      return [
        PLACEMENT_WORDS[placement],
        moved.length > 0 ? mean(moved).toFixed(3) : "–",
        sizes.length > 0
          ? `${Math.min(...sizes).toFixed(2)} to ${Math.max(...sizes).toFixed(2)}`
          : "–",
      ];
    }),
  );
}

/**
 * For each batch size, how many test images change their class with the rest of their batch in
 * training mode, beside accuracies in both modes.
 *
 * @param records Trials that scored `modes`.
 */
export function restOfBatchTable(records: readonly TrialRecord[]): string {
  const sizes = Map.groupBy(
    records.filter(({ companions }) => companions !== null),
    ({ experiment }) => experiment.batchSize,
  );
  return markdownTable(
    [
      ...numeric(
        "batch size",
        "trials",
        "dataset statistics",
        "moving average",
        "the batch's own",
        "images that change class",
      ),
    ],
    [...sizes].sort(([a], [b]) => a - b).map(([size, trials]) => [
      String(size),
      String(trials.length),
      points(mean(trials.map(testAccuracyOf))),
      points(mean(trials.map(({ test }) => test.moving.accuracy))),
      points(mean(trials.map(({ companions }) => companions!.accuracy))),
      points(mean(trials.map(({ companions }) => companions!.changed))),
    ]),
  );
}

/**
 * Validation accuracy with dataset statistics minus that with the moving average on the same weights, in
 * points, after the first and after the last epoch, for each batch size.
 *
 * @param records Trials that scored `modes`.
 */
export function lagTable(records: readonly TrialRecord[]): string {
  const measured = records.filter(({ epochs }) => epochs.every(({ modes }) => modes !== null));
  const sizes = [...Map.groupBy(measured, ({ experiment }) => experiment.batchSize)];
  return markdownTable(
    [
      ...numeric("batch size", "trials", "dataset − moving after epoch 1", "after the last"),
    ],
    sizes.sort(([a], [b]) => a - b).map(([size, trials]) => {
      const lag = (epoch: number) =>
        mean(trials.map(({ epochs }) => {
          const { modes, validation } = epochs.at(epoch)!;
          return modes!.dataset.accuracy - validation.accuracy;
        }));
      return [String(size), String(trials.length), points(lag(0)), points(lag(-1))];
    }),
  );
}

/**
 * Test accuracy at every batch size and how noisy its estimates of the mean are in each BN layer: the
 * root mean square over batches and channels of (µ̂ − µ)/σ, mean over the trials. For independent
 * images it would be 1/√m.
 *
 * @param records Of any experiments; those of the claim are picked by name.
 * @param experiments The sweep, in the table's order.
 */
export function batchSizeTable(
  records: readonly TrialRecord[],
  experiments: readonly Experiment[] = batchSize.experiments,
): string {
  const byName = Map.groupBy(records, ({ experiment }) => experiment.name);
  const layers = Math.max(0, ...records.map(({ noise }) => noise.length));
  return markdownTable(
    [
      ...numeric("batch size m", "learning rate", "trials"),
      ...numeric("test accuracy (%)"),
      ...numeric("1/√m"),
      ...Array.from({ length: layers }, (_, i) => ({
        title: `RMS of (µ̂ − µ)/σ, BN layer ${i + 1}`,
        numeric: true,
      })),
    ],
    experiments.map(({ name, batchSize, learningRate }) => {
      const trials = byName.get(name) ?? [];
      const noise = Array.from({ length: layers }, (_, i) => {
        const values = trials.flatMap((trial) => trial.noise[i]?.mean ?? []);
        return values.length > 0 ? mean(values).toFixed(3) : "–";
      });
      return [
        String(batchSize),
        String(learningRate),
        String(trials.length),
        trials.length > 0 ? meanAndDeviation(summarize(trials.map(testAccuracyOf))) : "–",
        (1 / Math.sqrt(batchSize)).toFixed(3),
        ...noise,
      ];
    }),
  );
}
