import { mean } from "../experiments/mean.ts";
import type { TrialRecord } from "../experiments/record.ts";
import { median } from "../findings/statistics.ts";
import { points } from "../findings/words.ts";
import { PLACEMENT_WORDS } from "../findings/setting.ts";
import { summarizeExperiments } from "../findings/summary.ts";
import { AXIS, axisTitle } from "./axes.ts";
import { groupCurves, validationOf } from "./curves.ts";
import type { ColumnsOptions } from "./panels.ts";
import type { LabeledRecords } from "./styles.ts";
import { type Figure, round } from "./theme.ts";

/**
 * Validation accuracy by the seconds that training had taken, one panel for each model: every trial
 * thin, thick the mean accuracy at the median time. Times depend on the machine and on what else ran
 * on it.
 */
export function accuracyByTime(
  records: readonly TrialRecord[],
  { columns }: ColumnsOptions = {},
): Figure {
  const groups = summarizeExperiments(records).experiments.map((summary): LabeledRecords => ({
    label: PLACEMENT_WORDS[summary.experiment.placement],
    panel: summary.model,
    records: summary.records,
  }));
  return groupCurves(groups, {
    columns,
    x: secondsOf,
    xAxis: { ...AXIS, title: axisTitle("seconds of training"), rangemode: "tozero" },
    describe: (label, records) => {
      const accuracy = mean(records.map((record) => validationOf(record).at(-1) ?? NaN));
      const seconds = median(records.map((record) => secondsOf(record).at(-1) ?? 0));
      return `${label} ${points(accuracy)} % in ${seconds.toPrecision(3)} s`;
    },
    start: "Validation accuracy by seconds of training, mean accuracies and median times of trials",
  });
}

/** Seconds of training until the end of each epoch. */
function secondsOf({ epochs }: TrialRecord): number[] {
  let sum = 0;
  return epochs.map(({ seconds }) => round(sum += seconds));
}
