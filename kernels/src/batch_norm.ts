// Batch normalization of x [m, C]: training, its gradient, and prediction.
//
//   µ̂ = 1/m Σ x      σ̂² = 1/m Σ (x − µ̂)²      x̂ = (x − µ̂)/√(σ̂² + ε)      y = γ·x̂ + β
//   dβ = Σ dy         dγ = Σ dy·x̂              dx = γ/√(σ̂² + ε)·(dy − dβ/m − x̂·dγ/m)
//
// The batch's mean and variance are outputs too; gradients that reach them (dµ̂, dσ̂²) add
// dµ̂/m + dσ̂²·2(x − µ̂)/m to dx.
//
// Memory binds: x is read twice and y written once, then x and dy are read twice and dx written once.
//
// The mean is kept as pivot + rest, since a float32 far from zero is too coarse to be subtracted: at
// 1e4 it is off by up to 5e-4. The pivot is the mean of a few rows; sums are of x − pivot, in float32
// over 64 rows at most and in float64 beyond, and one pass over x is enough for them. Should the pivot
// turn out to lie far from the mean (those few rows were not like the rest), they are taken again.
//
// Versions, from slow to fast: basic operations, one pass over memory for each (the textbook);
// mean, variance and output in three passes; two passes with a pivot (this one).

import { loadLanes, multiplyAdd, storeLanes } from "./simd";

/** Rows added up in float32 before they go to float64. */
const BLOCK: usize = 64;
/** Rows whose mean is the pivot. */
const SAMPLE: usize = 16;

/** Bytes of scratch memory that training and its gradient need: two float64 sums per channel. */
export function batchNormScratch(C: usize): usize {
  return C << 4;
}

/**
 * y and the statistics of the batch.
 *
 * @param gamma Address of γ, [C]; so β.
 * @param y Where y goes, [m, C]; the others [C]: mean, variance, the mean's two parts, 1/√(σ̂² + ε).
 */
export function batchNormTraining(
  m: usize, C: usize, x: usize, gamma: usize, beta: usize, epsilon: f64,
  y: usize, mean: usize, variance: usize, pivot: usize, rest: usize, inverse: usize, sums: usize,
): void {
  samplePivot(m, C, x, pivot);
  sumPivoted(m, C, x, pivot, sums);
  if (pivotIsFar(m, C, sums)) {
    for (let c: usize = 0; c < C; c++) { // channels
      const p = pivot + (c << 2);
      store<f32>(p, <f32>(<f64>load<f32>(p) + restOf(m, sums, c)));
    }
    sumPivoted(m, C, x, pivot, sums);
  }
  for (let c: usize = 0; c < C; c++) { // channels
    const at = c << 2;
    const r = restOf(m, sums, c), v = varianceOf(m, sums, c);
    store<f32>(rest + at, <f32>r);
    store<f32>(mean + at, <f32>(<f64>load<f32>(pivot + at) + r));
    store<f32>(variance + at, <f32>v);
    store<f32>(inverse + at, <f32>(1 / Math.sqrt(v + epsilon)));
  }
  for (let row: usize = 0; row < m; row += BLOCK) { // blocks of rows
    const rows = min(BLOCK, m - row), start = (row * C) << 2;
    for (let c: usize = 0; c < C; c += 4) { // channels
      normalize(rows, C, c, x + start, gamma, beta, pivot, rest, inverse, y + start);
    }
  }
}

/** dx, dγ and dβ from dy, dµ̂, dσ̂² and what training left. */
export function batchNormTrainingGrad(
  m: usize, C: usize, dy: usize, dMean: usize, dVariance: usize,
  x: usize, gamma: usize, pivot: usize, rest: usize, inverse: usize,
  dx: usize, dGamma: usize, dBeta: usize, sums: usize,
): void {
  memory.fill(sums, 0, C << 4);
  for (let row: usize = 0; row < m; row += BLOCK) { // blocks of rows
    const rows = min(BLOCK, m - row), start = (row * C) << 2;
    for (let c: usize = 0; c < C; c += 4) { // channels
      sumGradients(rows, C, c, dy + start, x + start, pivot, rest, inverse, sums);
    }
  }
  // dx = scale·dy + slope·(x − µ̂) + shift, with three numbers per channel; they take the sums' place.
  const scale = sums, slope = sums + (C << 2), shift = sums + (C << 3);
  for (let c: usize = 0; c < C; c++) { // channels
    const at = c << 2, sum = load<f64>(sums + (c << 4)), product = load<f64>(sums + (c << 4), 8);
    store<f32>(dBeta + at, <f32>sum);
    store<f32>(dGamma + at, <f32>product);
  }
  for (let c: usize = 0; c < C; c++) { // channels
    const at = c << 2;
    const s = <f64>load<f32>(inverse + at), g = <f64>load<f32>(gamma + at) * s;
    const dMu = <f64>load<f32>(dMean + at), dSigma = <f64>load<f32>(dVariance + at);
    const sum = <f64>load<f32>(dBeta + at), product = <f64>load<f32>(dGamma + at);
    store<f32>(scale + at, <f32>g);
    store<f32>(slope + at, <f32>((2 * dSigma - g * s * product) / <f64>m));
    store<f32>(shift + at, <f32>((dMu - g * sum) / <f64>m));
  }
  for (let row: usize = 0; row < m; row += BLOCK) { // blocks of rows
    const rows = min(BLOCK, m - row), start = (row * C) << 2;
    for (let c: usize = 0; c < C; c += 4) { // channels
      inputGradient(rows, C, c, dy + start, x + start, pivot, rest, scale, slope, shift, dx + start);
    }
  }
}

/** y = γ/√(σ² + ε)·(x − µ) + β with statistics from outside. */
export function batchNormPrediction(
  m: usize, C: usize, x: usize, mean: usize, variance: usize, gamma: usize, beta: usize,
  epsilon: f64, y: usize, scratch: usize,
): void {
  const zeros = scratch, inverse = scratch + (C << 2);
  memory.fill(zeros, 0, C << 2);
  for (let c: usize = 0; c < C; c++) { // channels
    const v = <f64>load<f32>(variance + (c << 2));
    store<f32>(inverse + (c << 2), <f32>(1 / Math.sqrt(v + epsilon)));
  }
  for (let row: usize = 0; row < m; row += BLOCK) { // blocks of rows
    const rows = min(BLOCK, m - row), start = (row * C) << 2;
    for (let c: usize = 0; c < C; c += 4) { // channels
      normalize(rows, C, c, x + start, gamma, beta, mean, zeros, inverse, y + start);
    }
  }
}

// ---- The mean and the variance ----------------------------------------------------------------------

/** The mean of up to 16 rows, spread evenly over the batch. */
function samplePivot(m: usize, C: usize, x: usize, pivot: usize): void {
  const rows = min(SAMPLE, m), step = m / rows;
  for (let c: usize = 0; c < C; c++) { // channels
    let sum: f64 = 0;
    for (let row: usize = 0; row < rows; row++) sum += load<f32>(x + ((row * step * C + c) << 2));
    store<f32>(pivot + (c << 2), <f32>(sum / <f64>rows));
  }
}

/** sums[c] = Σ (x − pivot), Σ (x − pivot)² */
function sumPivoted(m: usize, C: usize, x: usize, pivot: usize, sums: usize): void {
  memory.fill(sums, 0, C << 4);
  for (let row: usize = 0; row < m; row += BLOCK) { // blocks of rows
    const rows = min(BLOCK, m - row), start = (row * C) << 2;
    for (let c: usize = 0; c < C; c += 4) { // channels
      sumStrip(rows, C, c, x + start, pivot, sums);
    }
  }
}

function sumStrip(rows: usize, C: usize, c: usize, x: usize, pivot: usize, sums: usize): void {
  const lanes = min<usize>(4, C - c), stride = C << 2;
  const p = loadLanes(pivot + (c << 2), lanes);
  let sum = f32x4.splat(0), squares = f32x4.splat(0);
  x += c << 2;
  for (let row: usize = 0; row < rows; row++) { // rows
    const d = f32x4.sub(loadLanes(x, lanes), p);
    sum = f32x4.add(sum, d);
    squares = multiplyAdd(d, d, squares);
    x += stride;
  }
  addPairs(sums + (c << 4), sum, squares, lanes);
}

/** Adds lane l of `first` and `second` to the pair of float64 number l. */
// @ts-ignore: decorator
@inline
function addPairs(sums: usize, first: v128, second: v128, lanes: usize): void {
  addPair(sums, i32x4.shuffle(first, second, 0, 4, 0, 4));
  if (lanes > 1) addPair(sums + 16, i32x4.shuffle(first, second, 1, 5, 1, 5));
  if (lanes > 2) addPair(sums + 32, i32x4.shuffle(first, second, 2, 6, 2, 6));
  if (lanes > 3) addPair(sums + 48, i32x4.shuffle(first, second, 3, 7, 3, 7));
}

// @ts-ignore: decorator
@inline
function addPair(sums: usize, pair: v128): void {
  v128.store(sums, f64x2.add(v128.load(sums), f64x2.promote_low_f32x4(pair)));
}

/** µ̂ − pivot of channel c. */
function restOf(m: usize, sums: usize, c: usize): f64 {
  return load<f64>(sums + (c << 4)) / <f64>m;
}

/** σ̂² of channel c: the mean square about the pivot, less that of the rest. */
function varianceOf(m: usize, sums: usize, c: usize): f64 {
  const r = restOf(m, sums, c);
  return max<f64>(load<f64>(sums + (c << 4), 8) / <f64>m - r * r, 0);
}

/** Whether a channel's pivot is more than two deviations from its mean, where digits begin to cancel. */
function pivotIsFar(m: usize, C: usize, sums: usize): bool {
  for (let c: usize = 0; c < C; c++) { // channels
    const r = restOf(m, sums, c);
    if (r * r > 4 * varianceOf(m, sums, c)) return true;
  }
  return false;
}

// ---- Strips: some rows of up to four channels -------------------------------------------------------

/** y = γ/√(σ̂² + ε)·((x − pivot) − rest) + β */
function normalize(
  rows: usize, C: usize, c: usize, x: usize, gamma: usize, beta: usize,
  pivot: usize, rest: usize, inverse: usize, y: usize,
): void {
  const lanes = min<usize>(4, C - c), stride = C << 2, at = c << 2;
  const p = loadLanes(pivot + at, lanes), r = loadLanes(rest + at, lanes);
  const scale = f32x4.mul(loadLanes(gamma + at, lanes), loadLanes(inverse + at, lanes));
  const shift = loadLanes(beta + at, lanes);
  x += at;
  y += at;
  for (let row: usize = 0; row < rows; row++) { // rows
    const centered = f32x4.sub(f32x4.sub(loadLanes(x, lanes), p), r);
    storeLanes(y, multiplyAdd(centered, scale, shift), lanes);
    x += stride;
    y += stride;
  }
}

/** sums[c] += Σ dy, Σ dy·x̂ */
function sumGradients(
  rows: usize, C: usize, c: usize, dy: usize, x: usize,
  pivot: usize, rest: usize, inverse: usize, sums: usize,
): void {
  const lanes = min<usize>(4, C - c), stride = C << 2, at = c << 2;
  const p = loadLanes(pivot + at, lanes), r = loadLanes(rest + at, lanes);
  const s = loadLanes(inverse + at, lanes);
  let sum = f32x4.splat(0), products = f32x4.splat(0);
  x += at;
  dy += at;
  for (let row: usize = 0; row < rows; row++) { // rows
    const d = loadLanes(dy, lanes);
    const xHat = f32x4.mul(f32x4.sub(f32x4.sub(loadLanes(x, lanes), p), r), s);
    sum = f32x4.add(sum, d);
    products = multiplyAdd(d, xHat, products);
    x += stride;
    dy += stride;
  }
  addPairs(sums + (c << 4), sum, products, lanes);
}

/** dx = scale·dy + slope·((x − pivot) − rest) + shift */
function inputGradient(
  rows: usize, C: usize, c: usize, dy: usize, x: usize, pivot: usize, rest: usize,
  scale: usize, slope: usize, shift: usize, dx: usize,
): void {
  const lanes = min<usize>(4, C - c), stride = C << 2, at = c << 2;
  const p = loadLanes(pivot + at, lanes), r = loadLanes(rest + at, lanes);
  const a = loadLanes(scale + at, lanes), b = loadLanes(slope + at, lanes);
  const d = loadLanes(shift + at, lanes);
  x += at;
  dy += at;
  dx += at;
  for (let row: usize = 0; row < rows; row++) { // rows
    const centered = f32x4.sub(f32x4.sub(loadLanes(x, lanes), p), r);
    const sum = multiplyAdd(loadLanes(dy, lanes), a, multiplyAdd(centered, b, d));
    storeLanes(dx, sum, lanes);
    x += stride;
    dy += stride;
    dx += stride;
  }
}
