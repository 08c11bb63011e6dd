/**
 * What a run came to, in a few lines for the terminal.
 *
 * @module
 */
import { markdownTable, numeric } from "./markdown.ts";
import { mean } from "./mean.ts";
import { testAccuracyOf, type TrialRecord } from "./record.ts";

/**
 * Test accuracy in percent of each experiment: mean, lowest and highest trial; with dataset statistics
 * where there is batch normalization. How sure that is, the report says.
 */
export function resultTable(records: readonly TrialRecord[]): string {
  const rows = [...Map.groupBy(records, ({ experiment }) => experiment.name)].map(
    ([name, trials]) => {
      const accuracies = trials.map(testAccuracyOf);
      return [
        name,
        String(trials.length),
        ...[mean(accuracies), Math.min(...accuracies), Math.max(...accuracies)]
          .map((accuracy) => (100 * accuracy).toFixed(2)),
      ];
    },
  );
  return markdownTable(
    ["test accuracy (%)", ...numeric("trials", "mean", "lowest", "highest")],
    rows,
  );
}
