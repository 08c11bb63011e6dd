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
// Channels are taken four at a time. Where their number is no multiple of four, the last four overlap
// the four before them: values are written twice alike, and sums leave out what is counted already.
//
// Versions, from slow to fast ([64, 28, 28, 30], forward and backward): basic operations, one pass over
// memory for each (the textbook), 22 ms; two passes with a pivot, a branch in every load for the last
// channels, 3.4 ms; overlapping instead (this one).

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
  if (C >= 4) sumLanes(rows, C, c, x, pivot, sums, 4);
  else sumLanes(rows, C, c, x, pivot, sums, C);
}

// @ts-ignore: decorator
@inline
function sumLanes(
  rows: usize, C: usize, c: usize, x: usize, pivot: usize, sums: usize, lanes: usize,
): void {
  const first = firstOf(C, c), at = first << 2, stride = C << 2;
  const p = loadLanes(pivot + at, lanes);
  // Two rows at a time, since an addition waits for the one before it.
  let sum0 = f32x4.splat(0), sum1 = sum0, squares0 = sum0, squares1 = sum0;
  x += at;
  let row: usize = 0;
  for (; row + 2 <= rows; row += 2) { // rows
    const d0 = f32x4.sub(loadLanes(x, lanes), p), d1 = f32x4.sub(loadLanes(x + stride, lanes), p);
    sum0 = f32x4.add(sum0, d0);
    sum1 = f32x4.add(sum1, d1);
    squares0 = multiplyAdd(d0, d0, squares0);
    squares1 = multiplyAdd(d1, d1, squares1);
    x += 2 * stride;
  }
  if (row < rows) {
    const d = f32x4.sub(loadLanes(x, lanes), p);
    sum0 = f32x4.add(sum0, d);
    squares0 = multiplyAdd(d, d, squares0);
  }
  addPairs(
    sums + (first << 4), f32x4.add(sum0, sum1), f32x4.add(squares0, squares1), c - first, lanes,
  );
}

/** First channel of the four that hold channel c on: the last four where c has fewer after it. */
// @ts-ignore: decorator
@inline
function firstOf(C: usize, c: usize): usize {
  return C >= 4 ? min(c, C - 4) : 0;
}

/** Adds lane l of `first` and `second` to the pair of float64 number l, for l in [from, to). */
// @ts-ignore: decorator
@inline
function addPairs(sums: usize, first: v128, second: v128, from: usize, to: usize): void {
  if (from < 1) addPair(sums, i32x4.shuffle(first, second, 0, 4, 0, 4));
  if (from < 2 && to > 1) addPair(sums + 16, i32x4.shuffle(first, second, 1, 5, 1, 5));
  if (from < 3 && to > 2) addPair(sums + 32, i32x4.shuffle(first, second, 2, 6, 2, 6));
  if (to > 3) addPair(sums + 48, i32x4.shuffle(first, second, 3, 7, 3, 7));
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
//
// Each has a version for four lanes and one for fewer, from the same body: a number of lanes that the
// compiler knows costs no branch.

/** y = γ/√(σ̂² + ε)·((x − pivot) − rest) + β */
function normalize(
  rows: usize, C: usize, c: usize, x: usize, gamma: usize, beta: usize,
  pivot: usize, rest: usize, inverse: usize, y: usize,
): void {
  if (C >= 4) normalizeLanes(rows, C, c, x, gamma, beta, pivot, rest, inverse, y, 4);
  else normalizeLanes(rows, C, c, x, gamma, beta, pivot, rest, inverse, y, C);
}

// @ts-ignore: decorator
@inline
function normalizeLanes(
  rows: usize, C: usize, c: usize, x: usize, gamma: usize, beta: usize,
  pivot: usize, rest: usize, inverse: usize, y: usize, lanes: usize,
): void {
  const at = firstOf(C, c) << 2, stride = C << 2;
  const p = loadLanes(pivot + at, lanes), r = loadLanes(rest + at, lanes);
  const scale = f32x4.mul(loadLanes(gamma + at, lanes), loadLanes(inverse + at, lanes));
  const shift = loadLanes(beta + at, lanes);
  x += at;
  y += at;
  for (const end = x + rows * stride; x < end; x += stride) { // rows
    const centered = f32x4.sub(f32x4.sub(loadLanes(x, lanes), p), r);
    storeLanes(y, multiplyAdd(centered, scale, shift), lanes);
    y += stride;
  }
}

/** sums[c] += Σ dy, Σ dy·x̂ */
function sumGradients(
  rows: usize, C: usize, c: usize, dy: usize, x: usize,
  pivot: usize, rest: usize, inverse: usize, sums: usize,
): void {
  if (C >= 4) sumGradientLanes(rows, C, c, dy, x, pivot, rest, inverse, sums, 4);
  else sumGradientLanes(rows, C, c, dy, x, pivot, rest, inverse, sums, C);
}

// @ts-ignore: decorator
@inline
function sumGradientLanes(
  rows: usize, C: usize, c: usize, dy: usize, x: usize,
  pivot: usize, rest: usize, inverse: usize, sums: usize, lanes: usize,
): void {
  const first = firstOf(C, c), at = first << 2, stride = C << 2;
  const p = loadLanes(pivot + at, lanes), r = loadLanes(rest + at, lanes);
  const s = loadLanes(inverse + at, lanes);
  let sum0 = f32x4.splat(0), sum1 = sum0, products0 = sum0, products1 = sum0;
  x += at;
  dy += at;
  let row: usize = 0;
  for (; row + 2 <= rows; row += 2) { // rows, two at a time as above
    const d0 = loadLanes(dy, lanes), d1 = loadLanes(dy + stride, lanes);
    const centered0 = f32x4.sub(f32x4.sub(loadLanes(x, lanes), p), r);
    const centered1 = f32x4.sub(f32x4.sub(loadLanes(x + stride, lanes), p), r);
    sum0 = f32x4.add(sum0, d0);
    sum1 = f32x4.add(sum1, d1);
    products0 = multiplyAdd(d0, f32x4.mul(centered0, s), products0);
    products1 = multiplyAdd(d1, f32x4.mul(centered1, s), products1);
    x += 2 * stride;
    dy += 2 * stride;
  }
  if (row < rows) {
    const d = loadLanes(dy, lanes);
    const xHat = f32x4.mul(f32x4.sub(f32x4.sub(loadLanes(x, lanes), p), r), s);
    sum0 = f32x4.add(sum0, d);
    products0 = multiplyAdd(d, xHat, products0);
  }
  addPairs(
    sums + (first << 4), f32x4.add(sum0, sum1), f32x4.add(products0, products1), c - first, lanes,
  );
}

/** dx = scale·dy + slope·((x − pivot) − rest) + shift */
function inputGradient(
  rows: usize, C: usize, c: usize, dy: usize, x: usize, pivot: usize, rest: usize,
  scale: usize, slope: usize, shift: usize, dx: usize,
): void {
  if (C >= 4) inputGradientLanes(rows, C, c, dy, x, pivot, rest, scale, slope, shift, dx, 4);
  else inputGradientLanes(rows, C, c, dy, x, pivot, rest, scale, slope, shift, dx, C);
}

// @ts-ignore: decorator
@inline
function inputGradientLanes(
  rows: usize, C: usize, c: usize, dy: usize, x: usize, pivot: usize, rest: usize,
  scale: usize, slope: usize, shift: usize, dx: usize, lanes: usize,
): void {
  const at = firstOf(C, c) << 2, stride = C << 2;
  const p = loadLanes(pivot + at, lanes), r = loadLanes(rest + at, lanes);
  const a = loadLanes(scale + at, lanes), b = loadLanes(slope + at, lanes);
  const d = loadLanes(shift + at, lanes);
  x += at;
  dy += at;
  dx += at;
  for (const end = x + rows * stride; x < end; x += stride) { // rows
    const centered = f32x4.sub(f32x4.sub(loadLanes(x, lanes), p), r);
    const sum = multiplyAdd(loadLanes(dy, lanes), a, multiplyAdd(centered, b, d));
    storeLanes(dx, sum, lanes);
    dy += stride;
    dx += stride;
  }
}
