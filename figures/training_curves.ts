// @ts-types="@types/plotly.js"
import type { Data } from "plotly.js-cartesian-dist-min";
import { validationCurveOf } from "../experiments/record.ts";
import { hasFailed } from "../findings/claims/trials.ts";
import { accuracyAxis, accuracyPanels } from "./accuracy_axis.ts";
import { axesOf, epochAxis } from "./axes.ts";
import {
  type Curve,
  divergedSentence,
  lastEpoch,
  meanCurve,
  meanWords,
  trialCurves,
} from "./curves.ts";
import { nothing } from "./panels.ts";
import { groupStyles, type LabeledRecords } from "./styles.ts";
import type { Figure } from "./theme.ts";

/**
 * Validation accuracy by epoch of any groups of trials, in panels: every trial thin, the group's mean
 * thick. Trials that diverged lie at the lower end.
 *
 * @param all In the order of the legend.
 */
export function trainingCurves(all: readonly LabeledRecords[]): Figure {
  const groups = all.filter(({ records }) => records.length > 0);
  if (groups.length === 0) return nothing();
  const panels = [...new Set(groups.map(({ panel }) => panel))];
  const styles = groupStyles(groups);
  const records = groups.flatMap(({ records }) => records);
  const scale = accuracyAxis(records.flatMap(validationCurveOf), {
    title: "validation accuracy (%)",
  });
  const shown = new Set<string>();
  const data = groups.flatMap(({ label, panel, records }, i): Data[] => {
    const curve: Curve = {
      axes: axesOf(panels.indexOf(panel)),
      label,
      name: label,
      style: styles[i],
      records,
      inLegend: !shown.has(label),
    };
    shown.add(label);
    return [trialCurves(curve, scale), meanCurve(curve, scale)];
  });
  const sentences = groups.map(({ label, panel, records }) => {
    const name = `${panel ? `${panel}, ` : ""}${label}`;
    if (records.some(hasFailed)) return `${name} ${meanWords(records, -1)}`;
    return `${name} ${meanWords(records, 0)} after the first epoch, ` +
      `${meanWords(records, -1)} after the last`;
  });
  return {
    data,
    layout: accuracyPanels(panels, epochAxis(lastEpoch(records)), scale, {
      columns: 2,
      legend: [...shown],
    }),
    description: `Validation accuracy by epoch, means of trials: ${sentences.join("; ")}.` +
      divergedSentence(groups),
  };
}
