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
// Channels are taken sixteen at a time, a line of the cache, or four where there are fewer. Where their
// number is no multiple of that, the last strip overlaps the one before it: values are written twice
// alike, and sums leave out what is counted already.
//
// Versions, from slow to fast ([64, 28, 28, 30], forward and backward): basic operations, one pass over
// memory for each (the textbook), 22 ms; two passes with a pivot, a branch in every load for the last
// channels, 3.4 ms; strips of four channels that overlap instead, 2.0 ms; strips of sixteen, and the
// second pass from the end (this one), 1.25 ms.

import { loadLanes, multiplyAdd, storeLanes } from "./simd";

/** Rows added up in float32 before they go to float64. */
const BLOCK: usize = 64;
/** Bytes that a pass from the last row to the first goes through in their order, for prefetching. */
const STRETCH: usize = 1 << 17;
/** Channels of a wide strip: a line of the cache. */
const WIDE: usize = 16;
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
  // y = scale·(x − pivot) + shift, with two numbers per channel; they take the sums' place.
  const scale = sums, shift = sums + (C << 2);
  for (let c: usize = 0; c < C; c++) { // channels
    const at = c << 2;
    const s = <f64>load<f32>(gamma + at) * <f64>load<f32>(inverse + at);
    store<f32>(scale + at, <f32>s);
    store<f32>(shift + at, <f32>(<f64>load<f32>(beta + at) - s * <f64>load<f32>(rest + at)));
  }
  normalize(m, C, x, pivot, scale, shift, y);
}

/** dx, dγ and dβ from dy, dµ̂, dσ̂² and what training left. */
export function batchNormTrainingGrad(
  m: usize, C: usize, dy: usize, dMean: usize, dVariance: usize,
  x: usize, gamma: usize, pivot: usize, rest: usize, inverse: usize,
  dx: usize, dGamma: usize, dBeta: usize, sums: usize,
): void {
  sumGradients(m, C, dy, x, pivot, sums);
  for (let c: usize = 0; c < C; c++) { // channels
    const at = c << 2, sum = load<f64>(sums + (c << 4)), product = load<f64>(sums + (c << 4), 8);
    const s = <f64>load<f32>(inverse + at), r = <f64>load<f32>(rest + at);
    store<f32>(dBeta + at, <f32>sum);
    store<f32>(dGamma + at, <f32>((product - r * sum) * s)); // x − µ̂ = (x − pivot) − rest
  }
  // dx = scale·dy + slope·(x − pivot) + shift, with three numbers per channel; they take the sums' place.
  const scale = sums, slope = sums + (C << 2), shift = sums + (C << 3);
  for (let c: usize = 0; c < C; c++) { // channels
    const at = c << 2;
    const s = <f64>load<f32>(inverse + at), g = <f64>load<f32>(gamma + at) * s;
    const dMu = <f64>load<f32>(dMean + at), dSigma = <f64>load<f32>(dVariance + at);
    const sum = <f64>load<f32>(dBeta + at), product = <f64>load<f32>(dGamma + at);
    const k = (2 * dSigma - g * s * product) / <f64>m;
    store<f32>(scale + at, <f32>g);
    store<f32>(slope + at, <f32>k);
    store<f32>(shift + at, <f32>((dMu - g * sum) / <f64>m - k * <f64>load<f32>(rest + at)));
  }
  inputGradient(m, C, dy, x, pivot, scale, slope, shift, dx);
}

/** y = γ/√(σ² + ε)·(x − µ) + β with statistics from outside. */
export function batchNormPrediction(
  m: usize, C: usize, x: usize, mean: usize, variance: usize, gamma: usize, beta: usize,
  epsilon: f64, y: usize, scratch: usize,
): void {
  for (let c: usize = 0; c < C; c++) { // channels
    const v = <f64>load<f32>(variance + (c << 2));
    const inverse = <f32>(1 / Math.sqrt(v + epsilon));
    store<f32>(scratch + (c << 2), load<f32>(gamma + (c << 2)) * inverse);
  }
  normalize(m, C, x, mean, scratch, beta, y);
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

// ---- Passes over memory -----------------------------------------------------------------------------
//
// Each walks over the rows, a block or a stretch at a time, and there over strips of channels; those
// that come second begin with the last stretch, which is still in the cache. A strip is sixteen channels
// wide, or up to four lanes of one vector, whose number the compiler knows: that costs no branch.

/** sums[c] = Σ (x − pivot), Σ (x − pivot)² */
function sumPivoted(m: usize, C: usize, x: usize, pivot: usize, sums: usize): void {
  memory.fill(sums, 0, C << 4);
  for (let row: usize = 0; row < m; row += BLOCK) { // blocks of rows
    const rows = min(BLOCK, m - row), start = x + ((row * C) << 2);
    for (let c: usize = 0; c < C; c += widthOf(C)) { // strips
      if (C >= WIDE) sumWide(rows, C, c, start, pivot, sums);
      else if (C >= 4) sumLanes(rows, C, c, start, pivot, sums, 4);
      else sumLanes(rows, C, c, start, pivot, sums, C);
    }
  }
}

/** sums[c] = Σ dy, Σ dy·(x − pivot) */
function sumGradients(m: usize, C: usize, dy: usize, x: usize, pivot: usize, sums: usize): void {
  memory.fill(sums, 0, C << 4);
  for (let row: usize = 0; row < m; row += BLOCK) { // blocks of rows
    const rows = min(BLOCK, m - row), start = (row * C) << 2;
    for (let c: usize = 0; c < C; c += widthOf(C)) { // strips
      if (C >= WIDE) sumGradientsWide(rows, C, c, dy + start, x + start, pivot, sums);
      else if (C >= 4) sumGradientLanes(rows, C, c, dy + start, x + start, pivot, sums, 4);
      else sumGradientLanes(rows, C, c, dy + start, x + start, pivot, sums, C);
    }
  }
}

/** y = scale·(x − pivot) + shift */
function normalize(
  m: usize, C: usize, x: usize, pivot: usize, scale: usize, shift: usize, y: usize,
): void {
  const stretch = stretchOf(C);
  for (let end = m; end > 0;) { // stretches of rows
    const rows = (end - 1) % stretch + 1, start = ((end - rows) * C) << 2;
    for (let c: usize = 0; c < C; c += widthOf(C)) { // strips
      if (C >= WIDE) normalizeWide(rows, C, c, x + start, pivot, scale, shift, y + start);
      else if (C >= 4) normalizeLanes(rows, C, c, x + start, pivot, scale, shift, y + start, 4);
      else normalizeLanes(rows, C, c, x + start, pivot, scale, shift, y + start, C);
    }
    end -= rows;
  }
}

/** dx = scale·dy + slope·(x − pivot) + shift */
function inputGradient(
  m: usize, C: usize, dy: usize, x: usize, pivot: usize,
  scale: usize, slope: usize, shift: usize, dx: usize,
): void {
  const stretch = stretchOf(C);
  for (let end = m; end > 0;) { // stretches of rows
    const rows = (end - 1) % stretch + 1, start = ((end - rows) * C) << 2;
    const from = x + start, gradient = dy + start, to = dx + start;
    for (let c: usize = 0; c < C; c += widthOf(C)) { // strips
      if (C >= WIDE) inputGradientWide(rows, C, c, gradient, from, pivot, scale, slope, shift, to);
      else if (C >= 4) {
        inputGradientLanes(rows, C, c, gradient, from, pivot, scale, slope, shift, to, 4);
      } else inputGradientLanes(rows, C, c, gradient, from, pivot, scale, slope, shift, to, C);
    }
    end -= rows;
  }
}

// ---- Strips -----------------------------------------------------------------------------------------

/** Channels of a strip. */
// @ts-ignore: decorator
@inline
function widthOf(C: usize): usize {
  return C >= WIDE ? WIDE : 4;
}

/** Rows of a stretch. */
function stretchOf(C: usize): usize {
  return max<usize>(STRETCH / max<usize>(C << 2, 1), 1);
}

/** First channel of the strip that holds channel c: the last one begins earlier to be full. */
// @ts-ignore: decorator
@inline
function firstOf(C: usize, c: usize): usize {
  return C >= 4 ? min(c, C - widthOf(C)) : 0;
}

/** Adds lane l of `first` and `second` to the pair of float64 number l, for l in [from, to). */
// @ts-ignore: decorator
@inline
function addPairs(sums: usize, first: v128, second: v128, from: usize, to: usize): void {
  if (from < 1) addPair(sums, i32x4.shuffle(first, second, 0, 4, 0, 4));
  if (from < 2 && to > 1) addPair(sums + 16, i32x4.shuffle(first, second, 1, 5, 1, 5));
  if (from < 3 && to > 2) addPair(sums + 32, i32x4.shuffle(first, second, 2, 6, 2, 6));
  if (from < 4 && to > 3) addPair(sums + 48, i32x4.shuffle(first, second, 3, 7, 3, 7));
}

// @ts-ignore: decorator
@inline
function addPair(sums: usize, pair: v128): void {
  v128.store(sums, f64x2.add(v128.load(sums), f64x2.promote_low_f32x4(pair)));
}

/** The same for a strip of sixteen, whose channels before number `from` are counted already. */
function addWide(
  sums: usize, from: usize, first0: v128, first1: v128, first2: v128, first3: v128,
  second0: v128, second1: v128, second2: v128, second3: v128,
): void {
  addPairs(sums, first0, second0, from, 4);
  addPairs(sums + 64, first1, second1, max(from, 4) - 4, 4);
  addPairs(sums + 128, first2, second2, max(from, 8) - 8, 4);
  addPairs(sums + 192, first3, second3, max(from, 12) - 12, 4);
}

function sumWide(rows: usize, C: usize, c: usize, x: usize, pivot: usize, sums: usize): void {
  const first = firstOf(C, c), at = first << 2, stride = C << 2, p = pivot + at;
  const p0 = v128.load(p), p1 = v128.load(p, 16), p2 = v128.load(p, 32), p3 = v128.load(p, 48);
  let sum0 = f32x4.splat(0), sum1 = sum0, sum2 = sum0, sum3 = sum0;
  let squares0 = sum0, squares1 = sum0, squares2 = sum0, squares3 = sum0;
  x += at;
  for (const end = x + rows * stride; x < end; x += stride) { // rows
    const d0 = f32x4.sub(v128.load(x), p0), d1 = f32x4.sub(v128.load(x, 16), p1);
    const d2 = f32x4.sub(v128.load(x, 32), p2), d3 = f32x4.sub(v128.load(x, 48), p3);
    sum0 = f32x4.add(sum0, d0); squares0 = multiplyAdd(d0, d0, squares0);
    sum1 = f32x4.add(sum1, d1); squares1 = multiplyAdd(d1, d1, squares1);
    sum2 = f32x4.add(sum2, d2); squares2 = multiplyAdd(d2, d2, squares2);
    sum3 = f32x4.add(sum3, d3); squares3 = multiplyAdd(d3, d3, squares3);
  }
  addWide(
    sums + (first << 4), c - first,
    sum0, sum1, sum2, sum3, squares0, squares1, squares2, squares3,
  );
}

// @ts-ignore: decorator
@inline
function sumLanes(
  rows: usize, C: usize, c: usize, x: usize, pivot: usize, sums: usize, lanes: usize,
): void {
  const first = firstOf(C, c), at = first << 2, stride = C << 2;
  const p = loadLanes(pivot + at, lanes);
  let sum = f32x4.splat(0), squares = sum;
  x += at;
  for (const end = x + rows * stride; x < end; x += stride) { // rows
    const d = f32x4.sub(loadLanes(x, lanes), p);
    sum = f32x4.add(sum, d);
    squares = multiplyAdd(d, d, squares);
  }
  addPairs(sums + (first << 4), sum, squares, c - first, lanes);
}

function sumGradientsWide(
  rows: usize, C: usize, c: usize, dy: usize, x: usize, pivot: usize, sums: usize,
): void {
  const first = firstOf(C, c), at = first << 2, stride = C << 2, p = pivot + at;
  const p0 = v128.load(p), p1 = v128.load(p, 16), p2 = v128.load(p, 32), p3 = v128.load(p, 48);
  let sum0 = f32x4.splat(0), sum1 = sum0, sum2 = sum0, sum3 = sum0;
  let products0 = sum0, products1 = sum0, products2 = sum0, products3 = sum0;
  x += at;
  dy += at;
  for (const end = x + rows * stride; x < end; x += stride) { // rows
    const d0 = v128.load(dy), d1 = v128.load(dy, 16);
    const d2 = v128.load(dy, 32), d3 = v128.load(dy, 48);
    sum0 = f32x4.add(sum0, d0);
    sum1 = f32x4.add(sum1, d1);
    sum2 = f32x4.add(sum2, d2);
    sum3 = f32x4.add(sum3, d3);
    products0 = multiplyAdd(d0, f32x4.sub(v128.load(x), p0), products0);
    products1 = multiplyAdd(d1, f32x4.sub(v128.load(x, 16), p1), products1);
    products2 = multiplyAdd(d2, f32x4.sub(v128.load(x, 32), p2), products2);
    products3 = multiplyAdd(d3, f32x4.sub(v128.load(x, 48), p3), products3);
    dy += stride;
  }
  addWide(
    sums + (first << 4), c - first,
    sum0, sum1, sum2, sum3, products0, products1, products2, products3,
  );
}

// @ts-ignore: decorator
@inline
function sumGradientLanes(
  rows: usize, C: usize, c: usize, dy: usize, x: usize, pivot: usize, sums: usize, lanes: usize,
): void {
  const first = firstOf(C, c), at = first << 2, stride = C << 2;
  const p = loadLanes(pivot + at, lanes);
  let sum = f32x4.splat(0), products = sum;
  x += at;
  dy += at;
  for (const end = x + rows * stride; x < end; x += stride) { // rows
    const d = loadLanes(dy, lanes);
    sum = f32x4.add(sum, d);
    products = multiplyAdd(d, f32x4.sub(loadLanes(x, lanes), p), products);
    dy += stride;
  }
  addPairs(sums + (first << 4), sum, products, c - first, lanes);
}

function normalizeWide(
  rows: usize, C: usize, c: usize, x: usize, pivot: usize, scale: usize, shift: usize, y: usize,
): void {
  const at = firstOf(C, c) << 2, stride = C << 2, p = pivot + at, a = scale + at, b = shift + at;
  const p0 = v128.load(p), p1 = v128.load(p, 16), p2 = v128.load(p, 32), p3 = v128.load(p, 48);
  const a0 = v128.load(a), a1 = v128.load(a, 16), a2 = v128.load(a, 32), a3 = v128.load(a, 48);
  const b0 = v128.load(b), b1 = v128.load(b, 16), b2 = v128.load(b, 32), b3 = v128.load(b, 48);
  x += at;
  y += at;
  for (const end = x + rows * stride; x < end; x += stride) { // rows
    v128.store(y, multiplyAdd(f32x4.sub(v128.load(x), p0), a0, b0));
    v128.store(y, multiplyAdd(f32x4.sub(v128.load(x, 16), p1), a1, b1), 16);
    v128.store(y, multiplyAdd(f32x4.sub(v128.load(x, 32), p2), a2, b2), 32);
    v128.store(y, multiplyAdd(f32x4.sub(v128.load(x, 48), p3), a3, b3), 48);
    y += stride;
  }
}

// @ts-ignore: decorator
@inline
function normalizeLanes(
  rows: usize, C: usize, c: usize, x: usize, pivot: usize, scale: usize, shift: usize, y: usize,
  lanes: usize,
): void {
  const at = firstOf(C, c) << 2, stride = C << 2;
  const p = loadLanes(pivot + at, lanes);
  const a = loadLanes(scale + at, lanes), b = loadLanes(shift + at, lanes);
  x += at;
  y += at;
  for (const end = x + rows * stride; x < end; x += stride) { // rows
    storeLanes(y, multiplyAdd(f32x4.sub(loadLanes(x, lanes), p), a, b), lanes);
    y += stride;
  }
}

function inputGradientWide(
  rows: usize, C: usize, c: usize, dy: usize, x: usize, pivot: usize,
  scale: usize, slope: usize, shift: usize, dx: usize,
): void {
  const at = firstOf(C, c) << 2, stride = C << 2;
  const p = pivot + at, a = scale + at, b = slope + at, d = shift + at;
  const p0 = v128.load(p), p1 = v128.load(p, 16), p2 = v128.load(p, 32), p3 = v128.load(p, 48);
  const a0 = v128.load(a), a1 = v128.load(a, 16), a2 = v128.load(a, 32), a3 = v128.load(a, 48);
  const b0 = v128.load(b), b1 = v128.load(b, 16), b2 = v128.load(b, 32), b3 = v128.load(b, 48);
  const d0 = v128.load(d), d1 = v128.load(d, 16), d2 = v128.load(d, 32), d3 = v128.load(d, 48);
  x += at;
  dy += at;
  dx += at;
  for (const end = x + rows * stride; x < end; x += stride) { // rows
    const k0 = multiplyAdd(f32x4.sub(v128.load(x), p0), b0, d0);
    const k1 = multiplyAdd(f32x4.sub(v128.load(x, 16), p1), b1, d1);
    const k2 = multiplyAdd(f32x4.sub(v128.load(x, 32), p2), b2, d2);
    const k3 = multiplyAdd(f32x4.sub(v128.load(x, 48), p3), b3, d3);
    v128.store(dx, multiplyAdd(v128.load(dy), a0, k0));
    v128.store(dx, multiplyAdd(v128.load(dy, 16), a1, k1), 16);
    v128.store(dx, multiplyAdd(v128.load(dy, 32), a2, k2), 32);
    v128.store(dx, multiplyAdd(v128.load(dy, 48), a3, k3), 48);
    dy += stride;
    dx += stride;
  }
}

// @ts-ignore: decorator
@inline
function inputGradientLanes(
  rows: usize, C: usize, c: usize, dy: usize, x: usize, pivot: usize,
  scale: usize, slope: usize, shift: usize, dx: usize, lanes: usize,
): void {
  const at = firstOf(C, c) << 2, stride = C << 2;
  const p = loadLanes(pivot + at, lanes), a = loadLanes(scale + at, lanes);
  const b = loadLanes(slope + at, lanes), d = loadLanes(shift + at, lanes);
  x += at;
  dy += at;
  dx += at;
  for (const end = x + rows * stride; x < end; x += stride) { // rows
    const k = multiplyAdd(f32x4.sub(loadLanes(x, lanes), p), b, d);
    storeLanes(dx, multiplyAdd(loadLanes(dy, lanes), a, k), lanes);
    dy += stride;
    dx += stride;
  }
}
