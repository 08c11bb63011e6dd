// @ts-types="@types/plotly.js"
import type { Data, LayoutAxis } from "plotly.js-cartesian-dist-min";
import type { ActivationSummary, TrialRecord } from "../experiments/record.ts";
import { signed } from "../findings/words.ts";
import { type ActivationKind, layersOf } from "./activation_layers.ts";
import { type Axes, axesOf, AXIS, axisTitle, BARE_AXIS } from "./axes.ts";
import { commonRange, densityOf } from "./density.ts";
import { nothing, panelLayout } from "./panels.ts";
import { byPlacement, groupStyles } from "./styles.ts";
import { type Figure, NEUTRAL, round } from "./theme.ts";

/** What a ridge can show; the zeros of ReLU would leave no height for the rest of its outputs. */
type Kind = Exclude<ActivationKind, "activation">;

const KIND_WORDS: Record<Kind, string> = {
  inputs: "inputs of the activations",
  affine: "outputs of the affine maps",
  batchNorm: "outputs of batch normalization",
};

/** Points of a ridge; the first and the last lie on its base. */
const BINS = 36;
/** How far the highest ridge rises, in steps between epochs. */
const RISE = 2.2;

/** Options of {@linkcode activationRidges}. */
export interface ActivationRidgesOptions {
  /**
   * What is shown; of several kinds, each has a column of its own.
   * @default "inputs"
   */
  kind?: Kind | readonly Kind[];
}

/**
 * Each hidden layer's distribution after each epoch as a row of ridges, the first epoch on top: one
 * row of panels for each layer, one column for each placement. A line joins the means. All panels of
 * a layer have the same scale, which leaves out the outermost half percent at each end.
 *
 * @param records Trials that measured `histograms`; the first of each placement is shown.
 */
export function activationRidges(
  records: readonly TrialRecord[],
  { kind = "inputs" }: ActivationRidgesOptions = {},
): Figure {
  const placements = byPlacement(records.filter(hasHistograms));
  if (placements.length === 0) return nothing();
  const kinds = [kind].flat() as Kind[];
  const styles = groupStyles(placements);
  // A column for each placement and kind.
  const columns = placements.flatMap(({ label, records: [record] }, i) =>
    kinds.map((kind) => ({
      label: kinds.length === 1
        ? label
        : placements.length === 1
        ? KIND_WORDS[kind]
        : `${label}, ${KIND_WORDS[kind]}`,
      color: styles[i].color,
      layers: layersOf(record, kind),
      epochs: record.epochs.length,
    }))
  );
  const depth = Math.max(...columns.map(({ layers }) => layers.length));
  const epochs = Math.max(...columns.map(({ epochs }) => epochs));

  const data: Data[] = [];
  const panels = Array.from({ length: depth }, (_, layer) => {
    const range = commonRange(
      columns.flatMap(({ layers }) => (layers[layer] ?? []).map(({ histogram }) => histogram)),
    );
    return columns.map(({ label, color, layers }, column) => {
      const axes = axesOf(layer * columns.length + column);
      const summaries = layers[layer] ?? [];
      data.push(...ridges(summaries, { color, range, axes }), meansOf(summaries, axes));
      return {
        // Short, since three of them stand side by side.
        title: layer === 0 ? label.replace(/ the activation(?!s)/, "") : undefined,
        x: {
          ...AXIS,
          range: range.map((end) => round(end)),
          ...(layer === depth - 1 ? { title: axisTitle("value") } : {}),
        },
        y: ridgeAxis(epochs, `layer ${layer + 1}, epoch`),
      };
    });
  }).flat();
  const sentences = columns.map(({ label, layers }) => {
    const moved = Array.from({ length: depth }, (_, layer) => {
      const finite = (layers[layer] ?? []).filter(({ mean }) => mean !== null);
      if (finite.length === 0) return `layer ${layer + 1} has no finite values`;
      return `layer ${layer + 1} from ${moments(finite[0])} to ${moments(finite.at(-1)!)}`;
    });
    return `${label}: ${moved.join(", ")}`;
  });
  return {
    data,
    layout: panelLayout(panels, { columns: columns.length, rowHeight: 200 }),
    description: "Distribution of the " +
      `${kinds.map((kind) => KIND_WORDS[kind]).join(" and the ")} of each hidden layer, epoch by ` +
      `epoch; mean ± standard deviation after the first and after the last. ${
        sentences.join("; ")
      }.`,
  };
}

function hasHistograms({ epochs }: TrialRecord): boolean {
  return epochs.some(({ activations }) =>
    activations.some(({ histogram }) => histogram.counts.length > 0)
  );
}

interface Ridges {
  color: string;
  range: [number, number];
  axes: Axes;
}

/** A ridge for each epoch that has values. */
function ridges(
  summaries: readonly ActivationSummary[],
  { color, range, axes }: Ridges,
): Data[] {
  const [low, high] = range;
  const densities = summaries.map(({ histogram }) => densityOf(histogram, range, BINS));
  const highest = Math.max(0, ...densities.flat());
  return densities.flatMap((density, i) => {
    if (density.length === 0) return [];
    return [{
      ...axes,
      type: "scatter",
      mode: "lines",
      x0: round(low),
      dx: round((high - low) / BINS),
      y: density.map((value) => Number((-(i + 1) + RISE * value / highest).toFixed(2))),
      // From the end straight back to the start, which is the ridge's base.
      fill: "toself",
      fillcolor: `${color}30`,
      line: { color, width: 1.2 },
      showlegend: false,
      hoverinfo: "skip",
    } as Data];
  });
}

function meansOf(summaries: readonly ActivationSummary[], axes: Axes): Data {
  return {
    ...axes,
    type: "scatter",
    mode: "lines+markers",
    x: summaries.map(({ mean }) => mean === null ? null : round(mean, 3)),
    y: summaries.map((_, i) => -(i + 1)),
    text: summaries.map(({ mean, deviation }, i) =>
      `epoch ${i + 1}: mean ${mean?.toFixed(2)}, standard deviation ${deviation?.toFixed(2)}`
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
