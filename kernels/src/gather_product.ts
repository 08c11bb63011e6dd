// C (+)= A·B, where A is read through two tables of offsets:
//
//   C[r, n] = Σ_k A[rows[r] + columns[k]] · B[k, n]        r < M, n < N, k < K
//
// A plain matrix has rows[r] = r·stride and columns[k] = k·stride, and transposing it swaps the two.
// A convolution is the same product with other tables (a pixel's address for the row, a filter tap's
// for the column), and so is the gradient of its filter (the tables swapped). One loop serves all.
//
// A is packed by tiles of five rows (pack_rows.ts), B by panels of eight columns: by the first tile that
// reads it where its rows are contiguous (tile.ts), else beforehand (pack_panel.ts). A block of A is
// packed once for all columns of B, and a panel of B again for every block of A: of 60 rows at 1,024
// terms, of more where there are fewer terms.
//
// Versions, from slow to fast (the fastest of many calls of 64×784 · 784×256, one core of an AMD EPYC,
// share of the limit):
//   6×8 in registers, B packed, A gathered                          62 %
//   5×8 in registers, B packed, A packed five rows together         82 %
//   the same, B read where it lies                                  86 %
//   the same, B packed by the first tile that reads it (this one)   89 %
//
// For rows of 4 kB (64×784 · 784×1024) the last three are 78, 56 and 88 %: where B lies, a column of it
// falls into few sets of the cache.
//
// A product of few rows goes another way, to the same bits: few_rows.ts.

import { areFew, BLOCK, fewRows, SUMS_BYTES } from "./few_rows";
import { packPanel } from "./pack_panel";
import { packRows } from "./pack_rows";
import { panelProduct, PARTS_BYTES, thinProduct } from "./panel_product";
import { PANEL_TERM, tileBytes, TILE_COLUMNS, TILE_ROWS } from "./tile";

/** Bytes of scratch memory for a panel of B. */
const PANEL_BYTES: usize = BLOCK * PANEL_TERM;
/** Bytes of a block of A, which the second level of caches holds. */
const ROWS_BYTES: usize = 1 << 18;
/** Rows up to which packing a B whose rows are contiguous does not pay: two tiles. */
const DIRECT_ROWS: usize = 10;
/** Bytes of a line of the cache, at whose multiples scratch memory is used. */
const LINE: usize = 64;

/** Rows of A that are packed at a time, for blocks of `terms`. */
function blockRows(terms: usize): usize {
  return ROWS_BYTES / max<usize>(1, tileBytes(terms)) * TILE_ROWS;
}

/** Bytes of scratch memory for `gatherProduct`. */
export function gatherScratch(M: usize, K: usize): usize {
  const tiles = (M + TILE_ROWS - 1) / TILE_ROWS;
  const packed = min(tiles * tileBytes(min(BLOCK, K)), ROWS_BYTES);
  return LINE + max(PANEL_BYTES + PARTS_BYTES + PANEL_TERM + packed, SUMS_BYTES);
}

/**
 * C (+)= A·B, and optionally + bias and ReLU.
 *
 * @param a Address that the offsets count from.
 * @param rows Table of M offsets in bytes, u32, which increase.
 * @param columns Table of K offsets in bytes, u32, which increase.
 * @param b Address of B; its strides are in bytes from row to row and from column to column.
 * @param c Address of C, whose rows are contiguous, N values each.
 * @param bias Address of N values that the sums start from, or 0.
 * @param add Whether to add to what C holds.
 * @param relu Whether to store max(0, value).
 * @param scratch Scratch memory, `gatherScratch(M, K)` bytes.
 */
export function gatherProduct(
  M: usize, N: usize, K: usize,
  a: usize, rows: usize, columns: usize,
  b: usize, rowStride: usize, columnStride: usize,
  c: usize, bias: usize, add: bool, relu: bool, scratch: usize,
): void {
  if (N == 0) return;
  if (areFew(M, rowStride, columnStride)) {
    fewRows(M, N, K, a, rows, columns, b, rowStride, c, bias, add, relu, scratch);
    return;
  }
  const panel = (scratch + LINE - 1) & ~(LINE - 1), parts = panel + PANEL_BYTES;
  const starts = parts + PARTS_BYTES, packed = starts + PANEL_TERM;
  let k: usize = 0;
  do { // blocks of terms; one even where there are none, which stores zeros
    const terms = min<usize>(BLOCK, K - k), step = blockRows(terms);
    const start = k == 0 ? bias : 0, adding = add || k > 0, reluNow = relu && k + terms == K;
    const bRow = b + k * rowStride;
    storeStarts(starts, N < TILE_COLUMNS ? start : 0, N);
    for (let r: usize = 0; r < M; r += step) { // blocks of rows
      const height = min<usize>(step, M - r), cRow = c + ((r * N) << 2);
      packRows(height, terms, a, rows + (r << 2), columns + (k << 2), packed);
      if (N < TILE_COLUMNS) {
        packPanel(bRow, rowStride, columnStride, terms, N, panel);
        thinProduct(height, terms, packed, panel, cRow, N << 2, N, starts, adding, reluNow, parts);
        continue;
      }
      const direct = columnStride == 4, bStride = direct ? rowStride : PANEL_TERM;
      for (let n: usize = 0; n < N; n += TILE_COLUMNS) { // columns of C
        const first = min(n, N - TILE_COLUMNS); // the last panel begins earlier to be full
        const from = bRow + first * columnStride;
        if (!direct) packPanel(from, rowStride, columnStride, terms, TILE_COLUMNS, panel);
        panelProduct(
          height, terms, packed, direct ? from : panel, bStride,
          direct && height > DIRECT_ROWS ? panel : 0, cRow + (first << 2), N << 2, n - first,
          start ? start + (first << 2) : starts, adding, reluNow, parts,
        );
      }
    }
    k += terms;
  } while (k < K);
}

/** What the sums of eight columns start from where `start` is 0, or where there are only N. */
function storeStarts(to: usize, start: usize, N: usize): void {
  v128.store(to, f32x4.splat(0));
  v128.store(to, f32x4.splat(0), 16);
  if (start) memory.copy(to, start, N << 2);
}
