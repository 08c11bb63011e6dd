// C (+)= A·B as in gather_product.ts, of few rows and a B whose rows are contiguous: B is read where it
// lies, once, line after line, while the sums of a block of columns stay in the cache.
//
// Each sum takes its terms in the order of the tiles, and starts anew where theirs do, so that its bits
// do not say which of the two computed it.
//
// Versions, from slow to fast (784 · 784×256, of 1, 2 and 4 rows, one core of an AMD EPYC, GFLOP/s):
//   tiles of 5×8, the other rows for nothing                  10    21    41
//   two rows at a time, sums in the cache (this one)          20    29    34

import { loadLanes, multiplyAdd, storeSum } from "./simd";

/** Rows up to which tiles are slower: of three both are equally fast. */
const FEW_ROWS: usize = 2;
/** The same where B's rows lie a multiple of 16 kB apart, so that a column falls into one set of the cache. */
const FEW_ROWS_APART: usize = 16;

/** Whether `fewRows` is to compute a product of M rows. */
export function areFew(M: usize, rowStride: usize, columnStride: usize): bool {
  return columnStride == 4 && M <= (rowStride % (1 << 14) ? FEW_ROWS : FEW_ROWS_APART);
}

/** Terms summed before C is touched, here and in tiles: what decides the bits. */
export const BLOCK: usize = 1024;
/** Bytes of the sums that are held at a time. */
export const SUMS_BYTES: usize = 1 << 15;
/** Terms added in one go. */
const TERMS: usize = 4;

/**
 * C (+)= A·B for few rows; the parameters are those of `gatherProduct`.
 *
 * @param sums Scratch memory, SUMS_BYTES.
 */
export function fewRows(
  M: usize, N: usize, K: usize,
  a: usize, rows: usize, columns: usize, b: usize, rowStride: usize,
  c: usize, bias: usize, add: bool, relu: bool, sums: usize,
): void {
  if (M == 0) return;
  const blockWidth = (SUMS_BYTES / M >> 4) << 2; // columns whose sums are held at a time
  for (let n: usize = 0; n < N; n += blockWidth) { // columns of C
    const width = min<usize>(blockWidth, N - n);
    let k: usize = 0;
    do { // blocks of terms; one even where there are none, which stores zeros
      const end = min<usize>(k + BLOCK, K);
      const last = end == K, adding = add || k > 0;
      startRows(M, sums, blockWidth, k == 0 && bias ? bias + (n << 2) : 0, width);
      for (; k < end; k += TERMS) { // terms, four at a time
        addTerms(
          M, a, rows, columns + (k << 2), min(TERMS, end - k),
          b + k * rowStride + (n << 2), rowStride, sums, blockWidth << 2, width,
        );
      }
      k = end;
      for (let r: usize = 0; r < M; r++) { // rows of C
        storeRow(c + ((r * N + n) << 2), sums + r * (blockWidth << 2), width, adding, relu && last);
      }
    } while (k < K);
  }
}

/** Where sums start: at the bias (0 for none). */
function startRows(M: usize, sums: usize, blockWidth: usize, bias: usize, width: usize): void {
  for (let r: usize = 0; r < M; r++) { // rows of C
    for (let n: usize = 0; n < width; n += 4) { // columns, four at a time
      const lanes = min<usize>(4, width - n);
      const start = bias ? loadLanes(bias + (n << 2), lanes) : f32x4.splat(0);
      v128.store(sums + ((r * blockWidth + n) << 2), start);
    }
  }
}

/** Adds up to four terms to the sums of all rows; `stride` is bytes from one row's sums to the next's. */
function addTerms(
  M: usize, a: usize, rows: usize, columns: usize, terms: usize,
  b: usize, rowStride: usize, sums: usize, stride: usize, width: usize,
): void {
  let r: usize = 0;
  if (terms == TERMS) {
    for (; r + 2 <= M; r += 2) { // rows of C, two at a time
      const first = a + load<u32>(rows), second = a + load<u32>(rows, 4);
      addToTwo(first, second, columns, b, rowStride, sums, stride, width);
      rows += 8;
      sums += 2 * stride;
    }
  }
  for (; r < M; r++) { // rows of C
    const row = a + load<u32>(rows);
    if (terms == TERMS) {
      addToOne(row, columns, b, rowStride, sums, width);
    } else {
      for (let k: usize = 0; k < terms; k++) { // the last few terms
        addTerm(row, columns + (k << 2), b + k * rowStride, sums, width);
      }
    }
    rows += 4;
    sums += stride;
  }
}

/** Adds four terms to the sums of one row. */
function addToOne(
  row: usize, columns: usize, b: usize, rowStride: usize, sums: usize, width: usize,
): void {
  const x0 = v128.load_splat<f32>(row + load<u32>(columns));
  const x1 = v128.load_splat<f32>(row + load<u32>(columns, 4));
  const x2 = v128.load_splat<f32>(row + load<u32>(columns, 8));
  const x3 = v128.load_splat<f32>(row + load<u32>(columns, 12));
  for (; width >= 4; width -= 4) { // columns, four at a time
    oneRow(x0, x1, x2, x3, b, rowStride, sums, 4);
    sums += 16;
    b += 16;
  }
  if (width) oneRow(x0, x1, x2, x3, b, rowStride, sums, width);
}

// @ts-ignore: decorator
@inline
function oneRow(
  x0: v128, x1: v128, x2: v128, x3: v128,
  b: usize, rowStride: usize, sums: usize, lanes: usize,
): void {
  let sum = v128.load(sums);
  sum = multiplyAdd(x0, loadLanes(b, lanes), sum);
  sum = multiplyAdd(x1, loadLanes(b += rowStride, lanes), sum);
  sum = multiplyAdd(x2, loadLanes(b += rowStride, lanes), sum);
  sum = multiplyAdd(x3, loadLanes(b += rowStride, lanes), sum);
  v128.store(sums, sum);
}

/** Adds four terms to the sums of two rows, which share what is read of B. */
function addToTwo(
  first: usize, second: usize, columns: usize,
  b: usize, rowStride: usize, sums: usize, stride: usize, width: usize,
): void {
  const c0 = load<u32>(columns), c1 = load<u32>(columns, 4);
  const c2 = load<u32>(columns, 8), c3 = load<u32>(columns, 12);
  const x0 = v128.load_splat<f32>(first + c0), x1 = v128.load_splat<f32>(first + c1);
  const x2 = v128.load_splat<f32>(first + c2), x3 = v128.load_splat<f32>(first + c3);
  const y0 = v128.load_splat<f32>(second + c0), y1 = v128.load_splat<f32>(second + c1);
  const y2 = v128.load_splat<f32>(second + c2), y3 = v128.load_splat<f32>(second + c3);
  for (; width >= 4; width -= 4) { // columns, four at a time
    twoRows(x0, x1, x2, x3, y0, y1, y2, y3, b, rowStride, sums, stride, 4);
    sums += 16;
    b += 16;
  }
  if (width) twoRows(x0, x1, x2, x3, y0, y1, y2, y3, b, rowStride, sums, stride, width);
}

// @ts-ignore: decorator
@inline
function twoRows(
  x0: v128, x1: v128, x2: v128, x3: v128, y0: v128, y1: v128, y2: v128, y3: v128,
  b: usize, rowStride: usize, sums: usize, stride: usize, lanes: usize,
): void {
  let x = v128.load(sums), y = v128.load(sums + stride);
  let terms = loadLanes(b, lanes);
  x = multiplyAdd(x0, terms, x); y = multiplyAdd(y0, terms, y);
  terms = loadLanes(b += rowStride, lanes);
  x = multiplyAdd(x1, terms, x); y = multiplyAdd(y1, terms, y);
  terms = loadLanes(b += rowStride, lanes);
  x = multiplyAdd(x2, terms, x); y = multiplyAdd(y2, terms, y);
  terms = loadLanes(b += rowStride, lanes);
  x = multiplyAdd(x3, terms, x); y = multiplyAdd(y3, terms, y);
  v128.store(sums, x);
  v128.store(sums + stride, y);
}

/** Adds one term to the sums of one row. */
function addTerm(row: usize, column: usize, b: usize, sums: usize, width: usize): void {
  const x = v128.load_splat<f32>(row + load<u32>(column));
  for (let n: usize = 0; n < width; n += 4) { // columns, four at a time
    const terms = loadLanes(b + (n << 2), min<usize>(4, width - n));
    v128.store(sums + (n << 2), multiplyAdd(x, terms, v128.load(sums + (n << 2))));
  }
}

function storeRow(c: usize, sums: usize, width: usize, add: bool, relu: bool): void {
  for (let n: usize = 0; n < width; n += 4) {
    storeSum(c + (n << 2), v128.load(sums + (n << 2)), min<usize>(4, width - n), add, relu);
  }
}
