// y and the statistics of a batch: batch_norm.ts has the formulas.

import { normalize } from "./batch_norm_normalize";
import { addPairs, addWide, BLOCK, firstOf, WIDE, widthOf } from "./channel_tiles";
import { loadLanes, multiplyAdd } from "./simd";

/** Rows whose mean is the pivot. */
const SAMPLE: usize = 16;

/**
 * y and the statistics of the batch.
 *
 * @param gamma Address of γ, [C]; so β.
 * @param y Where y goes, [m, C]; the others [C]: mean, variance, the mean's two parts, 1/√(σ̂² + ε).
 */
export function batchNormTraining(
  m: usize, C: usize, x: usize, gamma: usize, beta: usize, epsilon: f64,
  y: usize, mean: usize, variance: usize, pivot: usize, remainder: usize, inverse: usize, sums: usize,
): void {
  samplePivot(m, C, x, pivot);
  sumPivoted(m, C, x, pivot, sums);
  if (pivotIsFar(m, C, sums)) {
    for (let c: usize = 0; c < C; c++) { // channels
      const p = pivot + (c << 2);
      store<f32>(p, <f32>(<f64>load<f32>(p) + remainderOf(m, sums, c)));
    }
    sumPivoted(m, C, x, pivot, sums);
  }
  for (let c: usize = 0; c < C; c++) { // channels
    const at = c << 2;
    const r = remainderOf(m, sums, c), v = varianceOf(m, sums, c);
    store<f32>(remainder + at, <f32>r);
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
    store<f32>(shift + at, <f32>(<f64>load<f32>(beta + at) - s * <f64>load<f32>(remainder + at)));
  }
  normalize(m, C, x, pivot, scale, shift, y);
}

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
function remainderOf(m: usize, sums: usize, c: usize): f64 {
  return load<f64>(sums + (c << 4)) / <f64>m;
}

/** σ̂² of channel c: the mean square about the pivot, less that of the remainder. */
function varianceOf(m: usize, sums: usize, c: usize): f64 {
  const r = remainderOf(m, sums, c);
  return max<f64>(load<f64>(sums + (c << 4), 8) / <f64>m - r * r, 0);
}

/** Whether a channel's pivot is more than two standard deviations from its mean: digits then cancel. */
function pivotIsFar(m: usize, C: usize, sums: usize): bool {
  for (let c: usize = 0; c < C; c++) { // channels
    const r = remainderOf(m, sums, c);
    if (r * r > 4 * varianceOf(m, sums, c)) return true;
  }
  return false;
}

/** sums[c] = Σ (x − pivot), Σ (x − pivot)² */
function sumPivoted(m: usize, C: usize, x: usize, pivot: usize, sums: usize): void {
  memory.fill(sums, 0, C << 4);
  for (let row: usize = 0; row < m; row += BLOCK) { // blocks of rows
    const rows = min(BLOCK, m - row), start = x + ((row * C) << 2);
    for (let c: usize = 0; c < C; c += widthOf(C)) { // tiles
      if (C >= WIDE) sumWide(rows, C, c, start, pivot, sums);
      else if (C >= 4) sumLanes(rows, C, c, start, pivot, sums, 4);
      else sumLanes(rows, C, c, start, pivot, sums, C);
    }
  }
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
