/**
 * How the inputs of the activations are distributed, and how that moves over the epochs.
 *
 * The inputs of the activations are what batch normalization was invented to keep steady: the output
 * of BN where it stands before the activation, of the affine map otherwise.
 *
 * @module
 */
// @ts-types="@types/plotly.js"
import type { Data, LayoutAxis } from "plotly.js-cartesian-dist-min";
import { escapeHtml } from "../experiments/escape.ts";
import type { ActivationSummary, TrialRecord } from "../experiments/record.ts";
import { count } from "../experiments/format.ts";
import { mean } from "../experiments/mean.ts";
import { signed } from "../findings/words.ts";
import {
  axesOf,
  AXIS,
  axisTitle,
  BARE_AXIS,
  byPlacement,
  epochAxis,
  type Figure,
  groupStyles,
  type LabeledRecords,
  legendEntry,
  NEUTRAL,
  NOTHING,
  panelLayout,
  round,
  type Style,
} from "./theme.ts";

/** Which outputs of a block are looked at; "inputs" are those that the activation gets. */
export type ActivationKind = "inputs" | ActivationSummary["kind"];

const KIND_WORDS: Record<ActivationKind, string> = {
  inputs: "inputs of the activations",
  affine: "outputs of the affine maps",
  activation: "outputs of the activations",
  batchNorm: "outputs of batch normalization",
};

/** Options of {@linkcode activationRidges}. */
export interface ActivationRidgesOptions {
  /**
   * What is shown; of several kinds, each has a column of its own.
   * @default "inputs"
   */
  kind?: ActivationKind | readonly ActivationKind[];
  /**
   * The hidden layers to show, from 0.
   * @default {all}
   */
  layers?: readonly number[];
}

/**
 * Each hidden layer's distribution after each epoch as a row of ridges, the first epoch on top: one
 * row of panels for each layer, one column for each placement. A line joins the means. All panels of
 * a layer have the same scale, which leaves out the outermost half percent at each end; of outputs of
 * activations, the peak at 0 is cut off.
 *
 * @param records Trials that measured `histograms`; the first of each placement is shown.
 */
export function activationRidges(
  records: readonly TrialRecord[],
  { kind = "inputs", layers }: ActivationRidgesOptions = {},
): Figure {
  const withHistograms = records.filter(({ epochs }) =>
    epochs.some(({ activations }) =>
      activations.some(({ histogram }) => histogram.counts.length > 0)
    )
  );
  const kinds = [kind].flat() as ActivationKind[];
  const placements = byPlacement(withHistograms);
  const placementStyles = groupStyles(placements);
  // A column for each placement and kind.
  const groups = placements.flatMap(({ label, records }, i) =>
    kinds.map((kind) => ({
      label: kinds.length === 1
        ? label
        : placements.length === 1
        ? KIND_WORDS[kind]
        : `${label}, ${KIND_WORDS[kind]}`,
      records,
      kind,
      style: placementStyles[i],
    }))
  );
  const trials = groups.map(({ records: [record], kind }) => layersOf(record, kind));
  const depth = Math.max(0, ...trials.map(({ length }) => length));
  const shown = layers ?? Array.from({ length: depth }, (_, i) => i);
  const epochs = Math.max(1, ...groups.map(({ records: [{ epochs }] }) => epochs.length));

  const data: Data[] = [];
  const panels = shown.flatMap((layer, row) => {
    const [low, high] = commonRange(trials.flatMap((trial) => trial[layer] ?? []));
    return groups.map(({ label, kind, style }, column) => {
      const axes = axesOf(row * groups.length + column);
      const course = trials[column][layer] ?? [];
      const densities = course.map(({ histogram }) => densityOf(histogram, low, high));
      // The zeros of ReLU would leave no height for the rest: their peak is cut off.
      const zero = kind === "activation" ? -low * BINS / (high - low) : NaN;
      const highest = Math.max(
        0,
        ...densities.flatMap((density) => density.filter((_, i) => !(Math.abs(i - zero) <= 2))),
      );
      densities.forEach((density, i) => {
        if (density.length === 0) return;
        data.push({
          ...axes,
          type: "scatter",
          mode: "lines",
          x0: round(low),
          dx: round((high - low) / BINS),
          y: density.map((value) =>
            Number((-(i + 1) + RISE * Math.min(1, value / highest)).toFixed(2))
          ),
          // From the end straight back to the start, which is the ridge's base.
          fill: "toself",
          fillcolor: `${style.color}30`,
          line: { color: style.color, width: 1.2 },
          showlegend: false,
          hoverinfo: "skip",
        } as Data);
      });
      data.push(meansOf(course, axes));
      return {
        // Short, since three of them stand side by side.
        title: row === 0 ? label.replace(/ the activation(?!s)/, "") : undefined,
        x: {
          ...AXIS,
          range: [round(low), round(high)],
          ...(row === shown.length - 1 ? { title: axisTitle("value") } : {}),
        },
        y: ridgeAxis(epochs, `layer ${layer + 1}, epoch`),
      };
    });
  });
  const description = groups.map(({ label }, column) => {
    const moved = shown.map((layer) => {
      const course = (trials[column][layer] ?? []).filter(({ mean }) => mean !== null);
      if (course.length === 0) return `layer ${layer + 1} has no finite values`;
      return `layer ${layer + 1} from ${moments(course[0])} to ${moments(course.at(-1)!)}`;
    });
    return `${label}: ${moved.join(", ")}`;
  });
  return {
    data,
    layout: panelLayout(panels, { columns: Math.max(1, groups.length), rowHeight: 200 }),
    description: groups.length === 0
      ? NOTHING
      : `Distribution of the ${
        kinds.map((kind) => KIND_WORDS[kind]).join(" and the ")
      } of each hidden layer, epoch by epoch; mean ± ` +
        `deviation after the first and after the last. ${description.join("; ")}.`,
  };
}

/** Points of a ridge; the first and the last lie on its base. */
const BINS = 36;
/** How far the highest ridge rises, in steps between epochs. */
const RISE = 2.2;

type Course = ActivationSummary[];

/** For each hidden layer, its summaries epoch by epoch. */
function layersOf(record: TrialRecord, kind: ActivationKind): Course[] {
  const wanted = kind !== "inputs"
    ? kind
    : record.experiment.placement === "pre"
    ? "batchNorm"
    : "affine";
  const byLayer = Map.groupBy(
    record.epochs.flatMap(({ activations }) =>
      activations.filter((summary) => summary.kind === wanted)
    ),
    ({ layer }) => layer,
  );
  return [...byLayer.values()];
}

/** From where to where almost all values of these histograms lie. */
function commonRange(summaries: readonly ActivationSummary[]): [number, number] {
  const ends = summaries.flatMap(({ histogram: { low, high, counts } }) => {
    const total = counts.reduce((sum, n) => sum + n, 0);
    if (total === 0 || !(high > low)) return [];
    const width = (high - low) / counts.length;
    const cut = (order: number[]) => {
      let sum = 0;
      return order.findIndex((n) => (sum += n) > 0.005 * total);
    };
    return [[low + width * cut(counts), high - width * cut(counts.toReversed())]];
  });
  if (ends.length === 0) return [-1, 1];
  return [Math.min(...ends.map(([low]) => low)), Math.max(...ends.map(([, high]) => high))];
}

/** A histogram's density at BINS + 1 points from low to high, 0 at both ends; empty if it has none. */
function densityOf(
  { low, high, counts }: ActivationSummary["histogram"],
  from: number,
  to: number,
): number[] {
  const total = counts.reduce((sum, n) => sum + n, 0);
  if (total === 0 || !(high > low)) return [];
  const width = (high - low) / counts.length;
  const step = (to - from) / BINS;
  return Array.from({ length: BINS + 1 }, (_, i) => {
    if (i === 0 || i === BINS) return 0;
    // The share of values within half a step on either side, bins cut where they must be.
    const [left, right] = [from + (i - 0.5) * step, from + (i + 0.5) * step];
    const share = counts.reduce((sum, n, bin) => {
      const start = low + bin * width;
      const overlap = Math.min(right, start + width) - Math.max(left, start);
      return overlap > 0 ? sum + n * overlap / width : sum;
    }, 0);
    return share / total / step;
  });
}

function meansOf(course: Course, axes: ReturnType<typeof axesOf>): Data {
  return {
    ...axes,
    type: "scatter",
    mode: "lines+markers",
    x: course.map(({ mean }) => mean === null ? null : round(mean, 3)),
    y: course.map((_, i) => -(i + 1)),
    text: course.map(({ mean, deviation }, i) =>
      `epoch ${i + 1}: mean ${mean?.toFixed(2)}, deviation ${deviation?.toFixed(2)}`
    ),
    line: { color: NEUTRAL, width: 1 },
    marker: { color: NEUTRAL, size: 4 },
    showlegend: false,
    hovertemplate: "%{text}<extra></extra>",
  };
}

function ridgeAxis(epochs: number, title: string): Partial<LayoutAxis> {
  const step = Math.ceil(epochs / 10);
  const ticks = Array.from({ length: epochs }, (_, i) => i + 1).filter((epoch) =>
    epoch === 1 || epoch === epochs || (epoch % step === 0 && epochs - epoch >= step)
  );
  return {
    ...BARE_AXIS,
    title: axisTitle(title),
    range: [-epochs - 0.4, RISE - 0.6],
    tickvals: ticks.map((epoch) => -epoch),
    ticktext: ticks.map(String),
  };
}

function moments({ mean, deviation }: ActivationSummary): string {
  return `${signed(mean!, 2)} ± ${deviation?.toFixed(2) ?? "?"}`;
}

/**
 * Mean (upper row) and deviation (lower row) of the inputs of the activations by epoch, one column
 * for each hidden layer, one line for each placement: every trial thin, the mean thick. Trials that diverged are left out.
 */
export function activationMoments(records: readonly TrialRecord[]): Figure {
  return courses(records, [
    { title: "mean", value: ({ mean }) => mean },
    { title: "deviation", value: ({ deviation }) => deviation },
  ], "Inputs of the activations, after the first and after the last epoch");
}

/**
 * How far the inputs of the activations moved since the epoch before, in deviations of the unit: one
 * panel for each hidden layer, one line for each placement: every trial thin, the mean thick. Trials that diverged are left out.
 */
export function activationDrift(records: readonly TrialRecord[]): Figure {
  return courses(records, [
    { title: "shift (deviations)", value: ({ shift }) => shift },
  ], "How far the inputs of the activations moved since the epoch before, in deviations");
}

interface Quantity {
  title: string;
  value: (summary: ActivationSummary) => number | null;
}

function courses(
  records: readonly TrialRecord[],
  quantities: readonly Quantity[],
  start: string,
): Figure {
  const measured = records.filter(({ epochs }) =>
    epochs.some(({ activations }) => activations.length > 0)
  );
  // Of a trial that diverged, the numbers just before would be all that one sees.
  const groups = byPlacement(measured.filter(({ diverged }) => diverged === null));
  const left = measured.filter(({ diverged }) => diverged !== null).length;
  const styles = groupStyles(groups);
  const layers = groups.map(({ records }) => records.map((record) => layersOf(record, "inputs")));
  const depth = Math.max(0, ...layers.flat().map(({ length }) => length));
  const epochs = Math.max(1, ...groups.flatMap((g) => g.records.map((r) => r.epochs.length)));

  const data: Data[] = [];
  const words: string[][] = groups.map(() => []);
  const panels = quantities.flatMap(({ title, value }, row) => {
    const courses = layers.map((group) =>
      Array.from(
        { length: depth },
        (_, layer) => group.map((trial) => (trial[layer] ?? []).map(value)),
      )
    );
    const scale = scaleOf(courses.flat(3));
    return Array.from({ length: depth }, (_, layer) => {
      const axes = axesOf(row * depth + layer);
      groups.forEach(({ label }, i) => {
        const trials = courses[i][layer];
        const mean = meanCourse(trials);
        if (trials.length > 1) {
          data.push(...trials.map((trial) => line(trial, styles[i], axes, label, true)));
        }
        data.push(line(mean, styles[i], axes, label, false));
        const finite = mean.filter((number) => number !== null);
        const ends = finite.length === 0
          ? "none"
          : `${signed(finite[0], 2)} and ${signed(finite.at(-1)!, 2)}`;
        words[i].push(`${title}, layer ${layer + 1}: ${ends}`);
      });
      const { title: epoch, ...x } = epochAxis(epochs);
      return {
        title: row === 0 ? `layer ${layer + 1}` : undefined,
        x: row === quantities.length - 1 ? { ...x, title: epoch } : x,
        y: { ...AXIS, title: axisTitle(title), ...scale },
      };
    });
  });
  if (groups.length > 0) {
    data.push(...groups.map(({ label }, i) =>
      legendEntry(label, {
        mode: "lines+markers",
        line: { color: styles[i].color, width: 2.5, dash: styles[i].dash },
        marker: { color: styles[i].color, symbol: styles[i].symbol, size: 7 },
      })
    ));
  }
  const sentences = groups.map(({ label }, i) => `${label}: ${words[i].join(", ")}`);
  return {
    data,
    layout: panelLayout(depth > 0 ? panels : [], {
      // A row for each quantity, however deep the network.
      columns: depth,
      rowHeight: 190,
      shareY: "row",
      legend: groups.map(({ label }) => label),
    }),
    description: (groups.length === 0 ? NOTHING : `${start}. ${sentences.join("; ")}.`) +
      (left > 0 ? ` Left out: ${count(left, "trial")} that diverged.` : ""),
  };
}

/** Logarithmic where numbers differ thirtyfold, or the small ones would all look like none. */
function scaleOf(all: readonly (number | null)[]): Partial<LayoutAxis> {
  const numbers = all.filter((number) => number !== null);
  const [low, high] = [Math.min(...numbers), Math.max(...numbers)];
  return low > 0 && high > 30 * low ? { type: "log", dtick: 1 } : {};
}

/** The mean over trials at each epoch; null where no trial has a number. */
function meanCourse(trials: readonly (number | null)[][]): (number | null)[] {
  const length = Math.max(0, ...trials.map(({ length }) => length));
  return Array.from({ length }, (_, i) => {
    const present = trials.map((trial) => trial[i] ?? null).filter((value) => value !== null);
    return present.length > 0 ? mean(present) : null;
  });
}

function line(
  course: readonly (number | null)[],
  { color, symbol, dash }: Style,
  axes: ReturnType<typeof axesOf>,
  label: LabeledRecords["label"],
  thin: boolean,
): Data {
  return {
    ...axes,
    type: "scatter",
    mode: thin || course.length > 15 ? "lines" : "lines+markers",
    x: course.map((_, i) => i + 1),
    y: course.map((value) => value === null ? null : round(value)),
    line: { color, width: thin ? 1 : 2.5, dash: thin ? "solid" : dash },
    marker: { color, symbol, size: 6 },
    ...(thin ? { opacity: 0.45 } : {}),
    showlegend: false,
    hovertemplate: `${escapeHtml(label)}, epoch %{x}: %{y}<extra></extra>`,
  };
}
