// @ts-types="@types/plotly.js"
import type { Data, Layout } from "plotly.js-cartesian-dist-min";
import { AXIS, axisTitle, logAxis } from "./axes.ts";
import { baseLayout, type Figure, GREY, NEUTRAL, round } from "./theme.ts";

/** Values of ε on the slider: TensorFlow.js's default is 1e-3, PyTorch's 1e-5. */
const EPSILONS = [1e-8, 1e-5, 1e-3, 1e-1];

/** What is shown before a reader moves the slider, and on paper. */
const FIRST = 1e-3;

/**
 * What BN makes of a channel's standard deviation, σ/√(σ² + ε) for γ = 1, with a slider for ε: about 1
 * where σ² is far above ε, and σ/√ε, next to nothing, where it is far below.
 */
export function epsilonSlider(): Figure {
  const deviations = Array.from({ length: 81 }, (_, i) => round(10 ** (-5 + i / 13.3)));
  const after = (s: number, epsilon: number) => s / Math.sqrt(s * s + epsilon);
  const data: Data[] = EPSILONS.flatMap((epsilon): Data[] => [
    {
      type: "scatter",
      mode: "lines",
      x: deviations,
      y: deviations.map((s) => round(after(s, epsilon))),
      line: { color: NEUTRAL, width: 2.5 },
      visible: epsilon === FIRST,
      hovertemplate: "σ %{x}: %{y}<extra></extra>",
    },
    {
      type: "scatter",
      mode: "lines",
      x: [Math.sqrt(epsilon), Math.sqrt(epsilon)],
      y: [0, 1.05],
      line: { color: GREY, width: 1, dash: "dash" },
      visible: epsilon === FIRST,
      hovertemplate: "σ = √ε<extra></extra>",
    },
  ]);
  const base = baseLayout(330);
  const layout: Partial<Layout> = {
    ...base,
    margin: { ...base.margin, r: 24, t: 12, b: 120 },
    showlegend: false,
    xaxis: {
      ...logAxis([]),
      tickvals: [1e-4, 1e-3, 1e-2, 1e-1, 1],
      ticktext: ["0.0001", "0.001", "0.01", "0.1", "1"],
      range: [-5, 1],
      title: axisTitle("standard deviation σ of a channel (dashed: √ε)"),
    },
    yaxis: { ...AXIS, range: [0, 1.08], title: axisTitle("standard deviation after BN") },
    sliders: [{
      active: EPSILONS.indexOf(FIRST),
      currentvalue: { prefix: "ε = " },
      pad: { t: 52 },
      steps: EPSILONS.map((epsilon) => ({
        label: epsilon.toExponential(),
        method: "restyle",
        args: ["visible", EPSILONS.flatMap((other) => Array(2).fill(other === epsilon))],
      })),
    }],
  };
  const words = EPSILONS.map((epsilon) =>
    `${epsilon}: ${[1e-3, 1e-1].map((s) => after(s, epsilon).toPrecision(2)).join(" and ")}`
  );
  return {
    data,
    layout,
    description: "The standard deviation of a channel after BN, by that before it, for ε " +
      `${FIRST} (the slider has others). For channels of 0.001 and of 0.1, by ε: ${
        words.join("; ")
      }.`,
  };
}
