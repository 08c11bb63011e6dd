/**
 * What prediction by one kind of statistics or another comes to, by the size of the batches of training.
 *
 * @module
 */
import { markdownTable, numeric } from "../experiments/markdown.ts";
import { mean } from "../experiments/mean.ts";
import { testAccuracyOf, type TrialRecord } from "../experiments/record.ts";
import { points } from "./words.ts";

/**
 * For each batch size, test accuracy in both modes, and how many test images get different classes in two
 * random orders of the test images, in training mode.
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
        "dataset statistics (%)",
        "moving average (%)",
        "batch statistics (%)",
        "images that change class (%)",
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
