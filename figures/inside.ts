/**
 * What is inside one model: distributions of values, and channels in order.
 *
 * @module
 */
// @ts-types="@types/plotly.js"
import type { Data, LayoutAxis } from "plotly.js-cartesian-dist-min";
import { escapeHtml } from "../experiments/escape.ts";
import type { TrialRecord } from "../experiments/record.ts";
import { count } from "../experiments/format.ts";
import { median } from "../findings/statistics.ts";
import { signed } from "../findings/words.ts";
import { axesOf, AXIS, axisTitle } from "./axes.ts";
import { type ColumnsOptions, nothing, panelLayout } from "./panels.ts";
import { otherStyle } from "./styles.ts";
import { type Figure, GREY, NEUTRAL, round } from "./theme.ts";

/** Values under a name. */
export interface NamedValues {
  label: string;
  values: ArrayLike<number>;
}

const BINS = 50;

/** A share in percent so large that beside it, on a linear scale, one would not see the others. */
const OUTWEIGHS = 30;

const LINEAR: Partial<LayoutAxis> = { ...AXIS, title: axisTitle("share of values (%)") };
const LOGARITHMIC: Partial<LayoutAxis> = {
  ...AXIS,
  type: "log",
  title: axisTitle("share of values (%), log scale"),
  range: [-2, 2.05],
  tickvals: [0.01, 0.1, 1, 10, 100],
  ticktext: ["0.01", "0.1", "1", "10", "100"],
};

/** Options of {@linkcode valueHistograms}. */
export interface HistogramOptions extends ColumnsOptions {
  /**
   * Whether all panels have the same axis of values.
   * @default false
   */
  sameValues?: boolean;
}

/**
 * How the values of several outputs are distributed, one panel each: share of the values in each of
 * 50 bins, on a logarithmic scale where one bin outweighs the others. The outermost thousandth at the
 * upper end is left out; the dotted line is 0.
 */
export function valueHistograms(
  groups: readonly NamedValues[],
  { columns = 2, sameValues = false }: HistogramOptions = {},
): Figure {
  const shown = groups.filter(({ values }) => values.length > 0);
  if (shown.length === 0) return nothing();
  const words: string[] = [];
  const data: Data[] = [];
  let tallest = 0;
  const panels = shown.map(({ label, values }, i) => {
    const sorted = Float64Array.from(values).sort();
    const [low, high] = [sorted[0], sorted[Math.floor(0.999 * (sorted.length - 1))]];
    const width = (high - low) / BINS || 1;
    const counts = new Array<number>(BINS).fill(0);
    for (const value of sorted) {
      if (value <= high) counts[Math.min(BINS - 1, Math.floor((value - low) / width))] += 1;
    }
    const shares = counts.map((n) => 100 * n / sorted.length);
    const highest = shares.indexOf(Math.max(...shares));
    tallest = Math.max(tallest, shares[highest]);
    words.push(
      `${label}: from ${signed(low, 2)} to ${signed(sorted.at(-1)!, 2)}, tallest bar ` +
        `${shares[highest].toFixed(1)} % at ${signed(low + (highest + 0.5) * width, 2)}`,
    );
    data.push({
      ...axesOf(i),
      type: "bar",
      x: shares.map((_, bin) => round(low + (bin + 0.5) * width)),
      y: shares.map((share) => share === 0 ? null : round(share)),
      width: width,
      marker: { color: NEUTRAL, line: { width: 0 } },
      showlegend: false,
      hovertemplate: `${escapeHtml(label)}, about %{x}: %{y} %<extra></extra>`,
    } as Data);
    return {
      title: label,
      x: {
        ...AXIS,
        title: axisTitle("value (highest 0.1 % left out)"),
        showgrid: false,
        range: [low - width, high + width],
      },
    };
  });
  if (sameValues) {
    const ends = panels.flatMap(({ x }) => x.range);
    for (const { x } of panels) x.range = [Math.min(...ends), Math.max(...ends)];
  }
  const y = tallest > OUTWEIGHS ? LOGARITHMIC : LINEAR;
  const layout = panelLayout(
    panels.map((panel) => ({ ...panel, y })),
    { columns, rowHeight: 190, shareY: true },
  );
  layout.shapes = panels.flatMap(({ x }, i) =>
    x.range[0] < 0 && x.range[1] > 0
      ? [{
        type: "line",
        xref: axesOf(i).xaxis as "x",
        yref: `${axesOf(i).yaxis} domain` as "paper",
        x0: 0,
        x1: 0,
        y0: 0,
        y1: 1,
        line: { color: GREY, width: 1, dash: "dot" },
      }]
      : []
  );
  return {
    data,
    layout,
    description: `Distribution of values. ${words.join("; ")}.`,
  };
}

/** Where a logarithmic scale begins. */
const FLOOR = 1e-4;

/** Options of {@linkcode sortedChannels}. */
export interface SortedChannelsOptions {
  /** Name of the quantity, with its unit. */
  title: string;
  /**
   * Whether the scale is logarithmic; values below 1e-4 are then drawn at it.
   * @default false
   */
  log?: boolean;
  /** A level to compare with, and its name. */
  reference?: { value: number; name: string };
}

/**
 * A quantity of the channels of several layers, from the smallest to the largest: at 30 % on the
 * lower axis, 30 % of the layer's channels have less.
 */
export function sortedChannels(
  layers: readonly NamedValues[],
  { title, log = false, reference }: SortedChannelsOptions,
): Figure {
  const shown = layers.filter(({ values }) => values.length > 0);
  if (shown.length === 0) return nothing();
  const words: string[] = [];
  const data = shown.map(({ label, values }, i): Data => {
    const sorted = Array.from(values).sort((a, b) => a - b);
    words.push(
      `${label}: ${inWords(sorted[0])} to ${inWords(sorted.at(-1)!)}, median ` +
        inWords(median(sorted)),
    );
    const { color, dash } = otherStyle(i);
    return {
      type: "scatter",
      mode: "lines",
      x: sorted.map((_, rank) => round(100 * (rank + 0.5) / sorted.length)),
      y: sorted.map((value) => round(log ? Math.max(FLOOR, value) : value)),
      line: { color, width: 2.5, dash },
      name: escapeHtml(label),
      hovertemplate: `${
        escapeHtml(label)
      }, %{x:.0f} % of the channels are below %{y}<extra></extra>`,
    };
  });
  const layout = panelLayout(
    [{
      x: {
        ...AXIS,
        title: axisTitle("channels, sorted (% of the layer)"),
        range: [0, 100],
        showgrid: false,
      },
      y: {
        ...AXIS,
        title: axisTitle(title),
        ...(log
          ? { type: "log" as const, ...powersFrom(FLOOR) }
          : { rangemode: "tozero" as const }),
      },
    }],
    { columns: 1, legend: shown.map(({ label }) => label) },
  );
  if (reference) {
    layout.shapes = [{
      type: "line",
      xref: "paper",
      x0: 0,
      x1: 1,
      y0: reference.value,
      y1: reference.value,
      line: { color: GREY, width: 1.5, dash: "dot" },
    }];
    layout.annotations = [...(layout.annotations ?? []), {
      text: escapeHtml(reference.name),
      xref: "paper",
      x: 0.99,
      xanchor: "right",
      y: log ? Math.log10(reference.value) : reference.value,
      yanchor: "top",
      showarrow: false,
    }];
  }
  return {
    data,
    layout,
    description: `${title}, channels in order. ${words.join("; ")}.` +
      (reference ? ` For comparison: ${reference.name}, ${reference.value.toPrecision(2)}.` : ""),
  };
}

/** Two digits, without an exponent where there is no need of one. */
function inWords(value: number): string {
  return String(Number(value.toPrecision(2)));
}

/** Ticks at the powers of ten; the lowest stands for all below it. */
function powersFrom(floor: number) {
  const tickvals = Array.from({ length: 12 }, (_, i) => floor * 10 ** i);
  return {
    tickvals,
    ticktext: tickvals.map((value, i) => `${i === 0 ? "≤ " : ""}${Number(value.toPrecision(6))}`),
  };
}

/**
 * The standard deviation of every channel of BN's inputs over the training set, channels in order,
 * one line for each BN layer; constant channels lie at the lower end. The dotted line is √ε: what
 * varies less is not brought to standard deviation 1.
 *
 * @param records Trials of one experiment that recorded `layers`; their channels are put together.
 */
export function channelDeviations(records: readonly TrialRecord[]): Figure {
  const layers = Map.groupBy(records.flatMap(({ batchNorm }) => batchNorm), ({ layer }) => layer);
  const trials = records.filter(({ batchNorm }) => batchNorm.length > 0).length;
  const epsilon = records[0]?.experiment.epsilon ?? 1e-3;
  const figure = sortedChannels(
    [...layers].map(([label, entries]) => ({
      label,
      values: entries.flatMap(({ dataset }) => dataset.variance.map(Math.sqrt)),
    })),
    {
      title: "standard deviation σ of BN's input",
      log: true,
      reference: { value: Math.sqrt(epsilon), name: "√ε" },
    },
  );
  if (trials === 0) return figure;
  return { ...figure, description: `${figure.description} (${count(trials, "trial")})` };
}
