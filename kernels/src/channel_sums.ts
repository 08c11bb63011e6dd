// Sums of each channel in float64, for the statistics of a whole dataset, x [R, C]:
//
//   sum[c]     += Σ_r (x[r, c] − shift[c])
//   squares[c] += Σ_r (x[r, c] − shift[c])²
//
// One row after the other, with a rounding after every operation, so that the bits are those of the same
// lines in JavaScript (bn/channel_pool.ts), wherever the rows are cut into batches.

import { loadLanes } from "./simd";

/** Rows that stay in the cache while all channels go through them. */
const BLOCK: usize = 128;

/** Bytes of scratch memory: shift, sum and squares, each of C float64 up to a multiple of four. */
export function channelSumsScratch(C: usize): usize {
  return 3 * bytesOf(C);
}

function bytesOf(C: usize): usize {
  return (C + 3 & ~3) << 3;
}

/** @param sums Address of shift, sum and squares, one after the other; the last two are added to. */
export function channelSums(R: usize, C: usize, x: usize, sums: usize): void {
  const bytes = bytesOf(C);
  for (let r: usize = 0; r < R; r += BLOCK) { // rows
    const rows = min(BLOCK, R - r);
    for (let c: usize = 0; c < C; c += 4) { // channels, four at a time
      addRows(rows, min<usize>(4, C - c), x + (c << 2), C << 2, sums + (c << 3), bytes);
    }
    x += (rows * C) << 2;
  }
}

// @ts-ignore: decorator
@inline
function addRows(
  rows: usize, lanes: usize, x: usize, stride: usize, shift: usize, bytes: usize,
): void {
  const sum = shift + bytes, squares = sum + bytes;
  const shift0 = v128.load(shift), shift1 = v128.load(shift, 16);
  let sum0 = v128.load(sum), sum1 = v128.load(sum, 16);
  let squares0 = v128.load(squares), squares1 = v128.load(squares, 16);
  for (; rows > 0; rows--) {
    const values = loadLanes(x, lanes);
    const x0 = f64x2.sub(f64x2.promote_low_f32x4(values), shift0);
    const x1 = f64x2.sub(f64x2.promote_low_f32x4(i32x4.shuffle(values, values, 2, 3, 2, 3)), shift1);
    sum0 = f64x2.add(sum0, x0);
    sum1 = f64x2.add(sum1, x1);
    squares0 = f64x2.add(squares0, f64x2.mul(x0, x0));
    squares1 = f64x2.add(squares1, f64x2.mul(x1, x1));
    x += stride;
  }
  v128.store(sum, sum0);
  v128.store(sum, sum1, 16);
  v128.store(squares, squares0);
  v128.store(squares, squares1, 16);
}
