/**
 * An axis of accuracies on which trials that failed take no room from those that did not.
 *
 * A trial that diverged classifies by chance, and on a scale from 10 to 90 % the differences between
 * the others would vanish. So whatever lies at or below a floor is drawn in a strip at the axis's
 * lower end, whose tick says so, and the scale above it is linear.
 *
 * @module
 */
// @ts-types="@types/plotly.js"
import type { Layout, LayoutAxis, Shape } from "plotly.js-cartesian-dist-min";
import { type Axes, axesOf, AXIS, axisTitle } from "./axes.ts";
import { panelLayout, type PanelLayoutOptions } from "./panels.ts";

/** Unless another is named: twice what guessing among ten classes reaches. */
const FLOOR = 0.2;

/** Where accuracies stand on the axis. */
export interface AccuracyAxis {
  /** Whether there is a strip. */
  split: boolean;
  /** Accuracies (fractions) as positions: percent, or the strip. NaN and null are left out. */
  place(
    accuracies: readonly (number | null)[],
  ): { y: (number | null)[]; customdata?: (number | null)[] };
  /** For hover texts: the accuracy, also of what is in the strip. */
  hover: string;
  axis: Partial<LayoutAxis>;
  /** The line between strip and scale, for a panel; none if there is no strip. */
  separators(panels: readonly Axes[]): Partial<Shape>[];
}

/** Options of {@linkcode accuracyAxis}. */
interface AccuracyAxisOptions {
  /** @default "accuracy (%)" */
  title?: string;
  /**
   * Accuracies up to this are drawn in the strip.
   * @default 0.2
   */
  floor?: number;
  /** Whether all that is in the strip diverged, which its label then says. */
  diverged?: boolean;
}

/** An axis for these accuracies (fractions). */
export function accuracyAxis(
  accuracies: readonly (number | null)[],
  { title = "accuracy (%)", floor = FLOOR, diverged = false }: AccuracyAxisOptions = {},
): AccuracyAxis {
  const finite = accuracies.filter((value): value is number =>
    value !== null && Number.isFinite(value)
  );
  const scaled = finite.filter((value) => value > floor).map(percent);
  const split = scaled.length > 0 && scaled.length < finite.length;
  const plain = { ...AXIS, title: axisTitle(title) };
  if (!split) {
    return {
      split,
      place: (values) => ({ y: values.map(positionOf) }),
      hover: "%{y:.2f} %",
      axis: plain,
      separators: () => [],
    };
  }

  const [lowest, highest] = [Math.min(...scaled), Math.max(...scaled)];
  const span = Math.max(1, highest - lowest);
  const [low, high] = [lowest - 0.05 * span, Math.min(100, highest + 0.06 * span)];
  const strip = low - 0.13 * span;
  const ticks = niceTicks(low, high);
  return {
    split,
    place: (values) => ({
      y: values.map((value) => value !== null && value <= floor ? strip : positionOf(value)),
      customdata: values.map(positionOf),
    }),
    hover: "%{customdata:.2f} %",
    axis: {
      ...plain,
      range: [strip - 0.07 * span, high],
      tickvals: [strip, ...ticks],
      ticktext: [diverged ? "diverged" : `≤ ${percent(floor)}`, ...ticks.map(String)],
    },
    separators: (panels) =>
      panels.map(({ xaxis, yaxis }) => ({
        type: "line",
        xref: `${xaxis} domain` as Shape["xref"],
        yref: yaxis as Shape["yref"],
        x0: 0,
        x1: 1,
        y0: low - 0.04 * span,
        y1: low - 0.04 * span,
        line: { color: "#7f7f7f", width: 1, dash: "dot" },
      })),
  };
}

/** Panels with one axis of accuracies, upwards, and one of anything else. */
export function accuracyPanels(
  titles: readonly (string | undefined)[],
  x: Partial<LayoutAxis>,
  scale: AccuracyAxis,
  options: PanelLayoutOptions,
): Partial<Layout> {
  const panels = titles.map((title) => ({ title, x, y: scale.axis }));
  const layout = panelLayout(panels, { shareY: true, ...options });
  layout.shapes = scale.separators(titles.map((_, i) => axesOf(i)));
  return layout;
}

/** A fraction in percent, to 4 decimals. */
export function percent(fraction: number): number {
  return Math.round(1e6 * fraction) / 1e4;
}

function positionOf(accuracy: number | null): number | null {
  return accuracy !== null && Number.isFinite(accuracy) ? percent(accuracy) : null;
}

/** About six round numbers from low to high. */
function niceTicks(low: number, high: number): number[] {
  const raw = (high - low) / 6;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= raw)!;
  const first = Math.ceil(low / step);
  const length = Math.floor(high / step) - first + 1;
  return Array.from({ length }, (_, i) => Number(((first + i) * step).toPrecision(6)));
}
