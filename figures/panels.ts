/**
 * Panels side by side and below one another.
 *
 * @module
 */
// @ts-types="@types/plotly.js"
import type { Layout, LayoutAxis } from "plotly.js-cartesian-dist-min";
import { escapeHtml } from "../experiments/escape.ts";
import { axesOf } from "./axes.ts";
import { baseLayout, BELOW_PLOT, type Figure, round } from "./theme.ts";

/** Options of figures that have panels. */
export interface ColumnsOptions {
  /**
   * Panels side by side; 1 for narrow screens. The data do not depend on it, only the layout.
   * @default {2, or 3 where panels are narrow}
   */
  columns?: number;
}

/** One panel: what stands above it, and its axes. */
interface Panel {
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

/** The figure of no data. */
export function nothing(why = ""): Figure {
  return {
    data: [],
    layout: panelLayout([], { columns: 1 }),
    description: `There is nothing to show.${why}`,
  };
}

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
  const gap = rowGap(panels, columns);
  const inner = rows * rowHeight + (rows - 1) * gap;
  const layout: Partial<Layout> & Record<string, unknown> = baseLayout(top + inner + BELOW_PLOT);
  layout.margin = { l: 56, r: 12, t: top, b: BELOW_PLOT };
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
