/**
 * Curves over the course of training: every trial thin, the mean of a group thick.
 *
 * @module
 */
// @ts-types="@types/plotly.js"
import type { Data } from "plotly.js-cartesian-dist-min";
import { escapeHtml } from "../experiments/escape.ts";
import type { EpochRecord, TrialRecord } from "../experiments/record.ts";
import { count } from "../experiments/format.ts";
import { mean } from "../experiments/mean.ts";
import { median } from "../findings/statistics.ts";
import { points } from "../findings/words.ts";
import { type ExperimentSummary, summarizeExperiments } from "../findings/summary.ts";
import { PLACEMENT_WORDS } from "../findings/setting.ts";
import { type AccuracyAxis, accuracyAxis } from "./accuracy_axis.ts";
import {
  type Axes,
  axesOf,
  AXIS,
  axisTitle,
  epochAxis,
  type Figure,
  GREY,
  groupStyles,
  type LabeledRecords,
  legendEntry,
  NOTHING,
  panelLayout,
  type Placement,
  PLACEMENT_STYLES,
  round,
  type Style,
} from "./theme.ts";

/** More epochs than this are drawn without a symbol at each. */
const MANY_EPOCHS = 15;

/** Options of figures that have panels. */
export interface ColumnsOptions {
  /**
   * Panels side by side; 1 for narrow screens. The data do not depend on it, only the layout.
   * @default 2
   */
  columns?: number;
}

/** Options of {@linkcode learningCurves}. */
export type LearningCurvesOptions = ColumnsOptions;

/**
 * Accuracy by epoch, one panel for each model, all on one scale: validation accuracy of every trial
 * as a thin line and its mean as a thick one, the mean training accuracy dashed.
 */
export function learningCurves(
  records: readonly TrialRecord[],
  { columns = 2 }: LearningCurvesOptions = {},
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
    return [...trialCurves(curve, scale), trainingCurve(curve, scale), meanCurve(curve, scale)];
  });
  if (experiments.length > 0) data.push(trainingLegend());

  const epochs = mostEpochs(records);
  const layout = panelLayout(
    models.map((title) => ({ title, x: epochAxis(epochs), y: scale.axis })),
    {
      columns,
      legend: [...[...shown].map((placement) => PLACEMENT_WORDS[placement]), "training"],
      shareY: true,
    },
  );
  layout.shapes = scale.separators(models.map((_, i) => axesOf(i)));
  const last = experiments.map(({ label, validation }) =>
    `${label} ${points(validation.moving.mean)} %`
  );
  return {
    data,
    layout,
    description: "Accuracy by epoch. Mean validation accuracy after the last epoch, with moving " +
      `statistics: ${last.join("; ") || "no trials"}.${divergedSentence(experiments)}`,
  };
}

/**
 * Validation accuracy by epoch of any groups of trials: every trial thin, the group's mean thick.
 * Trials that diverged lie in a strip at the lower end.
 *
 * @param groups In the order of the legend.
 */
export function trainingCurves(
  groups: readonly LabeledRecords[],
  { columns = 2 }: ColumnsOptions = {},
): Figure {
  return groupCurves(groups, {
    columns,
    x: ({ epochs }) => epochs.map(({ epoch }) => epoch),
    xAxis: epochAxis(mostEpochs(groups.flatMap(({ records }) => records))),
    describe: (label, records) => {
      const first = records.map(({ epochs }) => epochs[0]?.validation.accuracy ?? NaN);
      return `${label} ${points(mean(first))} % after the first epoch, ` +
        `${points(mean(records.map(finalAccuracy)))} % after the last`;
    },
    start: "Validation accuracy by epoch, means of trials",
  });
}

/**
 * Validation accuracy by the seconds that training had taken: every trial thin, thick the mean accuracy
 * at the median time.
 * One panel for each model. Times depend on the machine and on what else ran on it.
 */
export function accuracyByTime(
  records: readonly TrialRecord[],
  { columns = 2 }: ColumnsOptions = {},
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
    freeX: true,
    describe: (label, records) =>
      `${label} ${points(mean(records.map(finalAccuracy)))} % in ` +
      `${median(records.map((record) => secondsOf(record).at(-1) ?? 0)).toPrecision(3)} s`,
    start: "Validation accuracy by seconds of training, mean accuracies and median times of trials",
  });
}

interface GroupCurvesOptions {
  columns: number;
  x: (record: TrialRecord) => number[];
  xAxis: ReturnType<typeof epochAxis>;
  /** Whether each panel has its own range of x. */
  freeX?: boolean;
  describe: (label: string, records: readonly TrialRecord[]) => string;
  start: string;
}

function groupCurves(all: readonly LabeledRecords[], options: GroupCurvesOptions): Figure {
  const groups = all.filter(({ records }) => records.length > 0);
  const panels = [...new Set(groups.map(({ panel }) => panel))];
  const styles = groupStyles(groups);
  const scale = accuracyAxis(
    groups.flatMap(({ records }) =>
      records.flatMap(({ epochs }) => epochs.map(({ validation }) => validation.accuracy))
    ),
    { title: "validation accuracy (%)" },
  );
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
    return [...trialCurves(curve, scale, options.x), meanCurve(curve, scale, options.x)];
  });
  const layout = panelLayout(
    panels.map((title) => ({ title, x: options.xAxis, y: scale.axis })),
    { columns: options.columns, legend: [...shown], shareY: true },
  );
  layout.shapes = scale.separators(panels.map((_, i) => axesOf(i)));
  const sentences = groups.map(({ label, panel, records }) =>
    options.describe(panel ? `${panel}, ${label}` : label, records)
  );
  return {
    data,
    layout,
    description: groups.length === 0
      ? NOTHING
      : `${options.start}: ${sentences.join("; ")}.${divergedSentence(groups)}`,
  };
}

interface Curve {
  axes: Axes;
  /** In hover texts. */
  label: string;
  /** In the legend. */
  name: string;
  style: Style;
  records: readonly TrialRecord[];
  inLegend: boolean;
}

function epochsOf({ epochs }: TrialRecord): number[] {
  return epochs.map(({ epoch }) => epoch);
}

/** Seconds of training until the end of each epoch. */
function secondsOf({ epochs }: TrialRecord): number[] {
  let sum = 0;
  return epochs.map(({ seconds }) => round(sum += seconds));
}

/** Every trial of a group. */
function trialCurves(
  { axes, label, style, records, name }: Curve,
  scale: AccuracyAxis,
  x: (record: TrialRecord) => number[] = epochsOf,
): Data[] {
  return records.map((record): Data => ({
    ...axes,
    type: "scatter",
    mode: record.epochs.length > 1 ? "lines" : "markers",
    x: x(record),
    ...scale.place(record.epochs.map(({ validation }) => validation.accuracy)),
    line: { color: style.color, width: 1 },
    marker: { color: style.color, symbol: "line-ew-open", size: 9 },
    opacity: 0.45,
    showlegend: false,
    legendgroup: name,
    hovertemplate: `${escapeHtml(label)}, seed ${record.seed}: ${scale.hover}<extra></extra>`,
  }));
}

/** The mean over a group's trials: at each epoch, over those that have it. */
function meanCurve(
  { axes, label, style, records, inLegend, name }: Curve,
  scale: AccuracyAxis,
  x: (record: TrialRecord) => number[] = epochsOf,
): Data {
  return {
    ...axes,
    type: "scatter",
    mode: modeOf(records),
    x: byEpoch(records, (record, i) => x(record)[i], median).map((value) => round(value)),
    ...scale.place(byEpoch(records, ({ epochs }, i) => epochs[i].validation.accuracy)),
    line: { color: style.color, width: 3, dash: style.dash },
    marker: { color: style.color, symbol: style.symbol, size: 8 },
    name: escapeHtml(name),
    legendgroup: name,
    showlegend: inLegend,
    hovertemplate: `${escapeHtml(label)}, validation, mean: ${scale.hover}<extra></extra>`,
  };
}

function trainingCurve({ axes, label, style, records, name }: Curve, scale: AccuracyAxis): Data {
  const accuracy = ({ train }: EpochRecord) => train.accuracy;
  return {
    ...axes,
    type: "scatter",
    mode: modeOf(records),
    x: byEpoch(records, ({ epochs }, i) => epochs[i].epoch),
    ...scale.place(byEpoch(records, ({ epochs }, i) => accuracy(epochs[i]))),
    line: { color: style.color, width: 1.5, dash: "dash" },
    marker: { color: style.color, symbol: `${style.symbol}-open`, size: 7 },
    showlegend: false,
    legendgroup: name,
    hovertemplate: `${escapeHtml(label)}, training, mean: ${scale.hover}<extra></extra>`,
  };
}

/** An entry in the legend for what colour does not say. */
function trainingLegend(): Data {
  return legendEntry("training", {
    mode: "lines+markers",
    line: { color: GREY, width: 1.5, dash: "dash" },
    marker: { color: GREY, symbol: "circle-open", size: 7 },
  });
}

function modeOf(records: readonly TrialRecord[]): "lines" | "lines+markers" {
  return mostEpochs(records) > MANY_EPOCHS ? "lines" : "lines+markers";
}

/** The mean (or another middle) of a number at each epoch, over the trials that have it. */
function byEpoch(
  records: readonly TrialRecord[],
  value: (record: TrialRecord, i: number) => number,
  middle: (values: readonly number[]) => number = mean,
): number[] {
  return Array.from(
    { length: Math.max(0, ...records.map(({ epochs }) => epochs.length)) },
    (_, i) =>
      middle(
        records.filter(({ epochs }) => epochs.length > i).map((record) => value(record, i)),
      ),
  );
}

function mostEpochs(records: readonly TrialRecord[]): number {
  return Math.max(1, ...records.map(({ epochs }) => epochs.at(-1)?.epoch ?? 1));
}

function finalAccuracy({ epochs }: TrialRecord): number {
  return epochs.at(-1)?.validation.accuracy ?? NaN;
}

function divergedSentence(
  groups: readonly (Pick<ExperimentSummary, "label" | "records"> | LabeledRecords)[],
): string {
  const diverged = groups.flatMap(({ label, records }) => {
    const n = records.filter(({ diverged }) => diverged !== null).length;
    return n > 0 ? [`${label}, ${n} of ${count(records.length, "trial")}`] : [];
  });
  return diverged.length > 0 ? ` Diverged: ${diverged.join("; ")}.` : "";
}
