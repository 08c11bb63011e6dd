import { markdownTable, numeric } from "../experiments/markdown.ts";
import type { TrialRecord } from "../experiments/record.ts";
import type { ModelTrials } from "./side_by_side.ts";
import { median } from "./statistics.ts";
import { meanCurve } from "./trial_tables.ts";

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
      ...numeric(
        "seconds of training",
        "÷ no BN",
        "epochs until no BN's final accuracy",
        "seconds until then",
      ),
    ],
    models.flatMap(rowsOf),
  );
}

/** One row for each placement that has trials; dashes where there is nothing to compare with. */
function rowsOf({ model, trials }: ModelTrials): string[][] {
  const none = trials.none.length > 0 ? course(trials.none) : null;
  const goal = none?.accuracies.at(-1) ?? Infinity;
  return (["none", "pre", "post"] as const).filter((placement) => trials[placement].length > 0)
    .map((placement) => {
      const { accuracies, seconds, environment } = course(trials[placement]);
      const all = seconds.at(-1)!;
      const at = accuracies.findIndex((value) => value >= goal);
      return [
        model,
        placement,
        all.toFixed(all < 10 ? 1 : 0),
        none?.environment === environment ? (all / none.seconds.at(-1)!).toFixed(2) : "–",
        ...at < 0 ? ["–", "–"] : [String(at + 1), seconds[at].toFixed(0)],
      ];
    });
}

/** Mean validation accuracy and median seconds of training until the end of each epoch. */
function course(records: readonly TrialRecord[]) {
  const accuracies = meanCurve(records);
  const secondsUntil = (epoch: number) =>
    records.map(({ epochs }) =>
      epochs.slice(0, epoch + 1).reduce((sum, { seconds }) => sum + seconds, 0)
    );
  const environments = new Set(records.map(({ environment }) => JSON.stringify(environment)));
  return {
    /** What the times depend on, as far as records tell. */
    environment: [...environments].sort().join(),
    accuracies,
    seconds: accuracies.map((_, epoch) => median(secondsUntil(epoch))),
  };
}
