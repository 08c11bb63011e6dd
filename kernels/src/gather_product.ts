// C (+)= A·B, where A is read through two tables of offsets:
//
//   C[r, n] = Σ_k A[rows[r] + columns[k]] · B[k, n]        r < M, n < N, k < K
//
// A plain matrix has rows[r] = r·stride and columns[k] = k·stride, and transposing it swaps the two.
// A convolution is the same product with other tables (a pixel's address for the row, a filter tap's
// for the column), and so is the gradient of its filter (the tables swapped). One loop serves all.
//
// Versions, from slow to fast (64×784 · 784×256, one core of an AMD EPYC, GFLOP/s):
//   6×8 in registers, A and B packed                      47
//   6×8 in registers, B packed, A gathered (this one)     51
//   6×8 in registers, B packed, A by strides              55   plain matrices only
//
// A product of few rows goes another way, to the same bits: few_rows.ts.
//
// 6×8 because x64 has 16 vector registers: 12 for sums, 2 for B, 1 for A.

import { BLOCK, FEW_ROWS, fewRows, SUMS_BYTES } from "./few_rows";
import { loadLanes, multiplyAdd, storeSum } from "./simd";

/** Rows of C computed together. */
const TILE_ROWS: usize = 6;
/** Columns of C computed together: two vectors. */
const TILE_COLUMNS: usize = 8;
/** Bytes of one row of a panel of B. */
const PANEL_ROW: usize = 32;
/** Bytes of scratch memory for the panel: BLOCK terms, which stay in the cache, or few rows' sums. */
export const PANEL_BYTES: usize = max<usize>(BLOCK * PANEL_ROW, SUMS_BYTES);

/**
 * C (+)= A·B, and optionally + bias and ReLU.
 *
 * @param a Address that the offsets count from.
 * @param rows Table of M offsets in bytes, u32.
 * @param columns Table of K offsets in bytes, u32.
 * @param b Address of B; its strides are in bytes from row to row and from column to column.
 * @param c Address of C, whose rows are contiguous, N values each.
 * @param bias Address of N values that the sums start from, or 0.
 * @param add Whether to add to what C holds.
 * @param relu Whether to store max(0, value).
 * @param panel Scratch memory, PANEL_BYTES.
 */
export function gatherProduct(
  M: usize, N: usize, K: usize,
  a: usize, rows: usize, columns: usize,
  b: usize, rowStride: usize, columnStride: usize,
  c: usize, bias: usize, add: bool, relu: bool, panel: usize,
): void {
  if (M <= FEW_ROWS && columnStride == 4) {
    fewRows(M, N, K, a, rows, columns, b, rowStride, c, bias, add, relu, panel);
    return;
  }
  for (let n: usize = 0; n < N; n += TILE_COLUMNS) { // columns of C
    const width = min<usize>(TILE_COLUMNS, N - n);
    const start = bias ? bias + (n << 2) : 0;
    let k: usize = 0;
    do { // blocks of terms; one even where there are none, which stores zeros
      const terms = min<usize>(BLOCK, K - k);
      const last = k + terms == K;
      pack(b + k * rowStride + n * columnStride, rowStride, columnStride, terms, width, panel);
      for (let r: usize = 0; r < M; r += TILE_ROWS) { // rows of C
        tile(
          a, rows + (r << 2), columns + (k << 2), terms, panel,
          c + ((r * N + n) << 2), N << 2, min<usize>(TILE_ROWS, M - r), width,
          k == 0 ? start : 0, add || k > 0,
          relu && last ? f32x4.splat(0) : f32x4.splat(-Infinity),
        );
      }
      k += terms;
    } while (k < K);
  }
}

/** Copies `terms` rows of up to 8 columns of B side by side; zeros where B has fewer columns. */
function pack(
  b: usize, rowStride: usize, columnStride: usize, terms: usize, width: usize, panel: usize,
): void {
  if (width == TILE_COLUMNS && columnStride == 4) {
    for (const end = panel + terms * PANEL_ROW; panel < end; panel += PANEL_ROW) {
      v128.store(panel, v128.load(b));
      v128.store(panel, v128.load(b, 16), 16);
      b += rowStride;
    }
  } else if (width == TILE_COLUMNS && rowStride == 4) {
    packTransposed(b, columnStride, terms, panel);
    packTransposed(b + 4 * columnStride, columnStride, terms, panel + 16);
  } else {
    for (let k: usize = 0; k < terms; k++) {
      for (let n: usize = 0; n < TILE_COLUMNS; n++) {
        const value: f32 = n < width ? load<f32>(b + k * rowStride + n * columnStride) : 0;
        store<f32>(panel + k * PANEL_ROW + (n << 2), value);
      }
    }
  }
}

/** Four columns of a panel, each contiguous in B: blocks of 4×4 are turned. */
function packTransposed(b: usize, columnStride: usize, terms: usize, panel: usize): void {
  let b0 = b, b1 = b + columnStride, b2 = b1 + columnStride, b3 = b2 + columnStride;
  let k: usize = 0;
  for (; k + 4 <= terms; k += 4) {
    const r0 = v128.load(b0), r1 = v128.load(b1), r2 = v128.load(b2), r3 = v128.load(b3);
    const low01 = i32x4.shuffle(r0, r1, 0, 4, 1, 5), high01 = i32x4.shuffle(r0, r1, 2, 6, 3, 7);
    const low23 = i32x4.shuffle(r2, r3, 0, 4, 1, 5), high23 = i32x4.shuffle(r2, r3, 2, 6, 3, 7);
    v128.store(panel, i64x2.shuffle(low01, low23, 0, 2));
    v128.store(panel, i64x2.shuffle(low01, low23, 1, 3), PANEL_ROW);
    v128.store(panel, i64x2.shuffle(high01, high23, 0, 2), 2 * PANEL_ROW);
    v128.store(panel, i64x2.shuffle(high01, high23, 1, 3), 3 * PANEL_ROW);
    b0 += 16; b1 += 16; b2 += 16; b3 += 16;
    panel += 4 * PANEL_ROW;
  }
  for (; k < terms; k++) {
    store<f32>(panel, load<f32>(b0));
    store<f32>(panel, load<f32>(b1), 4);
    store<f32>(panel, load<f32>(b2), 8);
    store<f32>(panel, load<f32>(b3), 12);
    b0 += 4; b1 += 4; b2 += 4; b3 += 4;
    panel += PANEL_ROW;
  }
}

/**
 * One tile of C. Where it has fewer than 6 rows, the first one is computed again in their place and
 * not stored, so that every row goes through the same sums.
 */
function tile(
  a: usize, rows: usize, columns: usize, terms: usize, panel: usize,
  c: usize, cStride: usize, height: usize, width: usize, start: usize, add: bool, floor: v128,
): void {
  const a0 = a + load<u32>(rows);
  const a1 = height > 1 ? a + load<u32>(rows, 4) : a0;
  const a2 = height > 2 ? a + load<u32>(rows, 8) : a0;
  const a3 = height > 3 ? a + load<u32>(rows, 12) : a0;
  const a4 = height > 4 ? a + load<u32>(rows, 16) : a0;
  const a5 = height > 5 ? a + load<u32>(rows, 20) : a0;
  const s0 = start ? loadLanes(start, min<usize>(width, 4)) : f32x4.splat(0);
  const s1 = start && width > 4 ? loadLanes(start + 16, width - 4) : f32x4.splat(0);
  let c00 = s0, c10 = s0, c20 = s0, c30 = s0, c40 = s0, c50 = s0;
  let c01 = s1, c11 = s1, c21 = s1, c31 = s1, c41 = s1, c51 = s1;

  for (const end = panel + terms * PANEL_ROW; panel < end; panel += PANEL_ROW) { // terms
    const offset = <usize>load<u32>(columns);
    const b0 = v128.load(panel), b1 = v128.load(panel, 16);
    let x = v128.load_splat<f32>(a0 + offset);
    c00 = multiplyAdd(x, b0, c00); c01 = multiplyAdd(x, b1, c01);
    x = v128.load_splat<f32>(a1 + offset);
    c10 = multiplyAdd(x, b0, c10); c11 = multiplyAdd(x, b1, c11);
    x = v128.load_splat<f32>(a2 + offset);
    c20 = multiplyAdd(x, b0, c20); c21 = multiplyAdd(x, b1, c21);
    x = v128.load_splat<f32>(a3 + offset);
    c30 = multiplyAdd(x, b0, c30); c31 = multiplyAdd(x, b1, c31);
    x = v128.load_splat<f32>(a4 + offset);
    c40 = multiplyAdd(x, b0, c40); c41 = multiplyAdd(x, b1, c41);
    x = v128.load_splat<f32>(a5 + offset);
    c50 = multiplyAdd(x, b0, c50); c51 = multiplyAdd(x, b1, c51);
    columns += 4;
  }

  storeRow(c, c00, c01, width, add, floor);
  if (height > 1) storeRow(c += cStride, c10, c11, width, add, floor);
  if (height > 2) storeRow(c += cStride, c20, c21, width, add, floor);
  if (height > 3) storeRow(c += cStride, c30, c31, width, add, floor);
  if (height > 4) storeRow(c += cStride, c40, c41, width, add, floor);
  if (height > 5) storeRow(c += cStride, c50, c51, width, add, floor);
}

function storeRow(c: usize, low: v128, high: v128, width: usize, add: bool, floor: v128): void {
  storeSum(c, low, min<usize>(width, 4), add, floor);
  if (width > 4) storeSum(c + 16, high, width - 4, add, floor);
}
