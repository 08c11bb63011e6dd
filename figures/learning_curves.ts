// @ts-types="@types/plotly.js"
import type { Data } from "plotly.js-cartesian-dist-min";
import { escapeHtml } from "../experiments/escape.ts";
import type { TrialRecord } from "../experiments/record.ts";
import { PLACEMENT_WORDS } from "../findings/setting.ts";
import { summarizeExperiments } from "../findings/summary.ts";
import type { Placement } from "../models/placement.ts";
import { type AccuracyAxis, accuracyAxis, accuracyPanels } from "./accuracy_axis.ts";
import { axesOf, epochAxis } from "./axes.ts";
import {
  atEpochs,
  type Curve,
  divergedSentence,
  lastEpoch,
  meanByEpoch,
  meanCurve,
  meanWords,
  modeOf,
  trialCurves,
} from "./curves.ts";
import type { ColumnsOptions } from "./panels.ts";
import { PLACEMENT_STYLES } from "./styles.ts";
import { type Figure, GREY, legendEntry } from "./theme.ts";

/**
 * Accuracy by epoch, one panel for each model, all on one scale: validation accuracy of every trial
 * as a thin line and its mean as a thick one, the mean training accuracy dashed.
 */
export function learningCurves(
  records: readonly TrialRecord[],
  { columns = 2 }: ColumnsOptions = {},
): Figure {
  const { experiments } = summarizeExperiments(records);
  const models = [...new Set(experiments.map(({ model }) => model))];
  const scale = accuracyAxis(
    records.flatMap(({ epochs }) =>
      epochs.flatMap(({ train, validation }) => [train.accuracy, validation.accuracy])
    ),
  );
  const shown = new Set<Placement>();
  const data = experiments.flatMap((summary): Data[] => {
    const { placement } = summary.experiment;
    const curve: Curve = {
      axes: axesOf(models.indexOf(summary.model)),
      label: summary.label,
      name: PLACEMENT_WORDS[placement],
      style: { ...PLACEMENT_STYLES[placement], dash: "solid" },
      records: summary.records,
      inLegend: !shown.has(placement),
    };
    shown.add(placement);
    return [trialCurves(curve, scale), trainingCurve(curve, scale), meanCurve(curve, scale)];
  });
  if (experiments.length > 0) data.push(trainingLegend());
  const last = experiments.map(({ label, records }) => `${label} ${meanWords(records, -1)}`);
  return {
    data,
    layout: accuracyPanels(models, epochAxis(lastEpoch(records)), scale, {
      columns,
      legend: [...[...shown].map((placement) => PLACEMENT_WORDS[placement]), "training accuracy"],
    }),
    description: `Accuracy by epoch. Mean validation accuracy after the last epoch: ${
      last.join("; ") || "no trials"
    }.${divergedSentence(experiments)}`,
  };
}

function trainingCurve({ axes, label, style, records, name }: Curve, scale: AccuracyAxis): Data {
  return {
    ...axes,
    type: "scatter",
    mode: modeOf(records),
    x: atEpochs(records),
    ...scale.place(meanByEpoch(records, ({ epochs }) => epochs.map(({ train }) => train.accuracy))),
    line: { color: style.color, width: 1.5, dash: "dash" },
    marker: { color: style.color, symbol: `${style.symbol}-open`, size: 7 },
    showlegend: false,
    legendgroup: name,
    hovertemplate: `${escapeHtml(label)}, training, mean: ${scale.hover}<extra></extra>`,
  };
}

/** An entry in the legend for what colour does not say. */
function trainingLegend(): Data {
  return legendEntry("training accuracy", {
    mode: "lines+markers",
    line: { color: GREY, width: 1.5, dash: "dash" },
    marker: { color: GREY, symbol: "circle-open", size: 7 },
  });
}
