// @ts-types="@types/plotly.js"
import type { Data } from "plotly.js-cartesian-dist-min";
import { escapeHtml } from "../experiments/escape.ts";
import type { JudgedComparison, Unit } from "../findings/claims/claim.ts";
import { comparisonSentence } from "../findings/claims/words.ts";
import { AXIS, axisTitle, BARE_AXIS } from "./axes.ts";
import { nothing } from "./panels.ts";
import { baseLayout, type Figure, GREY, NEUTRAL, round } from "./theme.ts";

/** Names of the axis. */
const UNITS: Record<Unit, string> = {
  points: "percentage points",
  nats: "nats",
  cells: "cells",
  trials: "trials",
  "log ratio": "logarithm of the ratio",
  tenfolds: "powers of ten",
};

/** Height of a row, in pixels: its words above its marks. */
const ROW = 46;
/** How far below the middle of its row its marks stand, in rows. */
const DROP = 0.2;

/**
 * The differences of all seeds, one row for each comparison: a small mark for every pair, the mean with
 * its 95 % interval where there is one, beside the line of no difference and, shaded, what is called
 * none. Where one of a pair is dead its mark is an arrow at the edge, on the side of the one alive.
 *
 * @param comparisons Of one unit, as those of one claim are.
 * @throws {RangeError} If their units differ.
 */
export function seedDifferences(comparisons: readonly JudgedComparison[]): Figure {
  const rows = comparisons.filter(({ pairs }) => pairs.length > 0);
  if (rows.length === 0) return nothing();
  const [{ unit }] = rows;
  const other = rows.find((row) => row.unit !== unit)?.unit;
  if (other) throw new RangeError(`Cannot draw ${unit} and ${other} on one axis.`);
  const scaled = (value: number) => round(unit === "points" ? 100 * value : value);
  const differences = rows.map(({ pairs }) =>
    pairs.flatMap(({ first, second }) =>
      first !== null && second !== null ? [scaled(first - second)] : []
    )
  );
  const bounds = rows.flatMap(({ mean }) => mean?.interval?.map(scaled) ?? []);
  const most = Math.max(...differences.flat().map(Math.abs), ...bounds.map(Math.abs), 1e-3);
  const edge = 1.08 * most;
  const data = rows.flatMap(({ pairs, mean }, row): Data[] => {
    const y = row + DROP;
    const common = { type: "scatter", mode: "markers", showlegend: false } as const;
    const arrows = pairs.flatMap(({ first, second }) =>
      (first === null) === (second === null) ? [] : [first === null ? -edge : edge]
    );
    return [
      {
        ...common,
        x: differences[row],
        y: differences[row].map(() => y),
        marker: { color: GREY, symbol: "circle-open", size: 7, line: { width: 1, color: GREY } },
        hovertemplate: "%{x}<extra></extra>",
      },
      ...arrows.length === 0 ? [] : [{
        ...common,
        x: arrows,
        y: arrows.map(() => y),
        marker: {
          color: GREY,
          symbol: arrows.map((x) => x < 0 ? "triangle-left" : "triangle-right"),
          size: 9,
        },
        hovertemplate: "one of the two is dead<extra></extra>",
      } as Data],
      ...!mean ? [] : [{
        ...common,
        x: [scaled(mean.mean)],
        y: [y],
        marker: { color: NEUTRAL, symbol: "circle", size: 9 },
        error_x: {
          type: "data",
          array: [scaled((mean.interval?.[1] ?? mean.mean) - mean.mean)],
          color: NEUTRAL,
          thickness: 1.5,
          width: 0,
        },
        hovertemplate: "mean: %{x}<extra></extra>",
      } as Data],
    ];
  });
  const layout = baseLayout(24 + ROW * rows.length + 48);
  return {
    data,
    layout: {
      ...layout,
      margin: { l: 16, r: 16, t: 12, b: 48 },
      xaxis: {
        ...AXIS,
        title: axisTitle(`difference (${UNITS[unit]})`),
        range: [-1.05 * edge, 1.05 * edge],
        zeroline: true,
        zerolinecolor: GREY,
        zerolinewidth: 1.5,
      },
      yaxis: { ...BARE_AXIS, range: [rows.length - 0.5, -0.5], showticklabels: false },
      shapes: rows.flatMap(({ margin }, row) =>
        margin === undefined ? [] : [{
          ...{ type: "rect", layer: "below", fillcolor: "#eeeeee", line: { width: 0 } } as const,
          ...{ x0: -scaled(margin), x1: scaled(margin), y0: row - 0.5, y1: row + 0.5 },
        }]
      ),
      annotations: rows.map(({ subject, verdict }, row) => ({
        text: `${escapeHtml(subject)}: ${verdict}`,
        x: 0,
        xref: "paper",
        xanchor: "left",
        y: row - 0.24,
        showarrow: false,
        font: { size: 12 },
        bgcolor: "#ffffff",
      } as const)),
    },
    description: `Differences of all seeds. ${
      rows.map((row) => comparisonSentence(row).replaceAll("**", "")).join(" ")
    }`,
  };
}
