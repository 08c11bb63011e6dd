// @ts-types="@types/plotly.js"
import type { Data } from "plotly.js-cartesian-dist-min";
import { escapeHtml } from "../experiments/escape.ts";
import type { BatchNormRecord, TrialRecord } from "../experiments/record.ts";
import { CONSTANT } from "../experiments/thresholds.ts";
import { quantiles } from "../findings/statistics.ts";
import { axesOf, AXIS, axisTitle } from "./axes.ts";
import { type ColumnsOptions, nothing, panelLayout } from "./panels.ts";
import { byPlacement, groupStyles } from "./styles.ts";
import { type Figure, legendEntry, round } from "./theme.ts";

/**
 * What batch normalization learned, layer by layer: the distribution of γ and of β over the channels
 * of all trials (box: quartiles and median; whiskers: the middle 90 %; small marks: smallest and
 * largest), and, if there are any, the share of channels that are constant, that is, whose input had no
 * variance over the whole training set.
 *
 * @param records Trials of one architecture that recorded `layers`; others are passed over.
 */
export function gammaBeta(
  records: readonly TrialRecord[],
  { columns = 3 }: ColumnsOptions = {},
): Figure {
  const groups = byPlacement(records.filter(({ batchNorm }) => batchNorm.length > 0));
  if (groups.length === 0) return nothing();
  const styles = groupStyles(groups);
  const depth = Math.max(0, ...groups.flatMap((g) => g.records.map((r) => r.batchNorm.length)));
  const layers = Array.from({ length: depth }, (_, i) => i);
  // Beside one another within a layer.
  const offset = (i: number) => (i - (groups.length - 1) / 2) * 0.34;
  const channels = (i: number, layer: number, value: (record: BatchNormRecord) => number[]) =>
    groups[i].records.flatMap(({ batchNorm }) => batchNorm[layer] ? value(batchNorm[layer]) : []);
  const constantShare = (i: number, layer: number) => {
    const variances = channels(i, layer, ({ dataset }) => dataset.variance);
    return variances.length === 0
      ? null
      : 100 * variances.filter((variance) => variance < CONSTANT).length / variances.length;
  };

  const highestShare = Math.max(
    ...groups.flatMap((_, i) => layers.map((layer) => constantShare(i, layer) ?? 0)),
  );
  const someConstant = highestShare > 0;

  const parameters = [
    { title: "γ", value: ({ gamma }: BatchNormRecord) => gamma },
    { title: "β", value: ({ beta }: BatchNormRecord) => beta },
  ];
  const data = groups.flatMap(({ label }, i): Data[] => {
    const { color, symbol } = styles[i];
    const boxes = parameters.flatMap(({ title, value }, panel): Data[] => {
      const quantiles = layers.map((layer) => quantilesOf(channels(i, layer, value)));
      const at = (q: keyof Quantiles) => quantiles.map((of) => of[q]);
      const x = layers.map((layer) => round(layer + 1 + offset(i)));
      return [
        {
          ...axesOf(panel),
          type: "box",
          x,
          lowerfence: at("low"),
          q1: at("q1"),
          median: at("median"),
          q3: at("q3"),
          upperfence: at("high"),
          width: 0.26,
          line: { color, width: 1.5 },
          fillcolor: i % 2 === 0 ? `${color}40` : "rgba(0, 0, 0, 0)",
          showlegend: false,
          name: escapeHtml(label),
          hoverinfo: "y",
        } as unknown as Data,
        {
          ...axesOf(panel),
          type: "scatter",
          mode: "markers",
          x: [...x, ...x],
          y: [...at("minimum"), ...at("maximum")],
          marker: { color, symbol: `${symbol}-open`, size: 5 },
          showlegend: false,
          hovertemplate: `${escapeHtml(label)}, extreme ${title}: %{y}<extra></extra>`,
        },
      ];
    });
    if (!someConstant) return boxes;
    const shares = layers.map((layer) => constantShare(i, layer));
    return [...boxes, {
      ...axesOf(2),
      type: "scatter",
      mode: "markers",
      x: layers.map((layer) => round(layer + 1 + offset(i))),
      y: shares.map((share) => share === null ? null : round(share)),
      error_y: {
        // A stem down to 0.
        type: "data",
        symmetric: false,
        array: layers.map(() => 0),
        arrayminus: shares.map((share) => share === null ? 0 : round(share)),
        color,
        thickness: 2,
        width: 0,
      },
      marker: { color, symbol, size: 9 },
      showlegend: false,
      hovertemplate: `${escapeHtml(label)}: %{y} % constant<extra></extra>`,
    }];
  });
  data.push(...groups.map(({ label }, i) =>
    legendEntry(label, {
      mode: "markers",
      marker: { color: styles[i].color, symbol: styles[i].symbol, size: 9 },
    })
  ));
  const x = {
    ...AXIS,
    title: axisTitle("BN layer"),
    range: [0.4, depth + 0.6],
    tickvals: layers.map((layer) => layer + 1),
    showgrid: false,
  };
  const top = Math.max(1, highestShare);
  const panels = [
    ...parameters.map(({ title }) => ({ title: `learned ${title}`, x, y: { ...AXIS } })),
    ...someConstant
      ? [{ title: "constant channels (%)", x, y: { ...AXIS, range: [-0.03 * top, 1.06 * top] } }]
      : [],
  ];
  const sentences = groups.map(({ label }, i) => {
    const of = layers.map((layer) => {
      const [gamma, beta] = parameters.map(({ value }) =>
        quantilesOf(channels(i, layer, value)).median?.toFixed(2).replace(/^-0\.00$/, "0.00")
          .replace("-", "−")
      );
      return `layer ${layer + 1} γ ${gamma}, β ${beta}, ` +
        `${constantShare(i, layer)?.toFixed(1) ?? "?"} % of channels constant`;
    });
    return `${label}: ${of.join("; ")}`;
  });
  return {
    data,
    layout: panelLayout(panels, { columns, legend: groups.map(({ label }) => label) }),
    description: `What batch normalization learned, medians over channels. ${
      sentences.join(". ")
    }.`,
  };
}

interface Quantiles {
  minimum: number | null;
  low: number | null;
  q1: number | null;
  median: number | null;
  q3: number | null;
  high: number | null;
  maximum: number | null;
}

/** Quantiles of the finite ones of some numbers. */
function quantilesOf(values: readonly number[]): Quantiles {
  const finite = values.filter(Number.isFinite);
  const [minimum, low, q1, median, q3, high, maximum] = quantiles(
    finite,
    [0, 0.05, 0.25, 0.5, 0.75, 0.95, 1],
  ).map((value) => finite.length > 0 ? round(value) : null);
  return { minimum, low, q1, median, q3, high, maximum };
}
