// @ts-types="@types/plotly.js"
import type { Data } from "plotly.js-cartesian-dist-min";
import { escapeHtml } from "../experiments/escape.ts";
import type { TrialRecord } from "../experiments/record.ts";
import type { Summary } from "../findings/statistics.ts";
import { intervalWords, meanAndDeviation, points } from "../findings/words.ts";
import { type ExperimentSummary, summarizeExperiments } from "../findings/summary.ts";
import { PLACEMENT_WORDS } from "../findings/setting.ts";
import { percent } from "./accuracy_axis.ts";
import { AXIS, axisTitle } from "./axes.ts";
import { PLACEMENT_STYLES } from "./styles.ts";
import { baseLayout, BELOW_PLOT, type Figure, GREY, legendEntry } from "./theme.ts";

/**
 * Test accuracy of every experiment: each trial as a tick, the mean as a symbol and its 95 % interval
 * as a line, with the moving average (filled) above those of the dataset (open).
 */
export function testAccuracy(records: readonly TrialRecord[]): Figure {
  const { experiments } = summarizeExperiments(records);
  const data = experiments.flatMap((summary, row) => testTraces(summary, row));
  if (experiments.length > 0) data.push(...statisticsLegend());
  return {
    data,
    layout: {
      ...baseLayout(110 + 64 * Math.max(1, experiments.length)),
      margin: { l: 12, r: 16, t: 44, b: BELOW_PLOT },
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
        `${label}: ${inWords(test.moving)} with the moving average` +
        (test.dataset ? `, ${inWords(test.dataset)} with dataset statistics` : "")
      ).join("; ") + ".",
  };
}

/** "MLP" above "BN before the activation": two short lines leave room on narrow screens. */
function tickLabel({ model, experiment }: ExperimentSummary): string {
  return `${escapeHtml(model)}<br>${
    PLACEMENT_WORDS[experiment.placement].replace(" the activation", "")
  } `;
}

function testTraces({ experiment, label, records, test }: ExperimentSummary, row: number): Data[] {
  const { color, symbol } = PLACEMENT_STYLES[experiment.placement];
  const kinds = [
    { kind: "moving", words: "moving", symbol, offset: -0.16 },
    { kind: "dataset", words: "dataset", symbol: `${symbol}-open`, offset: 0.16 },
  ] as const;
  return kinds.flatMap(({ kind, words, symbol, offset }): Data[] => {
    const summary = test[kind];
    if (summary === null) return [];
    const common = { type: "scatter", mode: "markers", showlegend: false } as const;
    const title = `${escapeHtml(label)}, ${words} statistics`;
    const [low, high] = summary.interval ?? [summary.mean, summary.mean];
    return [
      {
        ...common,
        // A mean over trials some of which failed says nothing.
        x: [summary.failed ? null : percent(summary.mean)],
        y: [row + offset],
        marker: {
          color,
          symbol,
          size: 11,
          line: { width: 2, color },
        },
        error_x: {
          type: "data",
          array: [percent(high - summary.mean)],
          arrayminus: [percent(summary.mean - low)],
          color,
          thickness: 1.5,
          width: 0,
          visible: summary.interval !== null,
        },
        hovertemplate: `${title}, mean of ${summary.n}: %{x:.2f} %<extra></extra>`,
      },
      {
        ...common,
        x: records.map((record) => percent(record.test[kind]!.accuracy)),
        y: records.map(() => row + offset),
        text: records.map(({ seed }) => `seed ${seed}`),
        marker: { color, symbol: "line-ns-open", size: 13, line: { width: 1.5 } },
        hovertemplate: `${title}, %{text}: %{x:.2f} %<extra></extra>`,
      },
    ];
  });
}

function statisticsLegend(): Data[] {
  const entry = (name: string, symbol: "circle" | "circle-open" | "line-ns-open") =>
    legendEntry(name, {
      mode: "markers",
      marker: { color: GREY, symbol, size: 10, line: { width: 1.5, color: GREY } },
    });
  return [
    entry("moving average", "circle"),
    entry("dataset statistics", "circle-open"),
    entry("one trial", "line-ns-open"),
  ];
}

function inWords(summary: Summary): string {
  if (summary.failed) return meanAndDeviation(summary);
  return `mean ${points(summary.mean)} %` +
    (summary.interval ? ` (95 % interval ${intervalWords(summary)})` : "");
}
