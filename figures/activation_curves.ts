/**
 * How the inputs of the activations move over the epochs: mean, standard deviation and shift.
 *
 * @module
 */
// @ts-types="@types/plotly.js"
import type { Data, LayoutAxis } from "plotly.js-cartesian-dist-min";
import { escapeHtml } from "../experiments/escape.ts";
import { count } from "../experiments/format.ts";
import type { ActivationSummary, TrialRecord } from "../experiments/record.ts";
import { signed } from "../findings/words.ts";
import { layersOf } from "./activation_layers.ts";
import { type Axes, axesOf, AXIS, axisTitle, epochAxis } from "./axes.ts";
import { byEpoch } from "./by_epoch.ts";
import { inOneLine } from "./curves.ts";
import { nothing, panelLayout } from "./panels.ts";
import { byPlacement, groupStyles, type Style } from "./styles.ts";
import { type Figure, legendEntry, round } from "./theme.ts";

/**
 * Mean (upper row) and standard deviation (lower row) of the inputs of the activations by epoch, one
 * column for each hidden layer, one line for each placement: every trial thin, the mean thick. Trials
 * that diverged are left out.
 */
export function activationMoments(records: readonly TrialRecord[]): Figure {
  return curves(records, [
    { title: "mean", value: ({ mean }) => mean },
    { title: "standard deviation", value: ({ deviation }) => deviation },
  ], "Inputs of the activations, after the first and after the last epoch");
}

/**
 * How far the inputs of the activations moved since the epoch before, in standard deviations of the
 * unit: one panel for each hidden layer, lines as in {@linkcode activationMoments}.
 */
export function activationDrift(records: readonly TrialRecord[]): Figure {
  return curves(records, [
    { title: "shift (standard deviations)", value: ({ shift }) => shift },
  ], "How far the inputs of the activations moved since the epoch before, in deviations");
}

/** What a row of panels shows. */
interface Quantity {
  title: string;
  value: (summary: ActivationSummary) => number | null;
}

function curves(
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
  const leftOut = left > 0 ? ` Left out: ${count(left, "trial")} that diverged.` : "";
  if (groups.length === 0) return nothing(leftOut);

  const styles = groupStyles(groups);
  const trials = groups.map(({ records }) => records.map((record) => layersOf(record, "inputs")));
  const depth = Math.max(...trials.flat().map(({ length }) => length));
  const epochs = Math.max(...groups.flatMap((g) => g.records.map((r) => r.epochs.length)));

  const data: Data[] = [];
  const words: string[][] = groups.map(() => []);
  const panels = quantities.flatMap(({ title, value }, row) => {
    const scale = scaleOf(trials.flat(3).map(value));
    return Array.from({ length: depth }, (_, layer) => {
      const axes = axesOf(row * depth + layer);
      groups.forEach(({ label }, i) => {
        const own = trials[i].map((layers) => (layers[layer] ?? []).map(value));
        const mean = byEpoch(own);
        if (own.length > 1) data.push(lines(own, styles[i], axes, label, true));
        data.push(lines([mean], styles[i], axes, label, false));
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
  data.push(...groups.map(({ label }, i) => {
    const { color, symbol, dash } = styles[i];
    return legendEntry(label, {
      mode: "lines+markers",
      line: { color, width: 2.5, dash },
      marker: { color, symbol, size: 7 },
    });
  }));
  return {
    data,
    layout: panelLayout(panels, {
      // A row for each quantity, however deep the network.
      columns: depth,
      rowHeight: 190,
      shareY: "row",
      legend: groups.map(({ label }) => label),
    }),
    description: `${start}. ` +
      groups.map(({ label }, i) => `${label}: ${words[i].join(", ")}`).join("; ") +
      `.${leftOut}`,
  };
}

/** Logarithmic where numbers differ thirtyfold, or the small ones would all look like none. */
function scaleOf(all: readonly (number | null)[]): Partial<LayoutAxis> {
  const numbers = all.filter((number) => number !== null);
  const [low, high] = [Math.min(...numbers), Math.max(...numbers)];
  return low > 0 && high > 30 * low ? { type: "log", dtick: 1 } : {};
}

/** Lines of one look, drawn as one with gaps. */
function lines(
  all: readonly (readonly (number | null)[])[],
  { color, symbol, dash }: Style,
  axes: Axes,
  label: string,
  thin: boolean,
): Data {
  return {
    ...axes,
    type: "scatter",
    mode: thin || all[0].length > 15 ? "lines" : "lines+markers",
    x: inOneLine(all.map((values) => values.map((_, i) => i + 1))),
    y: inOneLine(all).map((value) => value === null ? null : round(value)),
    line: { color, width: thin ? 1 : 2.5, dash: thin ? "solid" : dash },
    marker: { color, symbol, size: 6 },
    ...(thin ? { opacity: 0.45 } : {}),
    showlegend: false,
    hovertemplate: `${escapeHtml(label)}, epoch %{x}: %{y}<extra></extra>`,
  };
}
