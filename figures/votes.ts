/**
 * What a model says of one image, again and again.
 *
 * @module
 */
// @ts-types="@types/plotly.js"
import type { Data } from "plotly.js-cartesian-dist-min";
import { CLASS_NAMES } from "../data/dataset_name.ts";
import { axesOf, AXIS, axisTitle } from "./axes.ts";
import { type ColumnsOptions, panelLayout } from "./panels.ts";
import { otherStyle } from "./styles.ts";
import { type Figure, round } from "./theme.ts";

/** The probabilities of one image's classes in many batches. */
export interface LabeledVotes {
  /** Title of the panel. */
  label: string;
  /** For each batch, the probability of each class. */
  probabilities: readonly (readonly number[])[];
}

/**
 * The probability of each class of one image, one mark for each batch that it was in; a panel for each
 * mode.
 */
export function classVotes(
  groups: readonly LabeledVotes[],
  { columns = 2 }: ColumnsOptions = {},
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
