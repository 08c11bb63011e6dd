/**
 * Charts: curves by step, and what is in the layers as histograms back to back.
 *
 * @module
 */
import { CLASS_NAMES } from "@batchnorm/from-scratch";
// @ts-types="@types/plotly.js"
import * as Plotly from "plotly.js-cartesian-dist-min";
import { useLayoutEffect, useRef } from "preact/hooks";
import { AXIS, axisTitle } from "../figures/axes.ts";
import { baseLayout } from "../figures/theme.ts";

/** Seen on white and on black: of what comes first and second in a chart, and of the run before. */
const [FIRST, SECOND, BEFORE] = ["#2b8cd6", "#d06a1a", "rgba(127, 127, 127, 0.6)"];
const LINES = { ...AXIS, gridcolor: "rgba(127, 127, 127, 0.25)", automargin: false };
const BINS = 25;

type Axis = Partial<Plotly.LayoutAxis>;

/** A chart, and in words for whoever does not see it. */
function Chart({ words, x, y, data }: { words: string; x: Axis; y: Axis; data: Plotly.Data[] }) {
  const place = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const layout = {
      ...baseLayout(260),
      paper_bgcolor: "transparent",
      plot_bgcolor: "transparent",
      xaxis: { ...LINES, ...x },
      yaxis: { ...LINES, ...y },
    };
    Plotly.react(place.current!, data, layout, { staticPlot: true, responsive: true });
  });
  useLayoutEffect(() => {
    const drawn = place.current!;
    return () => Plotly.purge(drawn);
  }, []);
  return <div ref={place} role="img" aria-label={words} />;
}

/** Values, each with the step that it is of. */
export type Curve = [step: number, value: number][];

/** Curves by step: those of this run under their names, and a faint one of the run before. */
export function Curves({ title, now, before }: {
  title: string;
  now: Record<string, Curve>;
  before?: Curve;
}) {
  const curves = Object.entries({ ...now, ...before && { "the run before": before } });
  if (curves.every(([, curve]) => curve.length === 0)) return null; // so that a page opens sooner
  const words = curves.map(([name, curve]) => {
    const [step, value] = curve.at(-1) ?? [0];
    return `${name} ${short(value)} after ${step} steps`;
  });
  const data = curves.map(([name, curve], i): Plotly.Data => ({
    name,
    mode: curve.length === 1 ? "markers" : "lines",
    line: { color: curve === before ? BEFORE : [FIRST, SECOND][i] },
    zorder: -i, // the run before is behind the others
    x: curve.map(([step]) => step),
    y: curve.map(([, value]) => value),
  }));
  return (
    <Chart
      words={`${title}: ${words.join("; ")}.`}
      x={{ title: axisTitle("step"), rangemode: "tozero" }}
      y={{ title: axisTitle(title), rangemode: "tozero" }}
      data={data}
    />
  );
}

/** Two groups of values in each layer. */
export interface Distributions {
  title: string;
  names: [left: string, right: string];
  layers: Iterable<number>[][];
}

/** Histograms of both groups back to back, for one layer beside the other. */
export function Histograms({ title, names, layers }: Distributions) {
  const words = layers.map((groups, i) =>
    `layer ${i + 1}, ${names.map((name, side) => `${name} ${rangeOf(groups[side])}`).join(", ")}`
  );
  const data = names.map((name, side): Plotly.Data => {
    const outlines = layers.map((groups, i) => outline(groups[side], i + 1, side - 0.5));
    return {
      name,
      mode: "lines",
      fill: "toself",
      line: { color: [FIRST, SECOND][side], width: 1, shape: "vh" },
      x: outlines.flatMap(({ x }) => [...x, null]),
      y: outlines.flatMap(({ y }) => [...y, null]),
    };
  });
  return (
    <Chart
      words={`${title}: ${words.join("; ")}.`}
      x={{ title: axisTitle("layer"), tick0: 1, dtick: layers.length > 8 ? 3 : 1 }}
      y={{ title: axisTitle(title) }}
      data={data}
    />
  );
}

/** The outline of a histogram that lies on its side, with bars from `at` that reach so far. */
function outline(values: Iterable<number>, at: number, reach: number) {
  const [low, high] = endsOf(values);
  const counts = Array<number>(BINS).fill(0);
  const width = (high - low) / BINS;
  for (const value of values) {
    counts[Math.min(BINS - 1, Math.floor((value - low) / (width || 1)))] += 1;
  }
  const bars = counts.map((count) => at + 0.9 * reach * count / Math.max(...counts));
  return { x: [at, ...bars, at], y: [low, ...bars.map((_, bin) => low + bin * width), high] };
}

/** Dots for one image's probabilities in percent, a row for each class. */
export function Probabilities({ rows }: { rows: number[][] }) {
  const words = CLASS_NAMES.map((name, k) => `${name} ${rangeOf(rows.map((row) => row[k]))} %`);
  return (
    <Chart
      words={`probability of each class: ${words.join("; ")}.`}
      x={{ title: axisTitle("probability (%)"), range: [-2, 102] }}
      y={{ autorange: "reversed", automargin: true }}
      data={[{
        mode: "markers",
        marker: { color: FIRST, opacity: 0.6 },
        x: rows.flat(),
        y: rows.flatMap(() => CLASS_NAMES),
      }]}
    />
  );
}

function endsOf(values: Iterable<number>): [low: number, high: number] {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return [low, high];
}

function rangeOf(values: Iterable<number>): string {
  return endsOf(values).map((end) => short(end)).join(" to ");
}

/** A number in a few digits. */
export function short(value?: number): string {
  return value === undefined ? "–" : String(Number(value.toPrecision(3))).replace("-", "−");
}
