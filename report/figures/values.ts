/**
 * Figures of what a notebook computes in its cells, not of records.
 *
 * @module
 */
// @ts-types="@types/plotly.js"
import type { Data } from "plotly.js-cartesian-dist-min";
import { CLASS_NAMES } from "../../data/fashion_mnist.ts";
import { signed } from "../../experiments/statistics.ts";
import {
  axesOf,
  AXIS,
  axisTitle,
  type Figure,
  GREY,
  meanOf,
  otherStyle,
  panelLayout,
  round,
} from "./theme.ts";

const BINS = 40;

/**
 * How some sets of numbers are distributed, one panel each, all on one scale.
 *
 * @param sets Name and numbers, at least one of each.
 */
export function valueHistograms(
  sets: Readonly<Record<string, ArrayLike<number>>>,
  { columns = 3 }: { columns?: number } = {},
): Figure {
  const entries = Object.entries(sets).map(([name, values]) => ({
    name,
    values: Array.from(values),
  }));
  const all = entries.flatMap(({ values }) => values);
  const low = all.reduce((a, b) => Math.min(a, b));
  const width = (all.reduce((a, b) => Math.max(a, b)) - low) / BINS || 1;
  const data = entries.map(({ values }, i): Data => {
    const counts = new Array<number>(BINS).fill(0);
    for (const value of values) counts[Math.min(BINS - 1, Math.floor((value - low) / width))]++;
    return {
      ...axesOf(i),
      type: "bar",
      x0: round(low + width / 2),
      dx: round(width),
      y: counts.map((n) => round(100 * n / values.length)),
      marker: { color: GREY },
      showlegend: false,
      hovertemplate: "%{x}: %{y} %<extra></extra>",
    };
  });
  const layout = panelLayout(
    entries.map(({ name }) => ({
      title: name,
      x: { ...AXIS, title: axisTitle("value"), range: [round(low), round(low + BINS * width)] },
      y: { ...AXIS, title: axisTitle("share (%)") },
    })),
    { columns, rowHeight: 180, shareY: true },
  );
  layout.bargap = 0;
  const words = entries.map(({ name, values }) => {
    const mean = meanOf(values);
    const deviation = Math.sqrt(meanOf(values.map((value) => (value - mean) ** 2)));
    return `${name} mean ${signed(mean, 2)}, deviation ${deviation.toFixed(2)}`;
  });
  return { data, layout, description: `Distribution of values. ${words.join("; ")}.` };
}

/** The probabilities of one image's classes in many batches. */
export interface LabeledVotes {
  /** Title of the panel. */
  label: string;
  /** For each batch, the probability of each class. */
  probabilities: readonly (readonly number[])[];
}

/** The probability of each class of one image, one mark for each batch that it was in; a panel for each mode. */
export function classVotes(
  groups: readonly LabeledVotes[],
  { columns = 2 }: { columns?: number } = {},
): Figure {
  const data = groups.map(({ probabilities }, i): Data => ({
    ...axesOf(i),
    type: "scatter",
    mode: "markers",
    x: probabilities.flatMap((row) => row.map((p) => round(100 * p))),
    y: probabilities.flatMap((row) => row.map((_, kind) => kind)),
    marker: { color: otherStyle(0).color, symbol: "line-ns-open", size: 12, opacity: 0.5 },
    showlegend: false,
    hovertemplate: "%{x} %<extra></extra>",
  }));
  const layout = panelLayout(
    groups.map(({ label }) => ({
      title: label,
      x: { ...AXIS, title: axisTitle("probability (%)"), range: [-3, 103] },
      y: {
        ...AXIS,
        range: [CLASS_NAMES.length - 0.5, -0.5],
        tickvals: CLASS_NAMES.map((_, kind) => kind),
        ticktext: [...CLASS_NAMES],
      },
    })),
    { columns, rowHeight: 240, shareY: true },
  );
  layout.margin = { ...layout.margin, l: 90 };
  const words = groups.map(({ label, probabilities }) => {
    const ranges = CLASS_NAMES.map((name, kind) => {
      const column = probabilities.map((row) => 100 * row[kind]);
      return { name, low: Math.min(...column), high: Math.max(...column) };
    }).filter(({ high }) => high >= 1);
    return `${label}: ` +
      ranges.map(({ name, low, high }) => `${name} ${low.toFixed(1)} to ${high.toFixed(1)} %`)
        .join(", ");
  });
  return {
    data,
    layout,
    description: `Probabilities of one image's classes. ${words.join("; ")}.`,
  };
}
