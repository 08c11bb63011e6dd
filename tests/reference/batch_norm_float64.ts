/**
 * Batch normalization in float64 loops over plain arrays: the judge of `bn/`, with which it shares
 * neither code nor TensorFlow.js nor the derivation of the gradient.
 *
 * A tensor with channels last is, read in order, a table of `rows × channels`; that is all that
 * batch normalization sees of its shape. `x[i * channels + c]` is row i of channel c.
 *
 * @module
 */

/** One number per channel. */
export type PerChannel = ArrayLike<number>;

/** x, with the parameters of the transform. */
export interface Input {
  /** `rows × channels` numbers, channels last. */
  x: ArrayLike<number>;
  gamma: PerChannel;
  beta: PerChannel;
  epsilon: number;
}

/** The mean and the biased variance of every channel. */
export function moments(
  x: ArrayLike<number>,
  channels: number,
): { mean: Float64Array; variance: Float64Array } {
  const n = x.length / channels;
  const mean = new Float64Array(channels);
  const variance = new Float64Array(channels);
  for (let c = 0; c < channels; c++) {
    // Summed as distances from the first value, so that a large offset costs no digits.
    let distance = 0;
    for (let i = 0; i < n; i++) distance += x[i * channels + c] - x[c];
    mean[c] = x[c] + distance / n;

    let squares = 0;
    for (let i = 0; i < n; i++) squares += (x[i * channels + c] - mean[c]) ** 2;
    variance[c] = squares / n;
  }
  return { mean, variance };
}

/** y = γ (x − mean) / √(variance + ε) + β with the given statistics. */
export function prediction(
  { x, gamma, beta, epsilon }: Input,
  { mean, variance }: { mean: PerChannel; variance: PerChannel },
): Float64Array {
  const channels = gamma.length;
  const y = new Float64Array(x.length);
  for (let k = 0; k < x.length; k++) {
    const c = k % channels;
    y[k] = gamma[c] * (x[k] - mean[c]) / Math.sqrt(variance[c] + epsilon) + beta[c];
  }
  return y;
}

/** The same with the statistics of x itself. */
export function training(input: Input): Float64Array {
  return prediction(input, moments(input.x, input.gamma.length));
}

/**
 * The gradient of L = Σ dy · training(x, γ, β), by the chain rule along every path:
 *
 * x reaches x̂ = (x − μ) (σ² + ε)^(−1/2) directly, through σ², and through μ, which σ² itself
 * depends on. The three terms are kept apart and nothing that cancels on paper is cancelled here.
 */
export function grad(
  { x, gamma, epsilon }: Input,
  dy: ArrayLike<number>,
): { dx: Float64Array; dGamma: Float64Array; dBeta: Float64Array } {
  const channels = gamma.length;
  const n = x.length / channels;
  const { mean, variance } = moments(x, channels);
  const dx = new Float64Array(x.length);
  const dGamma = new Float64Array(channels);
  const dBeta = new Float64Array(channels);

  for (let c = 0; c < channels; c++) {
    const v = variance[c] + epsilon;
    let dVariance = 0; // ∂L/∂σ² = Σ ∂L/∂x̂ (x − μ) · −½ (σ² + ε)^(−3/2)
    let dMean = 0; // ∂L/∂μ = Σ ∂L/∂x̂ · −(σ² + ε)^(−1/2) + ∂L/∂σ² · ∂σ²/∂μ
    let centredSum = 0;
    for (let k = c; k < x.length; k += channels) {
      const centred = x[k] - mean[c];
      const dXHat = dy[k] * gamma[c];
      dGamma[c] += dy[k] * centred / Math.sqrt(v);
      dBeta[c] += dy[k];
      dVariance += dXHat * centred * -0.5 * v ** -1.5;
      dMean += dXHat * -(v ** -0.5);
      centredSum += centred;
    }
    dMean += dVariance * (-2 * centredSum / n);

    for (let k = c; k < x.length; k += channels) {
      const direct = dy[k] * gamma[c] * v ** -0.5;
      const throughVariance = dVariance * 2 * (x[k] - mean[c]) / n;
      const throughMean = dMean / n;
      dx[k] = direct + throughVariance + throughMean;
    }
  }
  return { dx, dGamma, dBeta };
}

/**
 * What an error in each gradient is measured by, one number per channel. Elementwise relative errors
 * would say nothing: dx passes through zero, and for a batch of two it is what is left of two nearly
 * equal numbers.
 */
export function gradScales(
  { x, gamma, epsilon }: Input,
  dy: ArrayLike<number>,
): { dx: Float64Array; dGamma: Float64Array; dBeta: Float64Array } {
  const channels = gamma.length;
  const { variance } = moments(x, channels);
  const largest = new Float64Array(channels);
  const squares = new Float64Array(channels);
  for (let k = 0; k < dy.length; k++) {
    const c = k % channels;
    largest[c] = Math.max(largest[c], Math.abs(dy[k]));
    squares[c] += dy[k] ** 2;
  }
  const norm = squares.map(Math.sqrt); // ‖dy‖₂
  return {
    // |γ| max|dy| / √(σ² + ε)
    dx: largest.map((dy, c) => Math.abs(gamma[c]) * dy / Math.sqrt(variance[c] + epsilon)),
    dGamma: norm,
    dBeta: norm,
  };
}

/** max|values|, what an error in y is measured by. */
export function maxAbs(values: ArrayLike<number>): number {
  let max = 0;
  for (let k = 0; k < values.length; k++) max = Math.max(max, Math.abs(values[k]));
  return max;
}

/** What float32 is held to: an error of at most this many scales. */
export const TOLERANCE = 1e-5;

/**
 * Throws unless |actual − expected| ≤ tolerance · scale everywhere.
 *
 * @param what What is compared, for the message.
 * @param scale One number, or one per channel.
 */
export function assertClose(
  what: string,
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  scale: number | PerChannel,
  tolerance = TOLERANCE,
): void {
  if (actual.length !== expected.length) {
    throw new Error(`${what}: ${actual.length} values, expected ${expected.length}`);
  }
  const scales = typeof scale === "number" ? [scale] : scale;
  for (let k = 0; k < expected.length; k++) {
    const bound = tolerance * scales[k % scales.length];
    // Written so that NaN fails too.
    if (!(Math.abs(actual[k] - expected[k]) <= bound)) {
      throw new Error(`${what}[${k}]: expected ${expected[k]} ± ${bound}, got ${actual[k]}`);
    }
  }
}
