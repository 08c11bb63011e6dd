/**
 * Why the mean of a layer behind a normalized one is steadier than independent images would make it:
 * tried on plain normally distributed numbers.
 *
 * @module
 */
import { mean } from "../../experiments/mean.ts";
import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import type { TableContent } from "./display.ts";

/** Root mean square of a batch's mean around its expectation, in standard deviations of one value. */
export interface ReluNoise {
  m: number;
  /** Of values as they come. */
  values: number;
  /** Of values that were normalized by their batch. */
  normalized: number;
  /** Of max(0, value). */
  relu: number;
  /** Of max(0, x̂), normalized by the batch first. */
  normalizedRelu: number;
}

/** Draws many batches of m values from N(0, 1), and measures how much their means scatter. */
export function measureReluNoise(m: number, seed: number, batches = 4_000): ReluNoise {
  const random = xoroshiro128plus(seed);
  const normal = () =>
    Math.sqrt(-2 * Math.log(1 - uniformFloat64(random))) *
    Math.cos(2 * Math.PI * uniformFloat64(random));
  const relu = (values: readonly number[]) => values.map((value) => Math.max(0, value));
  const drawn = Array.from({ length: batches }, () => Array.from({ length: m }, normal));
  const normalized = drawn.map(normalize);
  return {
    m,
    values: scatter(drawn),
    normalized: scatter(normalized),
    relu: scatter(drawn.map(relu)),
    normalizedRelu: scatter(normalized.map(relu)),
  };
}

const variance = (values: readonly number[]) => {
  const center = mean(values);
  return mean(values.map((value) => (value - center) ** 2));
};

/** x̂ with ε = 0, which this needs no more than a pocket calculator does. */
function normalize(values: readonly number[]): number[] {
  const [center, deviation] = [mean(values), Math.sqrt(variance(values))];
  return values.map((value) => (value - center) / deviation);
}

function scatter(batches: readonly number[][]): number {
  return Math.sqrt(variance(batches.map(mean)) / variance(batches.flat()));
}

/** The measurements as a table, beside 1/√m. */
export function reluNoiseTable(measured: readonly ReluNoise[]): TableContent {
  const shown = (value: number) => value < 1e-12 ? "0" : value.toFixed(4);
  return {
    caption: "Noise of a batch's mean, in standard deviations of one value; values from N(0, 1).",
    columns: ["m", "1/√m", "x", "x̂", "max(0, x)", "max(0, x̂)", "max(0, x̂) · √m"],
    rows: measured.map(({ m, values, normalized, relu, normalizedRelu }) => [
      m,
      shown(1 / Math.sqrt(m)),
      shown(values),
      shown(normalized),
      shown(relu),
      shown(normalizedRelu),
      (normalizedRelu * Math.sqrt(m)).toFixed(2),
    ]),
  };
}
