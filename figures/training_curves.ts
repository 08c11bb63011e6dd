import { mean } from "../experiments/mean.ts";
import { points } from "../findings/words.ts";
import { epochAxis } from "./axes.ts";
import { epochsOf, groupCurves, lastEpoch, validationOf } from "./curves.ts";
import type { ColumnsOptions } from "./panels.ts";
import type { LabeledRecords } from "./styles.ts";
import type { Figure } from "./theme.ts";

/**
 * Validation accuracy by epoch of any groups of trials: every trial thin, the group's mean thick.
 * Trials that diverged lie at the lower end.
 *
 * @param groups In the order of the legend.
 */
export function trainingCurves(
  groups: readonly LabeledRecords[],
  { columns }: ColumnsOptions = {},
): Figure {
  return groupCurves(groups, {
    columns,
    x: epochsOf,
    xAxis: epochAxis(lastEpoch(groups.flatMap(({ records }) => records))),
    describe: (label, records) => {
      const accuracyAt = (i: number) =>
        points(mean(records.map((record) => validationOf(record).at(i) ?? NaN)));
      return `${label} ${accuracyAt(0)} % after the first epoch, ${
        accuracyAt(-1)
      } % after the last`;
    },
    start: "Validation accuracy by epoch, means of trials",
  });
}
