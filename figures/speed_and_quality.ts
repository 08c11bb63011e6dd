// @ts-types="@types/plotly.js"
import type { Data } from "plotly.js-cartesian-dist-min";
import { mean } from "../experiments/mean.ts";
import { testAccuracyOf, type TrialRecord } from "../experiments/record.ts";
import { afterFive } from "../experiments/sweeps/placement.ts";
import { PLACEMENTS } from "../experiments/sweeps/row.ts";
import { afterLong, afterOne } from "../experiments/sweeps/speed.ts";
import { hasFailed, Trials } from "../findings/claims/trials.ts";
import { PLACEMENT_WORDS } from "../findings/setting.ts";
import { points } from "../findings/words.ts";
import { percent } from "./accuracy_axis.ts";
import { axesOf, AXIS, axisTitle, logAxis } from "./axes.ts";
import { type ColumnsOptions, nothing, panelLayout } from "./panels.ts";
import { PLACEMENT_STYLES } from "./styles.ts";
import type { Figure } from "./theme.ts";

/** How far the placements stand apart, so that their trials can be told: a factor of the epochs. */
const APART = { none: 0.93, pre: 1, post: 1.07 };

/**
 * Test accuracy after one epoch, five, and many, each at the end of a schedule of its own, and each
 * model at its own learning rate: every trial as a small mark, the means as lines. Left is speed, right
 * is quality. Failed trials are left out, and the description counts them.
 *
 * @param records Of any experiments; those of the headline table are picked.
 */
export function speedAndQuality(
  records: readonly TrialRecord[],
  { columns = 2 }: ColumnsOptions = {},
): Figure {
  const trials = new Trials(records);
  const lines = (["mlp", "cnn"] as const).flatMap((model) =>
    PLACEMENTS.map((placement) => ({
      model: model.toUpperCase(),
      placement,
      ends: [afterOne, afterFive, afterLong].map((at) => {
        const experiment = at(`${model}-${placement}`);
        const all = [...trials.of(experiment).values()];
        const learned = all.filter((trial) => !hasFailed(trial));
        return { epochs: experiment.epochs, learned, failed: all.length - learned.length };
      }).filter(({ learned, failed }) => learned.length + failed > 0),
    }))
  ).filter(({ ends }) => ends.length > 0);
  if (lines.length === 0) return nothing();
  const models = [...new Set(lines.map(({ model }) => model))];
  const data = lines.flatMap(({ model, placement, ends }): Data[] => {
    const panel = models.indexOf(model);
    const { color, symbol, dash } = PLACEMENT_STYLES[placement];
    const words = PLACEMENT_WORDS[placement];
    const shown = ends.filter(({ learned }) => learned.length > 0);
    const flat = shown.flatMap(({ epochs, learned }) =>
      learned.map((trial) => ({ epochs, trial }))
    );
    return [
      {
        ...axesOf(panel),
        type: "scatter",
        mode: "markers",
        x: flat.map(({ epochs }) => epochs * APART[placement]),
        y: flat.map(({ trial }) => percent(testAccuracyOf(trial))),
        text: flat.map(({ trial }) => `seed ${trial.seed}`),
        marker: { color, symbol: `${symbol}-open`, size: 5, line: { width: 1, color } },
        showlegend: false,
        hovertemplate: `${words}, %{text}: %{y:.2f} %<extra></extra>`,
      } as Data,
      {
        ...axesOf(panel),
        type: "scatter",
        mode: "lines+markers",
        name: words,
        showlegend: panel === 0,
        x: shown.map(({ epochs }) => epochs * APART[placement]),
        y: shown.map(({ learned }) => percent(mean(learned.map(testAccuracyOf)))),
        line: { color, width: 2, dash },
        marker: { color, symbol, size: 9 },
        hovertemplate: `${words}, mean: %{y:.2f} %<extra></extra>`,
      } as Data,
    ];
  });
  const panels = models.map((title) => ({
    title,
    x: {
      ...logAxis(
        lines.filter(({ model }) => model === title)
          .flatMap(({ ends }) => ends.map(({ epochs }) => epochs)),
      ),
      title: axisTitle("epochs of training"),
    },
    y: { ...AXIS, title: axisTitle("test accuracy (%)") },
  }));
  const legend = PLACEMENTS.map((placement) => PLACEMENT_WORDS[placement]);
  return {
    data,
    layout: panelLayout(panels, { columns, rowHeight: 300, legend }),
    description: "Test accuracy by the length of training. " +
      lines.map(({ model, placement, ends }) =>
        `${model}, ${PLACEMENT_WORDS[placement]}: ` + ends.map(({ epochs, learned, failed }) =>
          [
            learned.length > 0 && `${points(mean(learned.map(testAccuracyOf)))} %`,
            failed > 0 && `${failed} failed`,
          ].filter(Boolean).join(" and ") + ` after ${epochs}`
        ).join(", ")
      ).join("; ") + ".",
  };
}
