// @ts-types="@types/plotly.js"
import type { LayoutAxis } from "plotly.js-cartesian-dist-min";

/** What all axes share. */
export const AXIS = {
  gridcolor: "#e3e3e3",
  linecolor: "#7f7f7f",
  zeroline: false,
  ticks: "outside",
  tickcolor: "#7f7f7f",
  automargin: true,
} as const;

/** An axis without line, ticks and grid, for what has only labels. */
export const BARE_AXIS = {
  ...AXIS,
  ticks: "",
  showgrid: false,
  showline: false,
} as const;

/** The name of an axis. */
export function axisTitle(text: string) {
  return { text, standoff: 8, font: { size: 13 } };
}

/** An axis of epochs, each of which has its tick where they are few. */
export function epochAxis(epochs: number): Partial<LayoutAxis> {
  const margin = Math.max(0.5, 0.03 * epochs);
  return {
    ...AXIS,
    title: axisTitle("epoch"),
    range: [1 - margin, Math.max(1, epochs) + margin],
    ...(epochs <= 6 ? { tick0: 1, dtick: 1 } : epochs <= 12 ? { tick0: 2, dtick: 2 } : {}),
    showgrid: false,
  };
}

/** A logarithmic axis with a tick at each of these values, and room at both ends. */
export function logAxis(values: readonly number[]): Partial<LayoutAxis> {
  const sorted = [...new Set(values)].sort((a, b) => a - b);
  const [low, high] = [sorted[0] ?? 1, sorted.at(-1) ?? 1].map(Math.log10);
  const margin = Math.max(0.08, 0.06 * (high - low));
  return {
    ...AXIS,
    type: "log",
    range: [low - margin, high + margin],
    tickvals: sorted,
    ticktext: sorted.map(String),
    showgrid: false,
  };
}

/** Names of a panel's axes in traces. */
export interface Axes {
  xaxis: string;
  yaxis: string;
}

/** Plotly's names of the i-th panel's axes: x and y, x2 and y2, … */
export function axesOf(panel: number): Axes {
  const suffix = panel === 0 ? "" : String(panel + 1);
  return { xaxis: `x${suffix}`, yaxis: `y${suffix}` };
}
