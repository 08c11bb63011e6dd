/**
 * The gradient of batch normalization in float64, by the closed form and by finite differences.
 *
 * TensorFlow.js computes in float32, in which a difference quotient has three good digits at best.
 * Plain numbers have sixteen, and a quotient ten of them: enough to tell a gradient from one that is
 * nearly right.
 *
 * @module
 */
import { mean } from "../../experiments/mean.ts";
import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";

/** The values of one channel, and γ and ε. */
interface Channel {
  x: readonly number[];
  gamma: number;
  epsilon: number;
}

/** ∂L/∂x from dy = ∂L/∂y for one channel. */
type Gradient = (dy: readonly number[], channel: Channel) => number[];

/** x̂ and s = √(σ̂² + ε). */
function normalized({ x, epsilon }: Channel): { xHat: number[]; s: number } {
  const center = mean(x);
  const s = Math.sqrt(mean(x.map((value) => (value - center) ** 2)) + epsilon);
  return { xHat: x.map((value) => (value - center) / s), s };
}

/** γ/s·(dy − mean(dy) − x̂·mean(dy·x̂)), and three ways to get it wrong. */
const GRADIENTS = {
  "the closed form": (dy, channel) => {
    const { xHat, s } = normalized(channel);
    const [meanDy, meanDyXHat] = [mean(dy), mean(dy.map((d, i) => d * xHat[i]))];
    return dy.map((d, i) => channel.gamma / s * (d - meanDy - xHat[i] * meanDyXHat));
  },
  "wrong: σ̂² taken for a constant": (dy, channel) => {
    const { s } = normalized(channel);
    return dy.map((d) => channel.gamma / s * (d - mean(dy)));
  },
  "wrong: γ forgotten": (dy, channel) => {
    const { xHat, s } = normalized(channel);
    const [meanDy, meanDyXHat] = [mean(dy), mean(dy.map((d, i) => d * xHat[i]))];
    return dy.map((d, i) => 1 / s * (d - meanDy - xHat[i] * meanDyXHat));
  },
  "wrong: zero for every x": (dy) => dy.map(() => 0),
} satisfies Record<string, Gradient>;

/** How far a gradient lies from finite differences. */
export interface GradientCheck {
  gradient: string;
  /** The largest difference, with L = Σ yᵢ. */
  sum: number;
  /** The largest difference, with L = Σ rᵢ·yᵢ, r random. */
  random: number;
}

/**
 * Checks the closed form, and gradients that are wrong, against central differences in float64: once
 * with the sum of the outputs as the loss, once with random weights of the outputs.
 *
 * @param seed Of x and of the weights.
 */
export function checkGradients(seed: number): GradientCheck[] {
  const random = xoroshiro128plus(seed);
  const draw = (n: number) => Array.from({ length: n }, () => 4 * uniformFloat64(random) - 2);
  const channel: Channel = { x: draw(16).map((value) => 3 * value + 1), gamma: 1.7, epsilon: 1e-3 };
  const ones = channel.x.map(() => 1);
  const weights = draw(16);
  const off = (gradient: Gradient, weights: readonly number[]) => {
    const expected = finiteDifferences(weights, channel);
    return Math.max(...gradient(weights, channel).map((d, i) => Math.abs(d - expected[i])));
  };
  return Object.entries(GRADIENTS).map(([name, gradient]) => ({
    gradient: name,
    sum: off(gradient, ones),
    random: off(gradient, weights),
  }));
}

/** (L(x + h) − L(x − h)) / 2h for every x. */
function finiteDifferences(weights: readonly number[], channel: Channel): number[] {
  const h = 1e-5;
  const loss = (x: readonly number[]) =>
    normalized({ ...channel, x }).xHat
      .reduce((sum, value, i) => sum + weights[i] * channel.gamma * value, 0);
  const moved = (i: number, by: number) =>
    loss(channel.x.map((value, j) => j === i ? value + by : value));
  return channel.x.map((_, i) => (moved(i, h) - moved(i, -h)) / (2 * h));
}
