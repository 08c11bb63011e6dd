/**
 * What all figures share: the form, colours and signs, fonts, axes, and panels side by side.
 *
 * @module
 */
// @ts-types="@types/plotly.js"
import type { Data, Layout, LayoutAxis } from "plotly.js-cartesian-dist-min";
import { escapeHtml } from "../experiments/escape.ts";
import type { Experiment } from "../experiments/experiment.ts";
import type { TrialRecord } from "../experiments/record.ts";
import { PLACEMENT_WORDS } from "../findings/setting.ts";

/** What `Plotly.newPlot(element, data, layout)` takes, and what the figure shows, in words. */
export interface Figure {
  data: Data[];
  layout: Partial<Layout>;
  /** Text alternative: what is drawn, and the numbers that matter. */
  description: string;
}

/** Where batch normalization stands. */
export type Placement = Experiment["placement"];

/** In the order in which figures show them. */
export const PLACEMENTS = ["none", "pre", "post"] as const;

/** Records that are drawn as one, under a name. */
export interface LabeledRecords {
  /** The name in legend and description. */
  label: string;
  records: readonly TrialRecord[];
  /**
   * Title of the panel that the group stands in.
   * @default {one panel for all groups}
   */
  panel?: string;
}

/** How a group is drawn: a colour, and signs that repeat it where there is no colour. */
export interface Style {
  color: string;
  symbol: "circle" | "square" | "diamond" | "triangle-up" | "x" | "star" | "pentagon";
  dash: "solid" | "dash" | "dot" | "dashdot" | "longdash";
}

/** The ink of texts. */
export const INK = "#222222";
/** Marks and lines of what has no placement: dark on white, and still seen on the page's dark. */
export const NEUTRAL = "#595959";
/** For what colour does not say, and for references. */
export const GREY = "#7f7f7f";

/** Each placement's look, in every figure alike. */
export const PLACEMENT_STYLES: Record<Placement, Style> = {
  none: { color: "#009e73", symbol: "diamond", dash: "dot" },
  pre: { color: "#0072b2", symbol: "circle", dash: "solid" },
  post: { color: "#d55e00", symbol: "square", dash: "dash" },
};

/** For groups that are not placements; none of these colours is a placement's. */
const OTHER_STYLES: Style[] = [
  { color: NEUTRAL, symbol: "circle", dash: "solid" },
  { color: "#cc79a7", symbol: "square", dash: "dash" },
  { color: "#e69f00", symbol: "triangle-up", dash: "dot" },
  { color: "#56b4e9", symbol: "diamond", dash: "dashdot" },
  { color: "#8c6d31", symbol: "x", dash: "longdash" },
  { color: GREY, symbol: "star", dash: "solid" },
];

/** The look of the i-th of groups that are not placements. */
export function otherStyle(i: number): Style {
  return OTHER_STYLES[i % OTHER_STYLES.length];
}

/**
 * The look of each group: its placement's, where the groups of every panel differ in placement and
 * each has one; else one for each label.
 */
export function groupStyles(groups: readonly LabeledRecords[]): Style[] {
  const placements = groups.map(({ records }) => {
    const all = new Set(records.map(({ experiment }) => experiment.placement));
    return all.size === 1 ? [...all][0] : undefined;
  });
  const tell = [...Map.groupBy(groups.keys(), (i) => groups[i].panel).values()].every((panel) =>
    new Set(panel.map((i) => placements[i])).size === panel.length
  );
  const labels = [...new Set(groups.map(({ label }) => label))];
  return groups.map(({ label }, i) =>
    tell && placements[i] ? PLACEMENT_STYLES[placements[i]] : otherStyle(labels.indexOf(label))
  );
}

/** Records by placement, under its words, without the placements that have none. */
export function byPlacement(records: readonly TrialRecord[]): LabeledRecords[] {
  return PLACEMENTS.map((placement) => ({
    label: PLACEMENT_WORDS[placement],
    records: records.filter(({ experiment }) => experiment.placement === placement),
  })).filter((group) => group.records.length > 0);
}

/** What all layouts share. White, for notebooks and print; the page's style sheet adds dark. */
export function baseLayout(height: number): Partial<Layout> {
  return {
    height,
    margin: { l: 56, r: 12, t: 36, b: 48 },
    font: { family: "Arial, Helvetica, sans-serif", size: 13, color: INK },
    paper_bgcolor: "#ffffff",
    plot_bgcolor: "#ffffff",
    hovermode: "closest",
    // Dragging would otherwise zoom where a reader on a phone scrolls.
    dragmode: false,
    legend: { orientation: "h", x: 0, xanchor: "left", y: 1, yref: "container", yanchor: "top" },
  };
}

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

/** One panel: what stands above it, and its axes. */
export interface Panel {
  title?: string;
  x: Partial<LayoutAxis>;
  y: Partial<LayoutAxis>;
}

/** Options of {@linkcode panelLayout}. */
export interface PanelLayoutOptions {
  /** Panels side by side at most; 1 stands for a narrow screen. */
  columns: number;
  /**
   * Height of a panel's plot, in pixels.
   * @default 250
   */
  rowHeight?: number;
  /** What the legend says, to make room for it. */
  legend?: readonly string[];
  /**
   * Whether all panels have the first one's scale of y, or those of a row theirs.
   * @default false
   */
  shareY?: boolean | "row";
}

/** Instead of axes where there is nothing to draw. */
const EMPTY: Partial<Layout> = {
  height: 80,
  margin: { l: 12, r: 12, t: 12, b: 12 },
  xaxis: { visible: false },
  yaxis: { visible: false },
  annotations: [{
    text: "nothing to show",
    x: 0.5,
    xref: "paper",
    y: 0.5,
    yref: "paper",
    showarrow: false,
    font: { color: "#7f7f7f" },
  }],
};

/** Space between rows of panels, in pixels: for tick labels, the axis's name and a title. */
function rowGap(panels: readonly Panel[], columns: number): number {
  const named = panels.slice(0, -columns).some(({ x }) => x.title);
  const titled = panels.slice(columns).some(({ title }) => title);
  return 30 + (named ? 22 : 0) + (titled ? 26 : 0);
}

/** A grid of panels. The first column's y axes are named; where y is shared, only they have labels. */
export function panelLayout(
  panels: readonly Panel[],
  { columns: most, rowHeight = 250, legend = [], shareY = false }: PanelLayoutOptions,
): Partial<Layout> {
  const columns = Math.max(1, Math.min(most, panels.length));
  const rows = Math.max(1, Math.ceil(panels.length / columns));
  const titled = panels.some(({ title }) => title);
  const top = 12 + 20 * legendLines(legend, most === 1 ? 330 : 630) + (titled ? 24 : 0);
  const bottom = 48;
  const gap = rowGap(panels, columns);
  const inner = rows * rowHeight + (rows - 1) * gap;
  const layout: Partial<Layout> & Record<string, unknown> = baseLayout(top + inner + bottom);
  layout.margin = { l: 56, r: 12, t: top, b: bottom };
  layout.showlegend = legend.length > 0;
  const columnGap = shareY ? 0.04 : 0.09;
  const width = (1 - columnGap * (columns - 1)) / columns;
  layout.annotations = [];
  if (panels.length === 0) return { ...layout, ...EMPTY };

  panels.forEach(({ title, x, y }, i) => {
    const [row, column] = [Math.floor(i / columns), i % columns];
    const left = column * (width + columnGap);
    const upper = 1 - row * (rowHeight + gap) / inner;
    const { xaxis, yaxis } = axesOf(i);
    const leader = shareY === "row" ? row * columns : 0;
    layout[xaxis.replace("x", "xaxis")] = {
      ...x,
      domain: [round(left), round(Math.min(1, left + width))],
      anchor: yaxis,
    };
    const { title: yTitle, ...restOfY } = y;
    layout[yaxis.replace("y", "yaxis")] = {
      ...restOfY,
      domain: [round(Math.max(0, upper - rowHeight / inner)), round(upper)],
      anchor: xaxis,
      ...(column === 0 && yTitle ? { title: yTitle } : {}),
      ...(shareY && i !== leader ? { matches: axesOf(leader).yaxis as LayoutAxis["matches"] } : {}),
      ...(shareY && column > 0 ? { showticklabels: false } : {}),
    };
    if (title) layout.annotations!.push(panelTitle(title, left, upper));
  });
  return layout;
}

function panelTitle(title: string, x: number, y: number) {
  return {
    text: `<b>${escapeHtml(title)}</b>`,
    x: round(x),
    xref: "paper",
    xanchor: "left",
    y: round(y),
    yref: "paper",
    yanchor: "bottom",
    showarrow: false,
  } as const;
}

/** How many lines a legend takes: where one is not enough, all entries get the longest's width. */
function legendLines(names: readonly string[], width: number): number {
  if (names.length === 0) return 0;
  const entries = names.map(({ length }) => 45 + 6.7 * length);
  if (entries.reduce((sum, entry) => sum + entry, 0) <= width) return 1;
  const perLine = Math.max(1, Math.floor(width / Math.max(...entries)));
  return Math.ceil(names.length / perLine);
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

/** The description of a figure of nothing. */
export const NOTHING = "There is nothing to show.";
