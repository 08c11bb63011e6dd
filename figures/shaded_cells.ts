// @ts-types="@types/plotly.js"
import type { Data } from "plotly.js-cartesian-dist-min";
import type { Axes } from "./axes.ts";
import { INK, round } from "./theme.ts";

/** What is in each cell of a matrix, row by row. */
export interface ShadedCells {
  axes?: Axes;
  /** What the shade says; null for none. */
  values: readonly (readonly (number | null)[])[];
  /** The value of the darkest shade. */
  largest: number;
  texts: readonly (readonly string[])[];
  hover: readonly (readonly string[])[];
}

/** A matrix of shades with a text in each cell; the axes count rows and columns from 0. */
export function shadedCells({ axes, values, largest, texts, hover }: ShadedCells): Data[] {
  const cells = texts.flatMap((row, y) => row.map((text, x) => ({ x, y, text })))
    .filter(({ text }) => text !== "");
  return [{
    ...axes,
    type: "heatmap",
    x: values[0].map((_, i) => i),
    y: values.map((_, i) => i),
    z: values.map((row) => row.map((value) => value === null ? null : round(value))) as number[][],
    customdata: hover as never,
    zmin: 0,
    zmax: round(largest),
    // One hue, evenly darker, hence the same in grey; the darkest still carries dark numbers.
    colorscale: [[0, "#ffffff"], [1, "#7d97c4"]],
    xgap: 1,
    ygap: 1,
    showscale: false,
    hovertemplate: "%{customdata}<extra></extra>",
  }, {
    ...axes,
    type: "scatter",
    mode: "text",
    x: cells.map(({ x }) => x),
    y: cells.map(({ y }) => y),
    text: cells.map(({ text }) => text),
    textfont: { size: 12, color: INK },
    hoverinfo: "skip",
    showlegend: false,
  }];
}
