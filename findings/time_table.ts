import { markdownTable, numeric } from "../experiments/markdown.ts";
import type { TrialRecord } from "../experiments/record.ts";
import type { ModelTrials } from "./side_by_side.ts";
import { median, summarize } from "./statistics.ts";

/**
 * Training time (median of the trials) and accuracy of each model, and when it reaches what no BN
 * reaches in the end. Seconds are set beside those without BN only where the same environment recorded
 * both.
 */
export function timeTable(models: readonly ModelTrials[]): string {
  return markdownTable(
    [
      "model",
      "place",
      ...numeric("seconds of training", "÷ no BN", "epochs to no BN's end", "seconds to it"),
    ],
    courses(models).map(({ model, placement, seconds, ratio, epoch, reached }) => [
      model,
      placement,
      seconds.toFixed(seconds < 10 ? 1 : 0),
      ratio === null ? "–" : ratio.toFixed(2),
      epoch === null ? "–" : String(epoch),
      reached === null ? "–" : reached.toFixed(0),
    ]),
  );
}

function courses(models: readonly ModelTrials[]) {
  return models.flatMap(({ model, trials }) => {
    const none = trials.none.length > 0 ? course(trials.none) : null;
    const goal = none?.accuracies.at(-1);
    return (["none", "pre", "post"] as const).filter((placement) => trials[placement].length > 0)
      .map((placement) => {
        const own = course(trials[placement]);
        const comparable = none !== null && none.environment === own.environment;
        const at = goal === undefined ? -1 : own.accuracies.findIndex((value) => value >= goal);
        return {
          model,
          placement,
          seconds: own.seconds.at(-1)!,
          noneSeconds: none?.seconds.at(-1) ?? null,
          ratio: comparable ? own.seconds.at(-1)! / none.seconds.at(-1)! : null,
          epoch: at < 0 ? null : at + 1,
          reached: at < 0 ? null : own.seconds[at],
        };
      });
  });
}

/** Mean validation accuracy and median seconds of training until the end of each epoch. */
function course(records: readonly TrialRecord[]) {
  const length = Math.min(...records.map(({ epochs }) => epochs.length));
  const each = (
    middle: (values: number[]) => number,
    value: (record: TrialRecord, epoch: number) => number,
  ) => Array.from({ length }, (_, epoch) => middle(records.map((record) => value(record, epoch))));
  const environments = new Set(records.map(({ environment }) => JSON.stringify(environment)));
  return {
    /** What the times depend on, as far as records tell. */
    environment: [...environments].sort().join(),
    accuracies: each(
      (values) => summarize(values).mean,
      ({ epochs }, i) => epochs[i].validation.accuracy,
    ),
    seconds: each(
      median,
      ({ epochs }, i) => epochs.slice(0, i + 1).reduce((sum, e) => sum + e.seconds, 0),
    ),
  };
}
