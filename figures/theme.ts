/**
 * What all figures share: the form, colours, fonts and the legend.
 *
 * @module
 */
// @ts-types="@types/plotly.js"
import type { Data, Layout } from "plotly.js-cartesian-dist-min";
import { escapeHtml } from "../experiments/escape.ts";

/** What `Plotly.newPlot(element, data, layout)` takes, and what the figure shows, in words. */
export interface Figure {
  data: Data[];
  layout: Partial<Layout>;
  /** Text alternative: what is drawn, and the numbers that matter. */
  description: string;
}

/** The ink of texts. */
export const INK = "#222222";
/** Marks and lines of what has no placement: dark on white, and still seen on the page's dark. */
export const NEUTRAL = "#595959";
/** For what colour does not say, and for references. */
export const GREY = "#7f7f7f";

/**
 * Pixels that the labels and the name of an axis need below a plot. Where a figure leaves less, Plotly
 * draws it, finds that out and draws it again.
 */
export const BELOW_PLOT = 54;

/** What all layouts share. White, for notebooks and print; the page's style sheet adds dark. */
export function baseLayout(height: number): Partial<Layout> {
  return {
    height,
    margin: { l: 56, r: 12, t: 36, b: BELOW_PLOT },
    font: { family: "Arial, Helvetica, sans-serif", size: 13, color: INK },
    paper_bgcolor: "#ffffff",
    plot_bgcolor: "#ffffff",
    hovermode: "closest",
    // Dragging would otherwise zoom where a reader on a phone scrolls.
    dragmode: false,
    legend: { orientation: "h", x: 0, xanchor: "left", y: 1, yref: "container", yanchor: "top" },
  };
}

/** An entry of the legend that has no data of its own. */
export function legendEntry(name: string, look: Partial<Data>): Data {
  return {
    type: "scatter",
    x: [null],
    y: [null],
    name: escapeHtml(name),
    hoverinfo: "skip",
    ...look,
  } as Data;
}

/** A number with so many significant digits: more would only make a figure's JSON larger. */
export function round(value: number, digits = 4): number {
  return Number(value.toPrecision(digits));
}
