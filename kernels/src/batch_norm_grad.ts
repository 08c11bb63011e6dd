// The gradients of training: batch_norm.ts has the formulas.

import { addPairs, addWide, BLOCK, cacheBlockOf, firstOf, WIDE, widthOf } from "./channel_tiles";
import { loadLanes, multiplyAdd, storeLanes } from "./simd";

/** dx, dγ and dβ from dy, dµ̂, dσ̂² and what training left. */
export function batchNormTrainingGrad(
  m: usize, C: usize, dy: usize, dMean: usize, dVariance: usize,
  x: usize, gamma: usize, pivot: usize, remainder: usize, inverse: usize,
  dx: usize, dGamma: usize, dBeta: usize, sums: usize,
): void {
  sumGradients(m, C, dy, x, pivot, sums);
  for (let c: usize = 0; c < C; c++) { // channels
    const at = c << 2, sum = load<f64>(sums + (c << 4)), product = load<f64>(sums + (c << 4), 8);
    const s = <f64>load<f32>(inverse + at), r = <f64>load<f32>(remainder + at);
    store<f32>(dBeta + at, <f32>sum);
    store<f32>(dGamma + at, <f32>((product - r * sum) * s)); // x − µ̂ = (x − pivot) − remainder
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
    store<f32>(shift + at, <f32>((dMu - g * sum) / <f64>m - k * <f64>load<f32>(remainder + at)));
  }
  inputGradient(m, C, dy, x, pivot, scale, slope, shift, dx);
}

/** sums[c] = Σ dy, Σ dy·(x − pivot) */
function sumGradients(m: usize, C: usize, dy: usize, x: usize, pivot: usize, sums: usize): void {
  memory.fill(sums, 0, C << 4);
  for (let row: usize = 0; row < m; row += BLOCK) { // blocks of rows
    const rows = min(BLOCK, m - row), start = (row * C) << 2;
    for (let c: usize = 0; c < C; c += widthOf(C)) { // tiles
      if (C >= WIDE) sumGradientsWide(rows, C, c, dy + start, x + start, pivot, sums);
      else if (C >= 4) sumGradientLanes(rows, C, c, dy + start, x + start, pivot, sums, 4);
      else sumGradientLanes(rows, C, c, dy + start, x + start, pivot, sums, C);
    }
  }
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

/** dx = scale·dy + slope·(x − pivot) + shift */
function inputGradient(
  m: usize, C: usize, dy: usize, x: usize, pivot: usize,
  scale: usize, slope: usize, shift: usize, dx: usize,
): void {
  const block = cacheBlockOf(C);
  for (let end = m; end > 0;) { // blocks of rows that a cache holds
    const rows = (end - 1) % block + 1, start = ((end - rows) * C) << 2;
    const from = x + start, gradient = dy + start, to = dx + start;
    for (let c: usize = 0; c < C; c += widthOf(C)) { // tiles
      if (C >= WIDE) inputGradientWide(rows, C, c, gradient, from, pivot, scale, slope, shift, to);
      else if (C >= 4) {
        inputGradientLanes(rows, C, c, gradient, from, pivot, scale, slope, shift, to, 4);
      } else inputGradientLanes(rows, C, c, gradient, from, pivot, scale, slope, shift, to, C);
    }
    end -= rows;
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
