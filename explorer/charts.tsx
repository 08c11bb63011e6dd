/**
 * Small pictures as SVG: curves by step, histograms, dots of one value beside another.
 *
 * @module
 */
import type { ComponentChildren } from "preact";
import type { Histogram } from "./training.ts";

const [WIDTH, HEIGHT] = [320, 150];
/** Room for the numbers at the axes. */
const [LEFT, BOTTOM] = [46, 18];

interface Frame {
  /** What the picture shows, with its numbers, for whoever does not see it. */
  label: string;
  x: [low: number, high: number];
  y: [low: number, high: number];
  xTitle: string;
  children: ComponentChildren;
}

/** Where values stand in a picture. */
function scales({ x, y }: Pick<Frame, "x" | "y">) {
  const share = (value: number, [low, high]: [number, number]) => (value - low) / (high - low || 1);
  return {
    xOf: (value: number) => LEFT + share(value, x) * (WIDTH - LEFT - 4),
    yOf: (value: number) => (1 - share(value, y)) * (HEIGHT - BOTTOM - 6) + 4,
  };
}

function Picture({ label, x, y, xTitle, children }: Frame) {
  const { yOf } = scales({ x, y });
  return (
    <svg role="img" aria-label={label} viewBox={`0 0 ${WIDTH} ${HEIGHT}`}>
      {y.map((value) => (
        <g key={value}>
          <line class="axis" x1={LEFT} x2={WIDTH - 4} y1={yOf(value)} y2={yOf(value)} />
          <text x={LEFT - 4} y={yOf(value) + 4} text-anchor="end">{short(value, 2)}</text>
        </g>
      ))}
      <text x={LEFT} y={HEIGHT - 4}>{short(x[0])}</text>
      <text x={(LEFT + WIDTH) / 2} y={HEIGHT - 4} text-anchor="middle">{xTitle}</text>
      <text x={WIDTH - 4} y={HEIGHT - 4} text-anchor="end">{short(x[1])}</text>
      {children}
    </svg>
  );
}

/** A curve: its points, its name, and whether it is one of an earlier run. */
export interface Curve {
  name: string;
  points: [x: number, y: number][];
  kind: "now" | "second" | "before";
}

/** Curves by step. */
export function Curves(
  { title, curves, top }: { title: string; curves: Curve[]; top?: number },
) {
  const all = curves.flatMap(({ points }) => points).filter(([, y]) => Number.isFinite(y));
  const last = Math.max(1, ...all.map(([x]) => x));
  const y: [number, number] = [0, top ?? Math.max(1, ...all.map(([, y]) => y))];
  const { xOf, yOf } = scales({ x: [0, last], y });
  const line = (points: Curve["points"]) =>
    points.filter(([, y]) => Number.isFinite(y))
      .map(([x, value], i) =>
        `${i ? "L" : "M"}${xOf(x).toFixed(1)},${yOf(Math.min(value, y[1])).toFixed(1)}`
      )
      .join("");
  const words = curves.filter(({ points }) => points.length > 0)
    .map(({ name, points }) =>
      `${name} ${short(points.at(-1)![1])} after ${points.at(-1)![0]} steps`
    );
  return (
    <figure>
      <Picture
        label={`${title}: ${words.join("; ") || "nothing yet"}.`}
        x={[0, last]}
        y={y}
        xTitle="step"
      >
        {curves.toReversed().map(({ name, points, kind }) => (
          <path key={name} class={kind} d={line(points)} />
        ))}
      </Picture>
      <figcaption>
        {title}: {curves.map(({ name, kind }) => <span key={name} class={kind}>{name}</span>)}
      </figcaption>
    </figure>
  );
}

/** How values are distributed; the largest bar has the picture's height. */
export function Bars({ title, values }: { title: string; values: Histogram }) {
  const { low, high, counts } = values;
  const most = Math.max(1, ...counts);
  const width = (WIDTH - LEFT - 4) / counts.length;
  const { xOf, yOf } = scales({ x: [0, counts.length], y: [0, 1] });
  const finite = Number.isFinite(low);
  return (
    <figure>
      <Picture
        label={`${title}: ${finite ? `from ${short(low)} to ${short(high)}` : "not finite"}.`}
        x={finite ? [low, high] : [0, 1]}
        y={[0, 1]}
        xTitle="value"
      >
        {counts.map((count, i) => (
          <rect
            key={i}
            class="bar"
            x={xOf(i)}
            width={Math.max(0.5, width - 1)}
            y={yOf(count / most)}
            height={yOf(0) - yOf(count / most)}
          />
        ))}
      </Picture>
      <figcaption>{title}</figcaption>
    </figure>
  );
}

/** Dots, one for each pair of values. */
export function Dots(
  { title, pairs, xTitle, diagonal = false, ends: given }: {
    title: string;
    pairs: [x: number, y: number][];
    xTitle: string;
    /** Whether both axes are the same, with the line of equal values. */
    diagonal?: boolean;
    /** Where the axis upwards ends, if not with the values. */
    ends?: [number, number];
  },
) {
  const finite = pairs.filter((pair) => pair.every(Number.isFinite));
  const [xs, ys] = [0, 1].map((i) => ends(finite.map((pair) => pair[i])));
  const both = ends([...xs, ...ys]);
  const [x, y] = diagonal ? [both, both] : [xs, given ?? ys];
  const { xOf, yOf } = scales({ x, y });
  return (
    <figure>
      <Picture
        label={`${title}: ${xTitle} from ${short(xs[0])} to ${short(xs[1])}, ` +
          `the other from ${short(ys[0])} to ${short(ys[1])}.`}
        {...{ x, y, xTitle }}
      >
        {diagonal &&
          <line class="axis" x1={xOf(x[0])} x2={xOf(x[1])} y1={yOf(x[0])} y2={yOf(x[1])} />}
        {finite.map(([a, b], i) => <circle key={i} class="dot" cx={xOf(a)} cy={yOf(b)} r={2} />)}
      </Picture>
      <figcaption>{title}</figcaption>
    </figure>
  );
}

/** The smallest and the largest of some values, with a little room. */
function ends(values: readonly number[]): [number, number] {
  if (values.length === 0) return [0, 1];
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const room = 0.05 * (high - low) || 0.1;
  return [low - room, high + room];
}

/** A number in a few digits. */
export function short(value: number, digits = 3): string {
  if (!Number.isFinite(value)) return "not finite";
  return String(Number(value.toPrecision(digits))).replace("-", "−");
}
