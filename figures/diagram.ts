/**
 * Drawings of boxes and arrows: a network with batch normalization in its place, and the ways that a
 * gradient takes through it.
 *
 * @module
 */
// @ts-types="@types/plotly.js"
import type { Annotations, Shape } from "plotly.js-cartesian-dist-min";
import type { Experiment } from "../experiments/experiment.ts";
import { otherStyle, PLACEMENT_STYLES } from "./styles.ts";
import { baseLayout, type Figure, GREY, INK } from "./theme.ts";

/** A box, by its middle. */
interface Box {
  x: number;
  y: number;
  text: string;
  color?: string;
}

type Point = readonly [x: number, y: number];

/** An arrow from one point to another, by corners if there are any. */
interface Arrow {
  from: Point;
  corners?: readonly Point[];
  to: Point;
  color?: string;
}

/** Half of a box's width and height. */
const [HALF_WIDTH, HALF_HEIGHT] = [0.42, 0.3];

function diagram(
  boxes: readonly Box[],
  arrows: readonly Arrow[],
  description: string,
  texts: readonly Box[] = [],
): Figure {
  const all = [...boxes, ...texts];
  const [columns, rows] = [(b: Box) => b.x, (b: Box) => b.y].map((of) => all.map(of));
  const range = (values: number[], half: number): [number, number] => [
    Math.min(...values) - half,
    Math.max(...values) + half,
  ];
  const [x, y] = [range(columns, 0.5), range(rows, 0.5)];
  const label = ({ x, y, text, color = INK }: Box, size: number): Partial<Annotations> => ({
    ...{ x, y, text, showarrow: false },
    font: { size, color },
  });
  const pointers = arrows.map(({ from, corners = [], to, color = GREY }): Partial<Annotations> => {
    const [ax, ay] = corners.at(-1) ?? from;
    return {
      ...{ x: to[0], y: to[1], ax, ay, axref: "x", ayref: "y", text: "", showarrow: true },
      ...{ arrowhead: 2, arrowsize: 1, arrowwidth: 1.5, arrowcolor: color },
    };
  });
  const bends = arrows.flatMap(({ from, corners = [], color = GREY }): Partial<Shape>[] =>
    corners.length === 0 ? [] : [{
      type: "path",
      path: [from, ...corners].map(([x, y], i) => `${i === 0 ? "M" : "L"}${x},${y}`).join(" "),
      line: { color, width: 1.5 },
    }]
  );
  const outlines = boxes.map(({ x, y, color = GREY }): Partial<Shape> => ({
    type: "rect",
    ...{ x0: x - HALF_WIDTH, x1: x + HALF_WIDTH, y0: y - HALF_HEIGHT, y1: y + HALF_HEIGHT },
    line: { color, width: 1.5 },
  }));
  const hidden = { visible: false, fixedrange: true };
  return {
    data: [],
    layout: {
      ...baseLayout(24 + 62 * (y[1] - y[0])),
      margin: { l: 4, r: 4, t: 12, b: 12 },
      xaxis: { ...hidden, range: x },
      yaxis: { ...hidden, range: y },
      shapes: [...outlines, ...bends],
      annotations: [
        ...pointers,
        ...boxes.map((box) => label({ ...box, color: INK }, 12)),
        ...texts.map((text) => label(text, 12)),
      ],
    },
    description,
  };
}

/** The steps of one hidden block, in their order. */
function blockOf({ placement }: Experiment, map: string): string[] {
  if (placement === "none") return [map, "ReLU"];
  return placement === "pre" ? [map, "BN", "ReLU"] : [map, "ReLU", "BN"];
}

/** The network of an experiment from image to logits, a row for each hidden block; BN in colour. */
export function networkDiagram(experiment: Experiment): Figure {
  const { filters, hidden, placement } = experiment;
  const bias = placement === "pre" ? "" : " + b"; // before BN it would have no effect
  const name = { relu: "ReLU", sigmoid: "sigmoid", tanh: "tanh" }[experiment.activation];
  const blocks = [
    ...filters > 0 ? [[...blockOf(experiment, `5×5${bias}, ${filters}`), "pool 2×2"]] : [],
    ...hidden.map((width) => blockOf(experiment, `x·W${bias}, ${width}`)),
  ].map((block) => block.map((step) => step === "ReLU" ? name : step));
  const { color } = PLACEMENT_STYLES[placement];
  const y = (row: number) => -1.2 * row;
  const boxes = blocks.flatMap((block, row) =>
    block.map((text, i): Box => ({
      ...{ x: i + 1, y: y(row), text },
      ...text === "BN" ? { color } : {},
    }))
  );
  const [first, last] = [0, blocks.length - 1].map(y);
  const ends: Box[] = [
    { x: 0, y: first, text: "28×28" },
    { x: blocks.at(-1)!.length + 1, y: last, text: "x·W + b, 10" },
  ];
  const forward = (from: Box, to: Box): Arrow => {
    if (from.y === to.y) {
      return { from: [from.x + HALF_WIDTH, from.y], to: [to.x - HALF_WIDTH, to.y] };
    }
    const between = (from.y + to.y) / 2;
    return {
      from: [from.x, from.y - HALF_HEIGHT],
      corners: [[from.x, between], [to.x, between]],
      to: [to.x, to.y + HALF_HEIGHT],
    };
  };
  const all = [ends[0], ...boxes, ends[1]];
  const arrows = all.slice(1).map((box, i) => forward(all[i], box));
  return diagram(
    all,
    arrows,
    `From image to logits: ${["28×28", ...blocks.flat(), "x·W + b, 10"].join(" → ")}.`,
  );
}

/**
 * One channel of batch normalization as a graph, and the three ways by which the loss reaches x on the
 * way back: directly, through the variance, and through the mean.
 */
export function gradientWays(): Figure {
  const [direct, variance, mean] = [1, 2, 3].map((i) => otherStyle(i).color);
  const boxes: Box[] = [
    { x: 0, y: 0, text: "x" },
    { x: 1.5, y: 0, text: "x − mean" },
    { x: 3, y: 0, text: "÷ s: x̂" },
    { x: 4.5, y: 0, text: "γ·x̂ + β" },
    { x: 6, y: 0, text: "loss L" },
    { x: 1.5, y: 1.3, text: "mean", color: mean },
    { x: 2.25, y: -1.3, text: "variance", color: variance },
  ];
  const [up, down] = [0.12, -0.12];
  const row = [0, 1, 2, 3].flatMap((i): Arrow[] => {
    const [left, right] = [boxes[i].x + HALF_WIDTH, boxes[i + 1].x - HALF_WIDTH];
    return [
      { from: [left, up], to: [right, up] },
      { from: [right, down], to: [left, down], color: direct },
    ];
  });
  const arrows: Arrow[] = [
    ...row,
    // Forward x gives the mean, which is taken from it; what is left gives the variance, and that s.
    { from: [0, HALF_HEIGHT], corners: [[0, 1.42]], to: [1.5 - HALF_WIDTH, 1.42] },
    { from: [1.4, 1.3 - HALF_HEIGHT], to: [1.4, HALF_HEIGHT] },
    { from: [1.6, HALF_HEIGHT], to: [1.6, 1.3 - HALF_HEIGHT], color: mean },
    { from: [1.5 - HALF_WIDTH, 1.18], corners: [[0.2, 1.18]], to: [0.2, HALF_HEIGHT], color: mean },
    {
      from: [1.3, -HALF_HEIGHT],
      corners: [[1.3, -1.42]],
      to: [2.25 - HALF_WIDTH, -1.42],
    },
    { from: [2.25 + HALF_WIDTH, -1.42], corners: [[3.2, -1.42]], to: [3.2, -HALF_HEIGHT] },
    {
      from: [3, -HALF_HEIGHT],
      corners: [[3, -1.18]],
      to: [2.25 + HALF_WIDTH, -1.18],
      color: variance,
    },
    {
      from: [2.25 - HALF_WIDTH, -1.18],
      corners: [[1.5, -1.18]],
      to: [1.5, -HALF_HEIGHT],
      color: variance,
    },
  ];
  const texts: Box[] = [
    { x: 4.5, y: 1.4, text: "grey: forward", color: GREY },
    { x: 4.5, y: 1.05, text: "pink: directly back", color: direct },
    { x: 4.5, y: -1, text: "orange: back through the variance", color: variance },
    { x: 4.5, y: -1.35, text: "blue: back through the mean", color: mean },
  ];
  return diagram(
    boxes,
    arrows,
    "Batch normalization of one channel as a graph. Forward: x, x minus its mean, x̂, γ·x̂ + β, the " +
      "loss. Back to x there are three paths: directly, through the variance, and through the mean.",
    texts,
  );
}
