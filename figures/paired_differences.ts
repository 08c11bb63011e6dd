/**
 * Differences of paired trials with their intervals: a forest plot.
 *
 * @module
 */
// @ts-types="@types/plotly.js"
import type { Data } from "plotly.js-cartesian-dist-min";
import { escapeHtml } from "../experiments/escape.ts";
import { amount, intervalOf } from "../findings/claims/sentences.ts";
import type { Contrast, Finding } from "../findings/claims/claim.ts";
import { intervalName } from "../findings/words.ts";
import type { PairedDifference } from "../findings/statistics.ts";
import { axesOf, AXIS, axisTitle, BARE_AXIS } from "./axes.ts";
import { nothing } from "./panels.ts";
import { baseLayout, type Figure, GREY, legendEntry, NEUTRAL, round } from "./theme.ts";

type Unit = Contrast["unit"];

/** In the order of their panels. */
const UNITS: readonly Unit[] = ["points", "standard deviations", "e-folds"];

/** One difference, in words and numbers. */
export interface DifferenceRow {
  /** What is compared, and which minus which. */
  label: string;
  difference: PairedDifference;
  /**
   * Of accuracies, in percentage points; of other numbers, as they are.
   * @default "points"
   */
  unit?: Unit;
}

/** The same with its unit. */
type Row = Required<DifferenceRow>;

/** Every comparison of these claims. */
export function claimDifferences(findings: readonly Finding[]): DifferenceRow[] {
  return findings.flatMap(({ contrasts }) =>
    contrasts.map(({ subject, first, second, difference, unit }) => ({
      label: `${subject}: ${first.words} minus ${second.words}`,
      difference,
      unit,
    }))
  );
}

/** Options of {@linkcode pairedDifferences}. */
export interface PairedDifferencesOptions {
  /**
   * A line of a row's words has no more letters than this, unless a word has; for narrow screens.
   * @default Infinity
   */
  labelLength?: number;
}

/**
 * Differences of paired trials, one row each: the mean as a mark and its interval as a line, beside
 * the line of no difference. The mark is filled where the interval excludes 0, and open where the
 * trials decide nothing. An interval that would make the rest illegible ends in an arrow at the edge.
 */
export function pairedDifferences(
  given: readonly DifferenceRow[],
  { labelLength = Infinity }: PairedDifferencesOptions = {},
): Figure {
  if (given.length === 0) return nothing();
  const rows = given.map((row): Row => ({ ...row, unit: row.unit ?? "points" }));
  const groups = UNITS.map((unit) => rows.filter((row) => row.unit === unit))
    .filter((group) => group.length > 0);
  const data = groups.flatMap(groupTraces);
  data.push(
    legendEntry("interval excludes 0", {
      mode: "markers",
      marker: { color: NEUTRAL, symbol: "circle", size: 9 },
    }),
    legendEntry("no difference shown", {
      mode: "markers",
      marker: { color: NEUTRAL, symbol: "circle-open", size: 9, line: { width: 1.5 } },
    }),
  );

  const labelOf = ({ label, difference }: Row) =>
    inLines(label + (difference.summary === null ? " (no paired trials)" : ""), labelLength);
  const lines = Math.max(...rows.map((row) => labelOf(row).length));
  const [top, bottom, gap] = [36, 48, 56];
  const heights = groups.map((group) => (ROW + LINE * (lines - 1)) * group.length);
  const inner = heights.reduce((sum, height) => sum + height, gap * (groups.length - 1));
  const layout: Figure["layout"] & Record<string, unknown> = baseLayout(top + inner + bottom);
  layout.margin = { l: 16, r: 16, t: top, b: bottom };
  layout.shapes = [];
  layout.annotations = [];
  let above = 0;
  groups.forEach((group, i) => {
    const { xaxis, yaxis } = axesOf(i);
    const [{ unit }] = group;
    layout[xaxis.replace("x", "xaxis")] = {
      ...AXIS,
      anchor: yaxis,
      range: rangeOf(group),
      zeroline: true,
      zerolinecolor: GREY,
      zerolinewidth: 1.5,
      title: axisTitle(`difference (${unit === "points" ? "percentage points" : unit})`),
    };
    layout[yaxis.replace("y", "yaxis")] = {
      ...BARE_AXIS,
      anchor: xaxis,
      domain: [round(1 - (above + heights[i]) / inner), round(1 - above / inner)],
      range: [group.length - 0.5, -0.5],
      showticklabels: false,
    };
    layout.annotations!.push(
      ...group.map((one, row) => ({
        text: labelOf(one).map(escapeHtml).join("<br>"),
        x: 0,
        xref: `${xaxis} domain`,
        xanchor: "left",
        align: "left",
        y: row - 0.22,
        yref: yaxis,
        showarrow: false,
        font: { size: 12 },
        // Words stand on the lines, not behind them.
        bgcolor: "#ffffff",
      } as const)) as typeof layout.annotations,
    );
    above += heights[i] + gap;
  });
  return {
    data,
    layout,
    description: `Differences of paired trials. ${rows.map(inWords).join("; ")}.`,
  };
}

/** Height of a row, in pixels: its words in one line above its mark. */
const ROW = 46;
/** Height of a further line of words. */
const LINE = 15;
/** How far below the middle of its row a mark stands, in rows. */
const DROP = 0.18;

/** Words in lines of limited length. */
function inLines(text: string, length: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const longer = lines.length > 0 ? `${lines.at(-1)} ${word}` : word;
    if (lines.length > 0 && longer.length <= length) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}

/** In the unit of the axis. */
function scaled({ unit }: Row, value: number): number {
  return round(unit === "points" ? 100 * value : value);
}

/**
 * All means, zero, and the intervals as far as they reach no more than twice beyond the span of the
 * means.
 */
function rangeOf(rows: readonly Row[]): [number, number] {
  const summaries = rows.flatMap((row) =>
    row.difference.summary ? [{ row, summary: row.difference.summary }] : []
  );
  const means = [0, ...summaries.map(({ row, summary }) => scaled(row, summary.mean))];
  const [low, high] = [Math.min(...means), Math.max(...means)];
  const widths = summaries.map(({ row, summary }) =>
    summary.interval ? scaled(row, summary.interval[1] - summary.mean) : 0
  ).filter((width) => width > 0).sort((a, b) => a - b);
  const usual = widths[Math.floor(widths.length / 2)] ?? 0;
  const most = Math.max(high - low, 2 * usual) || 1;
  const ends = summaries.flatMap(({ row, summary: { interval } }) =>
    interval ? interval.map((bound) => scaled(row, bound)) : []
  );
  const from = Math.max(low - most, Math.min(low, ...ends));
  const to = Math.min(high + most, Math.max(high, ...ends));
  const margin = 0.05 * (to - from || 1);
  return [round(from - margin), round(to + margin)];
}

function groupTraces(rows: readonly Row[], panel: number): Data[] {
  const axes = axesOf(panel);
  const [from, to] = rangeOf(rows);
  return rows.flatMap((row, i): Data[] => {
    const { difference: { summary, verdict } } = row;
    if (summary === null) return [];
    const y = i + DROP;
    const decided = verdict === "better" || verdict === "worse";
    const mark: Data = {
      ...axes,
      type: "scatter",
      mode: "markers",
      x: [scaled(row, summary.mean)],
      y: [y],
      marker: {
        color: NEUTRAL,
        symbol: decided ? "circle" : "circle-open",
        size: 9,
        line: { width: 1.5, color: NEUTRAL },
      },
      showlegend: false,
      hovertemplate: `${escapeHtml(inWords(row))}<extra></extra>`,
    };
    if (summary.interval === null) return [mark];
    const [low, high] = summary.interval.map((bound) => scaled(row, bound));
    const ends = [Math.max(low, from), Math.min(high, to)];
    return [
      {
        ...axes,
        type: "scatter",
        mode: "lines+markers",
        x: ends,
        y: [y, y],
        line: { color: NEUTRAL, width: 1.5 },
        marker: {
          color: NEUTRAL,
          size: 9,
          symbol: [
            low < from ? "triangle-left" : "line-ns-open",
            high > to ? "triangle-right" : "line-ns-open",
          ],
        },
        showlegend: false,
        hoverinfo: "skip",
      },
      mark,
    ];
  });
}

function inWords(row: Row): string {
  const { label, difference, unit } = row;
  const { summary, verdict } = difference;
  if (summary === null) return `${label}: no paired trials`;
  const interval = summary.interval
    ? `, ${intervalName(difference)} ${intervalOf(row).join(" to ")}`
    : "";
  return `${label}: ${amount(row, summary.mean)} ${unit}${interval} (${verdict})`;
}
