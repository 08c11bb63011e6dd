// @ts-types="@types/plotly.js"
import type { Data } from "plotly.js-cartesian-dist-min";
import type { LabeledImages } from "../data/labeled_images.ts";
import { thousands } from "../experiments/format.ts";
import { signed } from "../findings/words.ts";
import { rawScaling, type Scaling, standardizedScaling, unitScaling } from "../data/scaling.ts";
import { axesOf, AXIS, axisTitle } from "./axes.ts";
import { nothing, panelLayout } from "./panels.ts";
import { type Figure, GREY, round } from "./theme.ts";

/** Each scaling in words. */
export const SCALING_WORDS: Record<Scaling["name"], string> = {
  raw: "raw bytes",
  unit: "÷255",
  standardized: "standardized",
};

const BINS = 32;

/**
 * How the values of all pixels are distributed, raw, ÷255 and standardized: the shape is the same,
 * the axis is not. The share of pixels is on a logarithmic scale, since half of them are background.
 */
export function scalings(split: LabeledImages): Figure {
  if (split.count === 0) return nothing();
  const histogram = new Float64Array(256);
  for (const byte of split.images) histogram[byte]++;
  const total = split.images.length;
  const mean = histogram.reduce((sum, n, byte) => sum + n * byte, 0) / total;
  const deviation = Math.sqrt(
    histogram.reduce((sum, n, byte) => sum + n * (byte - mean) ** 2, 0) / total,
  );
  const width = 256 / BINS;
  const shares = Array.from(
    { length: BINS },
    (_, bin) =>
      round(
        100 * histogram.subarray(bin * width, (bin + 1) * width).reduce((a, b) => a + b) / total,
        3,
      ),
  );
  const scaled = [rawScaling, unitScaling, standardizedScaling(split)].map((scaling) => ({
    words: SCALING_WORDS[scaling.name],
    of: (byte: number) => (byte - scaling.mean) / scaling.deviation,
    deviation: deviation / scaling.deviation,
  }));

  const data = scaled.map(({ of }, i): Data => ({
    ...axesOf(i),
    type: "bar",
    x0: round(of(width / 2), 6),
    dx: round(of(width) - of(0), 6),
    y: shares,
    marker: { color: GREY },
    showlegend: false,
    hovertemplate: "%{x}: %{y} % of pixels<extra></extra>",
  }));
  const layout = panelLayout(
    scaled.map(({ words }) => ({
      title: words,
      x: { ...AXIS, title: axisTitle("value of a pixel"), showgrid: false },
      y: { ...AXIS, type: "log" as const, dtick: 1, title: axisTitle("share of pixels (%)") },
    })),
    { columns: 3, rowHeight: 200, shareY: true },
  );
  layout.bargap = 0;
  const words = scaled.map(({ words, of, deviation }) =>
    `${words[0].toUpperCase()}${words.slice(1)}: mean ${signed(of(mean), 2)}, standard deviation ${
      deviation.toFixed(2)
    }`
  );
  return {
    data,
    layout,
    description: `Pixel values of ${thousands(split.count)} images; ` +
      `${(100 * histogram[0] / total).toFixed(1)} % are background (0 before scaling). ` +
      `${words.join(". ")}.`,
  };
}
