// @ts-types="@types/plotly.js"
import type { Data } from "plotly.js-cartesian-dist-min";
import { escapeHtml } from "../experiments/escape.ts";
import { mean } from "../experiments/mean.ts";
import { AXIS, axisTitle } from "./axes.ts";
import { nothing, panelLayout } from "./panels.ts";
import { otherStyle } from "./styles.ts";
import { type Figure, round } from "./theme.ts";

/** How many steps on either side enter a point of a thick line; at the start, as many as there are. */
const halfOf = (steps: number) => Math.max(5, Math.round(steps / 20));

/**
 * Training loss step by step: every step thin; thick, the mean of the eleven around it, or of a tenth of
 * all where that is more, as far as there are so many.
 *
 * @param losses Of each training, under its name.
 */
export function lossCurves(losses: Record<string, readonly number[]>): Figure {
  const trainings = Object.entries(losses);
  if (trainings.length === 0) return nothing();
  const words: string[] = [];
  const data = trainings.flatMap(([name, values], i): Data[] => {
    const { color, dash } = otherStyle(i);
    const most = halfOf(values.length);
    const smooth = values.slice(0, -most).map((_, step) => {
      const half = Math.min(most, step);
      return mean(values.slice(step - half, step + half + 1));
    });
    words.push(`${name} ${mean(values.slice(-10)).toFixed(2)}`);
    const x = values.map((_, step) => step + 1);
    const line = (y: number[], width: number, opacity: number): Data => ({
      type: "scatter",
      mode: "lines",
      ...{ x, y: y.map((loss) => round(loss)), opacity },
      line: { color, width, dash: width > 1 ? dash : "solid" },
      name: escapeHtml(name),
      showlegend: width > 1,
      hovertemplate: `${escapeHtml(name)}, step %{x}: %{y}<extra></extra>`,
    });
    return [line([...values], 1, 0.35), line(smooth, 2.5, 1)];
  });
  return {
    data,
    layout: panelLayout([{
      x: { ...AXIS, title: axisTitle("step"), showgrid: false },
      y: { ...AXIS, title: axisTitle("training loss (thick: smoothed)"), rangemode: "tozero" },
    }], { columns: 1, rowHeight: 240, legend: trainings.map(([name]) => name) }),
    description: `Training loss, mean of the last ten steps: ${words.join("; ")}.`,
  };
}
