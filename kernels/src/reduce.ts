// Sums over rows: y[c] = factor · Σ_r x[r, c], for x [R, C].
//
// In float32 over 64 values at most and in float64 beyond: a single float32 chain, as in
// TensorFlow.js's WASM backend, is off by 12 % after 2e7 values.
//
// A reduction over the last axis has C = 1: then four neighbours are taken for columns first.
//
// Versions, from slow to fast ([64, 28, 28, 30] to [30], and [1e5, 10] to [1e5], ms):
//   one float32 chain, the axes turned first (TensorFlow.js)    2.6    0.22
//   short sums in place, one call for each sum                  0.40   0.60
//   short sums in place, all in one call (this one)             0.40   0.30
//
// For sums of ten values TensorFlow.js is faster: it stays in float32, which ten values can afford.

import { loadLanes, storeLanes } from "./simd";

/** Rows added up in float32 before they go to float64. */
const BLOCK: usize = 64;

/** y[a, c] = factor · Σ_r x[a, r, c], for x [A, R, C]. */
export function sumRows(A: usize, R: usize, C: usize, x: usize, y: usize, factor: f64): void {
  for (let a: usize = 0; a < A; a++) { // matrices
    if (C == 1) store<f32>(y, <f32>(sumContiguous(R, x) * factor));
    else sumColumns(R, C, x, y, factor);
    x += (R * C) << 2;
    y += C << 2;
  }
}

function sumColumns(R: usize, C: usize, x: usize, y: usize, factor: f64): void {
  for (let c: usize = 0; c < C; c += 4) { // columns, four at a time
    const lanes = min<usize>(4, C - c);
    let low = f64x2.splat(0), high = f64x2.splat(0);
    for (let r: usize = 0; r < R; r += BLOCK) { // blocks of rows
      const sum = sumBlock(x + ((r * C + c) << 2), min(BLOCK, R - r), C << 2, lanes);
      low = f64x2.add(low, f64x2.promote_low_f32x4(sum));
      high = f64x2.add(high, f64x2.promote_low_f32x4(i32x4.shuffle(sum, sum, 2, 3, 2, 3)));
    }
    const f = f64x2.splat(factor);
    const first = f32x4.demote_f64x2_zero(f64x2.mul(low, f));
    const second = f32x4.demote_f64x2_zero(f64x2.mul(high, f));
    storeLanes(y + (c << 2), i32x4.shuffle(first, second, 0, 1, 4, 5), lanes);
  }
}

/** Σ of R neighbours. */
// @ts-ignore: decorator
@inline
function sumContiguous(R: usize, x: usize): f64 {
  const quads = R >> 2;
  let total: f64 = 0;
  for (let r: usize = 0; r < quads; r += BLOCK) { // blocks of four times 64
    const sum = sumBlock(x + (r << 4), min(BLOCK, quads - r), 16, 4);
    total += <f64>f32x4.extract_lane(sum, 0) + <f64>f32x4.extract_lane(sum, 1) +
      <f64>f32x4.extract_lane(sum, 2) + <f64>f32x4.extract_lane(sum, 3);
  }
  for (let r = quads << 2; r < R; r++) total += <f64>load<f32>(x + (r << 2)); // the last few
  return total;
}

/** Σ over some rows of up to four columns. */
// @ts-ignore: decorator
@inline
function sumBlock(x: usize, rows: usize, stride: usize, lanes: usize): v128 {
  let sum = f32x4.splat(0);
  for (let r: usize = 0; r < rows; r++) {
    sum = f32x4.add(sum, loadLanes(x, lanes));
    x += stride;
  }
  return sum;
}
