// @ts-types="@types/plotly.js"
import type { Data, LayoutAxis } from "plotly.js-cartesian-dist-min";
import { escapeHtml } from "../experiments/escape.ts";
import type { JudgedComparison, Unit } from "../findings/claims/claim.ts";
import { comparisonSentence } from "../findings/claims/words.ts";
import { AXIS, axisTitle, BARE_AXIS } from "./axes.ts";
import { nothing } from "./panels.ts";
import { baseLayout, type Figure, GREY, NEUTRAL, round } from "./theme.ts";

/** Where a difference stands on the axis, and what the axis is called. Differences of logarithms are ratios. */
const UNITS: Record<Unit, [place: (difference: number) => number, title: string]> = {
  points: [(d) => 100 * d, "difference (percentage points)"],
  nats: [(d) => d, "difference (nats)"],
  logarithms: [(d) => d, "difference"],
  cells: [(d) => d, "difference (cells)"],
  trials: [(d) => d, "difference (trials)"],
  "log ratio": [Math.exp, "ratio"],
  tenfolds: [(d) => 10 ** d, "ratio"],
};

/** An axis of ratios; over a wide range with two ticks in each power of ten, and no more. */
const TICKS = [0.1, 0.3, 1, 3, 10, 30, 100, 300, 1000];
const ratios = (decades: number): Partial<LayoutAxis> => ({
  type: "log",
  ticksuffix: "×",
  nticks: 6,
  ...decades > 0.6 ? { tickvals: TICKS, ticktext: TICKS.map((ratio) => `${ratio}×`) } : {},
});

/** Height of a row, in pixels: its words above its marks. */
const ROW = 46;
/** How far below the middle of its row its marks stand, in rows. */
const DROP = 0.2;

/**
 * The differences of all seeds, one row for each comparison: a small mark for every pair, the mean with
 * its 95 % interval where there is one, beside the line of no difference (of ratios, the line of 1) and,
 * shaded, what is called none. Where one of a pair failed its mark is an arrow at the edge, on the side of the other.
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
  const [place, title] = UNITS[unit];
  const isRatio = title === "ratio";
  const scaled = (value: number) => round(place(value));
  const differences = rows.map(({ pairs }) =>
    pairs.flatMap(({ first, second }) =>
      first !== null && second !== null ? [scaled(first - second)] : []
    )
  );
  const bounds = rows.flatMap(({ mean, margin }) =>
    [...mean?.interval ?? [], ...margin ? [-margin, margin] : [], 0].map(scaled)
  );
  const [onAxis, fromAxis] = isRatio
    ? [Math.log10, (position: number) => 10 ** position]
    : [(x: number) => x, (x: number) => x];
  const positions = [...differences.flat(), ...bounds].map(onAxis);
  const [low, high] = [Math.min(...positions), Math.max(...positions)];
  const room = 0.08 * (high - low || 1);
  const ends = [low - room, high + room].map((position) => round(fromAxis(position)));
  const data = rows.flatMap(({ pairs, mean }, row): Data[] => {
    const y = row + DROP;
    const common = { type: "scatter", mode: "markers", showlegend: false } as const;
    const arrows = pairs.flatMap(({ first, second }) =>
      (first === null) === (second === null) ? [] : [ends[first === null ? 0 : 1]]
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
          symbol: arrows.map((x) => x === ends[0] ? "triangle-left" : "triangle-right"),
          size: 9,
        },
        hovertemplate: "one of the two failed<extra></extra>",
      } as Data],
      ...!mean ? [] : [{
        ...common,
        x: [scaled(mean.mean)],
        y: [y],
        marker: { color: NEUTRAL, symbol: "circle", size: 9 },
        error_x: {
          type: "data",
          symmetric: false,
          array: [round(scaled(mean.interval?.[1] ?? mean.mean) - scaled(mean.mean))],
          arrayminus: [round(scaled(mean.mean) - scaled(mean.interval?.[0] ?? mean.mean))],
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
      margin: { l: 16, r: 24, t: 12, b: 48 },
      xaxis: {
        ...AXIS,
        title: axisTitle(title),
        automargin: false, // on narrow screens the margin and the ticks would go on changing each other
        ...(isRatio ? ratios(high - low) : {}),
        range: [low - 1.6 * room, high + 1.6 * room],
      },
      yaxis: { ...BARE_AXIS, range: [rows.length - 0.5, -0.5], showticklabels: false },
      shapes: [
        ...rows.flatMap(({ margin }, row) =>
          margin === undefined ? [] : [{
            ...{ type: "rect", layer: "below", fillcolor: "#eeeeee", line: { width: 0 } } as const,
            ...{ x0: scaled(-margin), x1: scaled(margin), y0: row - 0.5, y1: row + 0.5 },
          }]
        ),
        {
          ...{ type: "line", line: { color: GREY, width: 1.5 } } as const,
          layer: "between" as "below", // the grid and the marks; its types do not know it yet
          ...{ x0: scaled(0), x1: scaled(0), y0: -0.5, y1: rows.length - 0.5 },
        },
      ],
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
    description: `Differences, one mark for each seed. ${
      rows.map((row) => comparisonSentence(row).replaceAll("**", "")).join(" ")
    }`,
  };
}
