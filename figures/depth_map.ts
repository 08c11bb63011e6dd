/**
 * Where training works at all: depth against learning rate, with batch normalization and without.
 *
 * @module
 */
// @ts-types="@types/plotly.js"
import type { Data } from "plotly.js-cartesian-dist-min";
import type { NormRecord, TrialRecord } from "../experiments/record.ts";
import { DEPTHS, inMap, MAP_RATES } from "../experiments/sweeps/depth.ts";
import { PLACEMENTS } from "../experiments/sweeps/row.ts";
import { hasFailed, Trials } from "../findings/claims/trials.ts";
import { PLACEMENT_WORDS } from "../findings/setting.ts";
import { median } from "../findings/statistics.ts";
import { axesOf, AXIS, axisTitle, BARE_AXIS } from "./axes.ts";
import { inOneLine } from "./curves.ts";
import { type ColumnsOptions, nothing, panelLayout } from "./panels.ts";
import { shadedCells } from "./shaded_cells.ts";
import { PLACEMENT_STYLES } from "./styles.ts";
import { type Figure, round } from "./theme.ts";

/**
 * For each depth (row) and learning rate (column) how many trials learn, in a panel for each placement:
 * the darker, the more of them; a dash where there is no trial.
 *
 * @param records Of any experiments; those of the map are picked.
 */
export function depthMap(
  records: readonly TrialRecord[],
  { columns = 3 }: ColumnsOptions = {},
): Figure {
  const trials = new Trials(records);
  const panels = PLACEMENTS.map((placement) => ({
    placement,
    cells: DEPTHS.map((depth) =>
      MAP_RATES.map((rate) => [...trials.of(inMap(placement, depth, rate)).values()])
    ),
  }));
  if (panels.every(({ cells }) => cells.flat(2).length === 0)) return nothing();
  const learnedIn = (cell: readonly TrialRecord[]) =>
    cell.filter((trial) => !hasFailed(trial)).length;
  const data = panels.flatMap(({ placement, cells }, i): Data[] =>
    shadedCells({
      axes: axesOf(i),
      values: cells.map((row) =>
        row.map((cell) => cell.length > 0 ? learnedIn(cell) / cell.length : null)
      ),
      largest: 1,
      texts: cells.map((row) => row.map((cell) => cell.length > 0 ? String(learnedIn(cell)) : "–")),
      hover: cells.map((row, depth) =>
        row.map((cell, rate) =>
          `${PLACEMENT_WORDS[placement]}, ${DEPTHS[depth]} hidden layers, ` +
          `rate ${MAP_RATES[rate]}: ${learnedIn(cell)} of ${cell.length} trials learn`
        )
      ),
    })
  );
  const layout = panelLayout(
    panels.map(({ placement }) => ({
      title: PLACEMENT_WORDS[placement],
      x: {
        ...BARE_AXIS,
        title: axisTitle("learning rate"),
        tickvals: MAP_RATES.map((_, i) => i),
        ticktext: MAP_RATES.map(String),
      },
      y: {
        ...BARE_AXIS,
        title: axisTitle("hidden layers"),
        tickvals: DEPTHS.map((_, i) => i),
        ticktext: DEPTHS.map(String),
        range: [-0.5, DEPTHS.length - 0.5],
      },
    })),
    { columns, rowHeight: 220, shareY: true },
  );
  layout.plot_bgcolor = "#eeeeee";
  const most = Math.max(...panels.flatMap(({ cells }) => cells.flat().map(({ length }) => length)));
  const words = panels.map(({ placement, cells }) => {
    const all = cells.flat();
    const learn = all.filter((cell) => cell.length > 0 && learnedIn(cell) === cell.length).length;
    return `${PLACEMENT_WORDS[placement]}: in ${learn} of ${all.length} cells every trial learns`;
  });
  return {
    data,
    layout,
    description: `How many trials of ${most} learn, by hidden layers and learning rate. ` +
      `${words.join("; ")}.`,
  };
}

/**
 * Euclidean norm of each affine layer's gradient before the first step, from the input to the logits:
 * thin for each trial, thick their median. Of the deepest networks; the learning rate plays no part yet.
 *
 * @param records Of any experiments; those of one cell of the map are picked.
 */
export function gradientNorms(records: readonly TrialRecord[]): Figure {
  const depth = Math.max(...DEPTHS);
  const trials = new Trials(records);
  const groups = PLACEMENTS.map((placement) => ({
    placement,
    norms: [...trials.of(inMap(placement, depth, 0.1)).values()]
      .map(({ gradients }) => gradients).filter(({ length }) => length > 0),
  })).filter(({ norms }) => norms.length > 0);
  if (groups.length === 0) return nothing();
  const legend = groups.map(({ placement }) => PLACEMENT_WORDS[placement]);
  const layers = groups[0].norms[0].map((_, i) => i + 1);
  const data = groups.flatMap(({ placement, norms }, i): Data[] => {
    const { color, dash, symbol } = PLACEMENT_STYLES[placement];
    const lines = (all: (number | null)[][], look: Partial<Data>): Data => ({
      type: "scatter",
      x: inOneLine(all.map(() => layers)),
      y: inOneLine(all).map((norm) => norm === null ? null : round(norm)),
      ...look,
    } as Data);
    return [
      lines(norms.map((one) => one.map(({ norm }) => norm)), {
        mode: "lines",
        line: { color, width: 0.7 },
        opacity: 0.4,
        showlegend: false,
        hoverinfo: "skip",
      } as Partial<Data>),
      lines([medians(norms)], {
        mode: "lines+markers",
        name: legend[i],
        line: { color, width: 2.5, dash },
        marker: { color, symbol, size: 7 },
        hovertemplate: `${legend[i]}, layer %{x}: %{y:.3g}<extra></extra>`,
      } as Partial<Data>),
    ];
  });
  const x = { ...AXIS, title: axisTitle("affine layer, from the input"), showgrid: false };
  const y = {
    ...AXIS,
    title: axisTitle("norm of the gradient"),
    type: "log",
    dtick: 1,
    exponentformat: "power",
  } as const;
  return {
    data,
    layout: panelLayout([{ x, y }], { columns: 1, legend }),
    description: `Norm of each layer's gradient before the first step, ${depth} hidden layers. ` +
      groups.map(({ norms }, i) => {
        const [first, last] = [medians(norms)[0], medians(norms).at(-1)!];
        return `${legend[i]}: ${first?.toPrecision(2)} in the first, ${
          last?.toPrecision(2)
        } in the last`;
      }).join("; ") + ".",
  };
}

function medians(norms: readonly NormRecord[][]): (number | null)[] {
  return norms[0].map((_, layer) => {
    const values = norms.map((one) => one[layer].norm).filter((norm) => norm !== null);
    return values.length > 0 ? median(values) : null;
  });
}
