// @ts-types="@types/plotly.js"
import type { Data, PlotData } from "plotly.js-cartesian-dist-min";
import { escapeHtml } from "../experiments/escape.ts";
import { testAccuracyOf, type TrialRecord } from "../experiments/record.ts";
import { count } from "../experiments/format.ts";
import { hasFailed, LEARNED } from "../findings/claims/trials.ts";
import { points } from "../findings/words.ts";
import { accuracyAxis, accuracyPanels, percent } from "./accuracy_axis.ts";
import { axesOf, axisTitle, logAxis } from "./axes.ts";
import { type ColumnsOptions, nothing } from "./panels.ts";
import { groupStyles, type LabeledRecords, type Style } from "./styles.ts";
import { intervalEnds, mostFailed, type Point, pointsOf } from "./sweep_points.ts";
import { type Figure, legendEntry, round } from "./theme.ts";

const Y_TITLE = "test accuracy (%)";

/** Options of {@linkcode sweep}. */
export interface SweepOptions extends ColumnsOptions {
  /** Name of the swept factor, with its unit. */
  xTitle: string;
  /** The swept factor of a trial, for example `({ experiment }) => experiment.learningRate`. */
  x: (record: TrialRecord) => number;
}

/**
 * Test accuracy over a swept factor on a logarithmic scale, with dataset statistics where there is BN:
 * every trial as a small open mark, the mean of each group as a line with its 95 % interval, where there
 * are at least three trials.
 *
 * Trials that failed (findings/design.md) lie in a strip at the lower end. Where up to half of a point's
 * trials failed, the mean is of the others, its mark is open and it has no interval; where more failed,
 * the line goes down into the strip.
 *
 * @param groups One line each, in the order of the legend; by `panel` in panels.
 */
export function sweep(groups: readonly LabeledRecords[], options: SweepOptions): Figure {
  const { xTitle, columns = 2 } = options;
  const shown = groups.filter(({ records }) => records.length > 0);
  if (shown.length === 0) return nothing();
  const panels = [...new Set(shown.map(({ panel }) => panel))];
  const labels = [...new Set(shown.map(({ label }) => label))];
  const styles = groupStyles(shown);
  const lines = shown.map((group, i) => ({
    ...group,
    style: styles[i],
    axes: axesOf(panels.indexOf(group.panel)),
    points: pointsOf(group.records, options.x),
  }));
  const records = shown.flatMap((group) => group.records);
  const failures = records.filter(hasFailed);
  const accuracies = records.map(testAccuracyOf);
  const ends = intervalEnds(lines.flatMap(({ points }) => points), accuracies);
  const scale = accuracyAxis([...accuracies, ...ends], {
    title: Y_TITLE,
    floor: LEARNED,
    diverged: failures.every(({ diverged }) => diverged !== null),
  });
  const values = [...new Set(records.map(options.x))].sort((a, b) => a - b);
  // Lines side by side, or the marks of one would cover those of another.
  const spacing = Math.log(values.at(-1)! / values[0]);
  const beside = (x: number, label: string) => {
    const step = (labels.indexOf(label) - (labels.length - 1) / 2) * 0.012 * (spacing || 1);
    return round(x * Math.exp(step));
  };

  const data = lines.flatMap(({ label, panel, style, axes, points, records }): Data[] => {
    const name = escapeHtml(panel ? `${panel}, ${label}` : label);
    return [
      {
        ...axes,
        type: "scatter",
        mode: "markers",
        x: records.map((record) => beside(options.x(record), label)),
        ...scale.place(records.map(testAccuracyOf)),
        text: records.map(({ seed }) => `seed ${seed}`),
        marker: { color: style.color, symbol: `${style.symbol}-open`, size: 5, opacity: 0.7 },
        showlegend: false,
        legendgroup: label,
        hovertemplate: `${name}, %{text}: ${scale.hover}<extra></extra>`,
      },
      {
        ...axes,
        type: "scatter",
        mode: "lines+markers",
        x: points.map(({ x }) => beside(x, label)),
        ...scale.place(points.map(({ mean }) => mean)),
        text: points.map(pointWords),
        line: { color: style.color, width: 2, dash: style.dash },
        marker: {
          color: style.color,
          size: 8,
          symbol: points.map(({ failed, n }) => symbolOf(style, failed, n)),
        },
        error_y: intervals(points, style),
        showlegend: false,
        legendgroup: label,
        hovertemplate: `${name}, %{text}: ${scale.hover}<extra></extra>`,
      },
    ];
  });
  data.push(...legend(lines));

  const x = { ...logAxis(values), title: axisTitle(xTitle) };
  const sentences = lines.map(({ label, panel, points }) => {
    const numbers = points.map(({ x, mean, failed, n }) =>
      `${x}: ${mostFailed(failed, n) ? "failed" : points100(mean)}` +
      (failed > 0 && failed < n ? ` (${failed} of ${n} failed)` : "")
    );
    return `${panel ? `${panel}, ` : ""}${label}, ${numbers.join(", ")}`;
  });
  const failure = failures.length > 0
    ? ` ${count(failures.length, "trial")} failed (below ${percent(LEARNED)} %), ` +
      `${failures.filter(({ diverged }) => diverged !== null).length} of them diverged.`
    : "";
  return {
    data,
    layout: accuracyPanels(panels, x, scale, { columns, rowHeight: 290, legend: labels }),
    description: `Mean ${Y_TITLE} by ${xTitle}. ${sentences.join("; ")}.${failure}`,
  };
}

function pointWords({ n, failed }: Point): string {
  if (failed === 0 || failed === n) return `mean of ${count(n, "trial")}`;
  return mostFailed(failed, n)
    ? `${failed} of ${n} failed`
    : `mean of ${n - failed}, ${failed} failed`;
}

function symbolOf({ symbol }: Style, failed: number, n: number) {
  return failed > 0 && failed < n ? `${symbol}-open` : symbol;
}

function intervals(points: readonly Point[], { color }: Style): PlotData["error_y"] {
  return {
    type: "data",
    array: points.map(({ halfWidth }) => halfWidth === null ? 0 : percent(halfWidth)),
    color,
    thickness: 1.5,
    width: 0,
    visible: points.some(({ halfWidth }) => halfWidth !== null),
  };
}

function legend(lines: readonly { label: string; style: Style }[]): Data[] {
  const first = new Map(lines.map(({ label, style }) => [label, style]));
  return [...first].map(([label, { color, symbol, dash }]) =>
    legendEntry(label, {
      mode: "lines+markers",
      line: { color, width: 2, dash },
      marker: { color, symbol, size: 8 },
      legendgroup: label,
    })
  );
}

function points100(fraction: number): string {
  return `${points(fraction)} %`;
}
