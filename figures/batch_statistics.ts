/**
 * Prediction with the statistics of the batch, of the dataset, or with the moving average.
 *
 * @module
 */
// @ts-types="@types/plotly.js"
import type { Data } from "plotly.js-cartesian-dist-min";
import type { EpochRecord, TrialRecord } from "../experiments/record.ts";
import { count } from "../experiments/format.ts";
import { points } from "../findings/words.ts";
import { accuracyAxis } from "./accuracy_axis.ts";
import { axesOf, epochAxis } from "./axes.ts";
import { byEpoch } from "./by_epoch.ts";
import { type ColumnsOptions, nothing, panelLayout } from "./panels.ts";
import { otherStyle } from "./styles.ts";
import { type Figure, legendEntry } from "./theme.ts";

/** The three ways to predict with the same weights, each with its look. */
const MODES = [
  {
    name: "dataset statistics",
    symbol: "circle-open",
    look: otherStyle(0),
    accuracy: ({ modes }: EpochRecord) => modes?.dataset.accuracy ?? NaN,
  },
  {
    name: "moving average",
    symbol: "circle",
    look: { ...otherStyle(2), dash: "dash" },
    accuracy: ({ validation }: EpochRecord) => validation.accuracy,
  },
  {
    name: "the batch's own",
    symbol: "square",
    look: { ...otherStyle(1), dash: "dot" },
    accuracy: ({ modes }: EpochRecord) => modes?.batch.accuracy ?? NaN,
  },
] as const;

/**
 * Validation accuracy of the same weights with three kinds of statistics, by epoch: those of the dataset, the
 * moving average, and those of the batch that the image happens to be in. One panel for each batch
 * size, with its own scale; every trial thin, the mean thick.
 *
 * @param records Trials that measured `modes`; others are passed over.
 */
export function statisticsModes(
  records: readonly TrialRecord[],
  { columns = 2 }: ColumnsOptions = {},
): Figure {
  const measured = records.filter(({ epochs }) => epochs.some(({ modes }) => modes !== null));
  if (measured.length === 0) return nothing();
  const sizes = [...new Set(measured.map(({ experiment }) => experiment.batchSize))]
    .sort((a, b) => a - b);
  const length = Math.max(...measured.map(({ epochs }) => epochs.length));
  const ofSize = (size: number) =>
    measured.filter(({ experiment }) => experiment.batchSize === size);
  // Each size has its own: what matters is how far apart the three are.
  const scales = sizes.map((size) =>
    accuracyAxis(
      ofSize(size).flatMap(({ epochs }) => MODES.flatMap(({ accuracy }) => epochs.map(accuracy))),
      { title: "validation accuracy (%)" },
    )
  );
  const means = (trials: readonly TrialRecord[], { accuracy }: typeof MODES[number]) =>
    byEpoch(trials.map(({ epochs }) => epochs.map(accuracy)));

  const data = sizes.flatMap((size, panel) =>
    MODES.flatMap((mode): Data[] => {
      const { name, symbol, look: { color, dash } } = mode;
      const trials = ofSize(size);
      const axes = axesOf(panel);
      const scale = scales[panel];
      const thin = trials.length === 1 ? [] : trials.map(({ epochs, seed }): Data => ({
        ...axes,
        type: "scatter",
        mode: "lines",
        x: epochs.map(({ epoch }) => epoch),
        ...scale.place(epochs.map(mode.accuracy)),
        line: { color, width: 1 },
        opacity: 0.45,
        showlegend: false,
        hovertemplate: `${name}, seed ${seed}: ${scale.hover}<extra></extra>`,
      }));
      return [...thin, {
        ...axes,
        type: "scatter",
        mode: "lines+markers",
        x: Array.from({ length }, (_, i) => i + 1),
        ...scale.place(means(trials, mode)),
        line: { color, width: 2.5, dash },
        marker: { color, symbol, size: 8, line: { color, width: 2 } },
        name,
        showlegend: false,
        hovertemplate: `${name}, mean of ${count(trials.length, "trial")}: ` +
          `${scale.hover}<extra></extra>`,
      }];
    })
  );
  data.push(...MODES.map(({ name, symbol, look: { color, dash } }) =>
    legendEntry(name, {
      mode: "lines+markers",
      line: { color, width: 2.5, dash },
      marker: { color, symbol, size: 8, line: { color, width: 2 } },
    })
  ));
  const layout = panelLayout(
    sizes.map((size, panel) => ({
      title: `batches of ${size}`,
      x: epochAxis(length),
      y: scales[panel].axis,
    })),
    { columns, rowHeight: 210, legend: MODES.map(({ name }) => name) },
  );
  layout.shapes = scales.flatMap((scale, i) => scale.separators([axesOf(i)]));
  const sentences = sizes.map((size) => {
    const numbers = MODES.map((mode) => {
      const curve = means(ofSize(size), mode);
      return `${mode.name} ${points(curve[0]!)} and ${points(curve.at(-1)!)} %`;
    });
    return `batches of ${size}: ${numbers.join(", ")}`;
  });
  return {
    data,
    layout,
    description:
      "Validation accuracy of the same weights with three kinds of statistics, after the first " +
      `and after the last epoch. ${sentences.join("; ")}.`,
  };
}
