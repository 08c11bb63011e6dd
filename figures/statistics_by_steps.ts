// @ts-types="@types/plotly.js"
import type { Data } from "plotly.js-cartesian-dist-min";
import { mean } from "../experiments/mean.ts";
import type { Score, StepRecord, TrialRecord } from "../experiments/record.ts";
import { SCHEDULE_WORDS } from "../findings/setting.ts";
import { points } from "../findings/words.ts";
import { accuracyAxis } from "./accuracy_axis.ts";
import { axesOf, axisTitle, logAxis } from "./axes.ts";
import { type ColumnsOptions, nothing, panelLayout } from "./panels.ts";
import { otherStyle } from "./styles.ts";
import { type Figure, legendEntry } from "./theme.ts";

/** Two ways to predict with the same weights, each with its look. */
const KINDS = [
  { name: "dataset statistics", look: otherStyle(0), of: (step: StepRecord) => step.dataset },
  { name: "moving average", look: otherStyle(2), of: (step: StepRecord) => step.moving },
] as const;

/**
 * Validation accuracy of the same weights with dataset statistics and with the moving average, after
 * some steps of training: one panel for each schedule of the learning rate, every trial thin, the mean
 * thick.
 *
 * @param records Trials that measured `steps`; others are passed over.
 */
export function statisticsBySteps(
  records: readonly TrialRecord[],
  { columns = 2 }: ColumnsOptions = {},
): Figure {
  const bySchedule = Map.groupBy(
    records.filter(({ steps }) => steps.length > 0),
    ({ experiment }) => experiment.schedule,
  );
  const panels = [...bySchedule];
  if (panels.length === 0) return nothing();
  const accuracy = (score: Score | null) => score?.accuracy ?? NaN;
  const scale = accuracyAxis(
    panels.flatMap(([, trials]) =>
      trials.flatMap(({ steps }) =>
        steps.flatMap((step) => KINDS.map(({ of }) => accuracy(of(step))))
      )
    ),
    { title: "validation accuracy (%)" },
  );
  const words: string[] = [];
  const data = panels.flatMap(([schedule, trials], panel) =>
    KINDS.flatMap(({ name, look: { color, dash, symbol }, of }): Data[] => {
      const x = trials[0].steps.map(({ step }) => step);
      const curves = trials.map(({ steps }) => steps.map((step) => accuracy(of(step))));
      const means = x.map((_, i) => mean(curves.map((curve) => curve[i])));
      words.push(
        `${SCHEDULE_WORDS[schedule]}, ${name}: ` +
          x.map((step, i) => `${points(means[i], 1)} % after ${step}`).join(", "),
      );
      const curve = (y: number[], width: number): Data => ({
        ...axesOf(panel),
        type: "scatter",
        mode: width > 1 ? "lines+markers" : "lines",
        x,
        ...scale.place(y),
        line: { color, width, dash: width > 1 ? dash : "solid" },
        marker: { color, symbol, size: 7 },
        opacity: width > 1 ? 1 : 0.45,
        showlegend: false,
        hovertemplate: `${name}, %{x} steps: ${scale.hover}<extra></extra>`,
      });
      return [...curves.map((y) => curve(y, 1)), curve(means, 2.5)];
    })
  );
  data.push(...KINDS.map(({ name, look: { color, dash, symbol } }) =>
    legendEntry(name, {
      mode: "lines+markers",
      line: { color, width: 2.5, dash },
      marker: { color, symbol, size: 7 },
    })
  ));
  const layout = panelLayout(
    panels.map(([schedule, [{ steps }]]) => ({
      title: SCHEDULE_WORDS[schedule],
      x: { ...logAxis(steps.map(({ step }) => step)), title: axisTitle("steps of training") },
      y: scale.axis,
    })),
    { columns, rowHeight: 220, shareY: true, legend: KINDS.map(({ name }) => name) },
  );
  layout.shapes = scale.separators(panels.map((_, i) => axesOf(i)));
  return {
    data,
    layout,
    description: `Validation accuracy of the same weights by step. ${words.join("; ")}.`,
  };
}
