/**
 * The figures, as plain Plotly data: one function per figure, records in, data and layout out.
 *
 * Colour says where batch normalization stands, in every figure alike, and a second sign (dash or
 * symbol) repeats it for prints in grey. The colours are Okabe and Ito's, which readers with any kind
 * of colour vision tell apart (https://jfly.uni-koeln.de/color/).
 *
 * @module
 */
// @ts-types="@types/plotly.js"
import type { Data, Layout } from "plotly.js-cartesian-dist-min";
import type { Experiment } from "../experiments/experiment.ts";
import type { EpochRecord, TrialRecord } from "../experiments/records.ts";
import { points, type Summary } from "../experiments/statistics.ts";
import {
  type ExperimentSummary,
  PLACEMENT_WORDS,
  summarizeExperiments,
} from "../experiments/summary.ts";

/** What `Plotly.newPlot(element, data, layout)` takes, and what the figure shows, in words. */
export interface Figure {
  data: Data[];
  layout: Partial<Layout>;
  /** Text alternative: what is drawn, and the numbers that matter. */
  description: string;
}

const BLUE = "#0072b2";
const VERMILLION = "#d55e00";
const GREEN = "#009e73";
const GREY = "#7f7f7f";

const COLOR: Record<Experiment["placement"], string> = {
  none: GREEN,
  pre: BLUE,
  post: VERMILLION,
};
const SYMBOL = { none: "diamond", pre: "circle", post: "square" } as const;

/** What all figures share. White, for notebooks and print; the page's style sheet adds dark. */
function baseLayout(height: number): Partial<Layout> {
  return {
    height,
    margin: { l: 56, r: 12, t: 36, b: 48 },
    font: { family: "Arial, Helvetica, sans-serif", size: 13, color: "#222222" },
    paper_bgcolor: "#ffffff",
    plot_bgcolor: "#ffffff",
    hovermode: "closest",
    // Dragging would otherwise zoom where a reader on a phone scrolls.
    dragmode: false,
    legend: { orientation: "h", x: 0, xanchor: "left", y: 1, yref: "container", yanchor: "top" },
  };
}

const AXIS = {
  gridcolor: "#e3e3e3",
  linecolor: "#7f7f7f",
  zeroline: false,
  ticks: "outside",
  tickcolor: "#7f7f7f",
  automargin: true,
} as const;

function axisTitle(text: string) {
  return { text, standoff: 8, font: { size: 13 } };
}

/** Options of {@linkcode learningCurves}. */
export interface LearningCurvesOptions {
  /**
   * Panels side by side; 1 for narrow screens. The data do not depend on it, only the layout.
   * @default 2
   */
  columns?: number;
}

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
  const shown = new Set<Experiment["placement"]>();

  const data = experiments.flatMap((summary): Data[] => {
    const { placement } = summary.experiment;
    const axes = axesOf(models.indexOf(summary.model));
    const inLegend = !shown.has(placement);
    shown.add(placement);
    return [...trialCurves(summary, axes), ...meanCurves(summary, axes, inLegend)];
  });
  if (experiments.length > 0) data.push(trainingLegend());

  const epochs = Math.max(1, ...experiments.map(({ experiment }) => experiment.epochs));
  const last = experiments.map(({ label, validation }) =>
    `${label} ${points(validation.moving.mean)} %`
  );
  return {
    data,
    layout: panelLayout(models, columns, epochs),
    description: "Accuracy by epoch. Mean validation accuracy after the last epoch, with moving " +
      `statistics: ${last.join("; ") || "no trials"}.`,
  };
}

interface Axes {
  xaxis: string;
  yaxis: string;
}

/** Plotly's names of the i-th panel's axes: x and y, x2 and y2, … */
function axesOf(panel: number): Axes {
  const suffix = panel === 0 ? "" : String(panel + 1);
  return { xaxis: `x${suffix}`, yaxis: `y${suffix}` };
}

function trialCurves({ experiment, label, records }: ExperimentSummary, axes: Axes): Data[] {
  return records.map(({ epochs, seed }): Data => ({
    ...axes,
    type: "scatter",
    mode: epochs.length > 1 ? "lines" : "markers",
    x: epochs.map(({ epoch }) => epoch),
    y: epochs.map(({ validation }) => 100 * validation.accuracy),
    line: { color: COLOR[experiment.placement], width: 1 },
    marker: { color: COLOR[experiment.placement], symbol: "line-ew-open", size: 9 },
    opacity: 0.45,
    showlegend: false,
    legendgroup: experiment.placement,
    hovertemplate: `${html(label)}, seed ${seed}: %{y:.2f} %<extra></extra>`,
  }));
}

function meanCurves(
  { experiment: { placement }, label, records }: ExperimentSummary,
  axes: Axes,
  inLegend: boolean,
): Data[] {
  const mean = (score: (epoch: EpochRecord) => number) =>
    records[0].epochs.map((_, i) =>
      100 * records.reduce((sum, { epochs }) => sum + score(epochs[i]), 0) / records.length
    );
  const curve = {
    ...axes,
    type: "scatter",
    mode: "lines+markers",
    x: records[0].epochs.map(({ epoch }) => epoch),
    legendgroup: placement,
  } as const;
  return [
    {
      ...curve,
      y: mean(({ train }) => train.accuracy),
      line: { color: COLOR[placement], width: 1.5, dash: "dash" },
      marker: { color: COLOR[placement], symbol: `${SYMBOL[placement]}-open`, size: 7 },
      showlegend: false,
      hovertemplate: `${html(label)}, training, mean: %{y:.2f} %<extra></extra>`,
    },
    {
      ...curve,
      y: mean(({ validation }) => validation.accuracy),
      line: { color: COLOR[placement], width: 3 },
      marker: { color: COLOR[placement], symbol: SYMBOL[placement], size: 8 },
      name: PLACEMENT_WORDS[placement],
      showlegend: inLegend,
      hovertemplate: `${html(label)}, validation, mean: %{y:.2f} %<extra></extra>`,
    },
  ];
}

/** An entry in the legend for what colour does not say. */
function trainingLegend(): Data {
  return {
    type: "scatter",
    mode: "lines+markers",
    x: [null],
    y: [null],
    line: { color: GREY, width: 1.5, dash: "dash" },
    marker: { color: GREY, symbol: "circle-open", size: 7 },
    name: "training",
    hoverinfo: "skip",
  };
}

/** A grid of panels, one for each model, with one scale of y: the first panel's. */
function panelLayout(models: string[], maxColumns: number, epochs: number): Partial<Layout> {
  const columns = Math.max(1, Math.min(maxColumns, models.length));
  const rows = Math.max(1, Math.ceil(models.length / columns));
  // Where there is room for one panel only, the legend takes three lines.
  const top = maxColumns === 1 ? 96 : 60;
  const height = top + 300 * rows;
  const layout: Partial<Layout> & Record<string, unknown> = baseLayout(height);
  layout.margin = { l: 56, r: 12, t: top, b: 48 };
  const [columnGap, rowGap] = [0.08, 90 / height];
  const width = (1 - columnGap * (columns - 1)) / columns;
  const panelHeight = (1 - rowGap * (rows - 1)) / rows;

  layout.annotations = models.map((model, i) => {
    const [row, column] = [Math.floor(i / columns), i % columns];
    const left = column * (width + columnGap);
    const upper = 1 - row * (panelHeight + rowGap);
    const { xaxis, yaxis } = axesOf(i);
    layout[xaxis.replace("x", "xaxis")] = {
      ...AXIS,
      domain: [left, Math.min(1, left + width)],
      anchor: yaxis,
      title: axisTitle("epoch"),
      range: [0.5, epochs + 0.5],
      ...(epochs <= 12 ? { tick0: 1, dtick: 1 } : {}),
      showgrid: false,
    };
    layout[yaxis.replace("y", "yaxis")] = {
      ...AXIS,
      domain: [Math.max(0, upper - panelHeight), upper],
      anchor: xaxis,
      ...(i > 0 ? { matches: "y" } : {}),
      ...(column === 0 ? { title: axisTitle("accuracy (%)") } : {}),
    };
    return {
      text: `<b>${html(model)}</b>`,
      x: left,
      xref: "paper",
      xanchor: "left",
      y: upper,
      yref: "paper",
      yanchor: "bottom",
      showarrow: false,
    };
  });
  return layout;
}

/**
 * Test accuracy of every experiment: each trial as a tick, the mean as a symbol and its 95 % interval
 * as a line, with moving statistics (filled) above exact ones (open).
 */
export function testAccuracy(records: readonly TrialRecord[]): Figure {
  const { experiments } = summarizeExperiments(records);
  const data = experiments.flatMap((summary, row) => testTraces(summary, row));
  if (experiments.length > 0) data.push(...statisticsLegend());
  return {
    data,
    layout: {
      ...baseLayout(110 + 64 * Math.max(1, experiments.length)),
      margin: { l: 12, r: 16, t: 44, b: 48 },
      xaxis: { ...AXIS, title: axisTitle("test accuracy (%)") },
      yaxis: {
        ...AXIS,
        range: [experiments.length - 0.5, -0.5],
        tickvals: experiments.map((_, row) => row),
        ticktext: experiments.map(tickLabel),
        ticklen: 6,
        tickcolor: "rgba(0, 0, 0, 0)",
        showgrid: false,
      },
    },
    description: "Test accuracy. " +
      experiments.map(({ label, test }) =>
        `${label}: ${inWords(test.moving)} with moving statistics` +
        (test.dataset ? `, ${inWords(test.dataset)} with exact ones` : "")
      ).join("; ") + ".",
  };
}

/** "MLP" above "BN before the activation": two short lines leave room on narrow screens. */
function tickLabel({ model, experiment }: ExperimentSummary): string {
  return `${html(model)}<br>${
    PLACEMENT_WORDS[experiment.placement].replace(" the activation", "")
  } `;
}

function testTraces({ experiment, label, records, test }: ExperimentSummary, row: number): Data[] {
  const { placement } = experiment;
  const kinds = [
    { kind: "moving", words: "moving", symbol: SYMBOL[placement], offset: -0.16 },
    { kind: "dataset", words: "exact", symbol: `${SYMBOL[placement]}-open`, offset: 0.16 },
  ] as const;
  return kinds.flatMap(({ kind, words, symbol, offset }): Data[] => {
    const summary = test[kind];
    if (summary === null) return [];
    const common = { type: "scatter", mode: "markers", showlegend: false } as const;
    const title = `${html(label)}, ${words} statistics`;
    const [low, high] = summary.interval ?? [summary.mean, summary.mean];
    return [
      {
        ...common,
        x: [100 * summary.mean],
        y: [row + offset],
        marker: {
          color: COLOR[placement],
          symbol,
          size: 11,
          line: { width: 2, color: COLOR[placement] },
        },
        error_x: {
          type: "data",
          array: [100 * (high - summary.mean)],
          arrayminus: [100 * (summary.mean - low)],
          color: COLOR[placement],
          thickness: 1.5,
          width: 0,
          visible: summary.interval !== null,
        },
        hovertemplate: `${title}, mean of ${summary.n}: %{x:.2f} %<extra></extra>`,
      },
      {
        ...common,
        x: records.map((record) => 100 * record.test[kind]!.accuracy),
        y: records.map(() => row + offset),
        text: records.map(({ seed }) => `seed ${seed}`),
        marker: { color: COLOR[placement], symbol: "line-ns-open", size: 13, line: { width: 1.5 } },
        hovertemplate: `${title}, %{text}: %{x:.2f} %<extra></extra>`,
      },
    ];
  });
}

function statisticsLegend(): Data[] {
  const entry = (name: string, symbol: "circle" | "circle-open" | "line-ns-open"): Data => ({
    type: "scatter",
    mode: "markers",
    x: [null],
    y: [null],
    name,
    marker: { color: GREY, symbol, size: 10, line: { width: 1.5, color: GREY } },
    hoverinfo: "skip",
  });
  return [
    entry("moving statistics", "circle"),
    entry("exact statistics", "circle-open"),
    entry("one trial", "line-ns-open"),
  ];
}

function inWords({ mean, interval }: Summary): string {
  if (interval === null) return `mean ${points(mean)} %`;
  return `mean ${points(mean)} % (95 % interval ${points(interval[0])} to ${points(interval[1])})`;
}

/** For texts in which Plotly would read tags. */
function html(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
