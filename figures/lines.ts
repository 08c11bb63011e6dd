// @ts-types="@types/plotly.js"
import type { Data } from "plotly.js-cartesian-dist-min";
import { escapeHtml } from "../experiments/escape.ts";
import { AXIS, axisTitle, logAxis } from "./axes.ts";
import { nothing, panelLayout } from "./panels.ts";
import { otherStyle } from "./styles.ts";
import { type Figure, round } from "./theme.ts";

/** 1, 2 and 5 in each power of ten: Plotly would write 5 for 0.5 and 50 alike. */
const TICKS = [-3, -2, -1, 0, 1, 2, 3].flatMap((power) =>
  [1, 2, 5].map((digit) => Number(`${digit}e${power}`))
);

/** Options of {@linkcode lines}. */
export interface LinesOptions {
  /** The values on the axis of x, the same for all lines. */
  x: readonly number[];
  xTitle: string;
  yTitle: string;
  /**
   * Whether that axis is logarithmic too.
   * @default false
   */
  logX?: boolean;
}

/** A few lines over the same values on a logarithmic scale, each with its marks and its name. */
export function lines(
  values: Record<string, readonly number[]>,
  { x, xTitle, yTitle, logX = false }: LinesOptions,
): Figure {
  const all = Object.entries(values);
  if (all.length === 0) return nothing();
  const data = all.map(([name, y], i): Data => {
    const { color, symbol, dash } = otherStyle(i);
    return {
      type: "scatter",
      mode: "lines+markers",
      x: [...x],
      y: y.map((value) => round(value)),
      line: { color, width: 2, dash },
      marker: { color, symbol, size: 7 },
      name: escapeHtml(name),
      hovertemplate: `${escapeHtml(name)}, %{x}: %{y}<extra></extra>`,
    };
  });
  const ends = all.map(([name, y]) => `${name} from ${round(y[0], 3)} to ${round(y.at(-1)!, 3)}`);
  return {
    data,
    layout: panelLayout([{
      x: { ...logX ? logAxis(x) : AXIS, title: axisTitle(xTitle), showgrid: false },
      y: {
        ...AXIS,
        tickvals: TICKS,
        ticktext: TICKS.map(String),
        title: axisTitle(`${yTitle}, log scale`),
        type: "log",
      },
    }], { columns: 1, rowHeight: 240, legend: all.map(([name]) => name) }),
    description: `${yTitle} by ${xTitle}: ${ends.join("; ")}.`,
  };
}
