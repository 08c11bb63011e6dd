// Tiles of C: 5 rows × 8 columns in registers, of packed A and eight columns of B.
//
// Deno checks the bounds of every load and store, a comparison and a branch each, so that a processor
// is as busy with them as with the arithmetic. What counts is the number of accesses for each
// multiply-add of four (one core of an AMD EPYC, the loop alone, share of the limit):
//
//   6×8, A a value at a time                      8 accesses for 12 multiply-adds     62 %
//   4×8, A packed four rows together              3 for 8                             85 %
//   5×8, A packed five rows together (this one)   3.25 for 10                         95 %
//
// One load gives four values of A, whichever rows and terms they are of; a shuffle spreads each. x64
// has 16 vector registers, of which V8 keeps one: 10 for sums, 2 for B, 1 for A, 1 for its spread value.
// With 8 sums, each waits for its own last result.
//
// The two halves of eight columns stand side by side everywhere, from the values that sums start from to
// their stores, so that V8 can join them into one vector of eight (`--experimental-wasm-revectorize`).
// Between checks of bounds it does not, so not in Deno; without them it reaches 1.14 times the limit of
// vectors of four.

import { lane0, lane1, lane2, lane3, multiplyAdd } from "./simd";

/** Rows of C computed together. */
export const TILE_ROWS: usize = 5;
/** Bytes of one term of a tile's rows of A. */
export const TILE_TERM: usize = 20;
/** Bytes of a tile's rows of A: whole groups of four terms, since these are read by vectors. */
// @ts-ignore: decorator
@inline
export function tileBytes(terms: usize): usize {
  return ((terms + 3) & ~3) * TILE_TERM;
}

/** Columns of C computed together: two vectors. */
export const TILE_COLUMNS: usize = 8;
/** Bytes of one term of a panel of B. */
export const PANEL_TERM: usize = 32;

/**
 * Whole tiles, one below the other. A function without a call: around one V8 would save all sums, and
 * reload the memory's size, with which it checks bounds.
 *
 * @param step Bytes from tile to tile of packed A.
 */
export function tiles(
  count: usize, packed: usize, step: usize, b: usize, bStride: usize, end: usize, start: usize,
  c: usize, stride: usize, add: bool, relu: bool,
): void {
  for (; count > 0; count--) { // tiles
    tile(packed, b, bStride, end, 0, start, c, stride, add, relu);
    packed += step;
    c += TILE_ROWS * stride;
  }
}

/** The first tile, which packs B for the next ones on the way. */
export function firstTile(
  packed: usize, b: usize, bStride: usize, end: usize, panel: usize, start: usize,
  c: usize, stride: usize, add: bool, relu: bool,
): void {
  tile(packed, b, bStride, end, panel, start, c, stride, add, relu);
}

/**
 * One tile.
 *
 * @param end Address after the last term of B.
 * @param panel Where to pack B, or 0, which costs nothing: the compiler knows it.
 * @param start Address of the eight values that the sums of a row start from.
 */
// @ts-ignore: decorator
@inline
function tile(
  a: usize, b: usize, bStride: usize, end: usize, panel: usize, start: usize,
  c: usize, stride: usize, add: bool, relu: bool,
): void {
  const s0 = v128.load(start), s1 = v128.load(start, 16);
  let c00 = s0, c10 = s0, c20 = s0, c30 = s0, c40 = s0;
  let c01 = s1, c11 = s1, c21 = s1, c31 = s1, c41 = s1;
  let b0: v128, b1: v128, x: v128, y: v128;
  // Four terms at a time, of five vectors of A. The loop is left between them rather than after them:
  // no remainder is needed, and the compiler does not draw the multiply-adds of a sum together, where
  // each would wait for the one before.
  if (b != end) while (true) {
    b0 = v128.load(b);
    b1 = v128.load(b, 16);
    if (panel) {
      v128.store(panel, b0);
      v128.store(panel, b1, 16);
      panel += PANEL_TERM;
    }
    x = v128.load(a);
    y = lane0(x); c00 = multiplyAdd(y, b0, c00); c01 = multiplyAdd(y, b1, c01);
    y = lane1(x); c10 = multiplyAdd(y, b0, c10); c11 = multiplyAdd(y, b1, c11);
    y = lane2(x); c20 = multiplyAdd(y, b0, c20); c21 = multiplyAdd(y, b1, c21);
    y = lane3(x); c30 = multiplyAdd(y, b0, c30); c31 = multiplyAdd(y, b1, c31);
    x = v128.load(a, 16);
    y = lane0(x); c40 = multiplyAdd(y, b0, c40); c41 = multiplyAdd(y, b1, c41);
    if ((b += bStride) == end) break;
    b0 = v128.load(b);
    b1 = v128.load(b, 16);
    if (panel) {
      v128.store(panel, b0);
      v128.store(panel, b1, 16);
      panel += PANEL_TERM;
    }
    y = lane1(x); c00 = multiplyAdd(y, b0, c00); c01 = multiplyAdd(y, b1, c01);
    y = lane2(x); c10 = multiplyAdd(y, b0, c10); c11 = multiplyAdd(y, b1, c11);
    y = lane3(x); c20 = multiplyAdd(y, b0, c20); c21 = multiplyAdd(y, b1, c21);
    x = v128.load(a, 32);
    y = lane0(x); c30 = multiplyAdd(y, b0, c30); c31 = multiplyAdd(y, b1, c31);
    y = lane1(x); c40 = multiplyAdd(y, b0, c40); c41 = multiplyAdd(y, b1, c41);
    if ((b += bStride) == end) break;
    b0 = v128.load(b);
    b1 = v128.load(b, 16);
    if (panel) {
      v128.store(panel, b0);
      v128.store(panel, b1, 16);
      panel += PANEL_TERM;
    }
    y = lane2(x); c00 = multiplyAdd(y, b0, c00); c01 = multiplyAdd(y, b1, c01);
    y = lane3(x); c10 = multiplyAdd(y, b0, c10); c11 = multiplyAdd(y, b1, c11);
    x = v128.load(a, 48);
    y = lane0(x); c20 = multiplyAdd(y, b0, c20); c21 = multiplyAdd(y, b1, c21);
    y = lane1(x); c30 = multiplyAdd(y, b0, c30); c31 = multiplyAdd(y, b1, c31);
    y = lane2(x); c40 = multiplyAdd(y, b0, c40); c41 = multiplyAdd(y, b1, c41);
    if ((b += bStride) == end) break;
    b0 = v128.load(b);
    b1 = v128.load(b, 16);
    if (panel) {
      v128.store(panel, b0);
      v128.store(panel, b1, 16);
      panel += PANEL_TERM;
    }
    y = lane3(x); c00 = multiplyAdd(y, b0, c00); c01 = multiplyAdd(y, b1, c01);
    x = v128.load(a, 64);
    y = lane0(x); c10 = multiplyAdd(y, b0, c10); c11 = multiplyAdd(y, b1, c11);
    y = lane1(x); c20 = multiplyAdd(y, b0, c20); c21 = multiplyAdd(y, b1, c21);
    y = lane2(x); c30 = multiplyAdd(y, b0, c30); c31 = multiplyAdd(y, b1, c31);
    y = lane3(x); c40 = multiplyAdd(y, b0, c40); c41 = multiplyAdd(y, b1, c41);
    if ((b += bStride) == end) break;
    a += 4 * TILE_TERM;
  }

  if (add) {
    let p = c;
    c00 = f32x4.add(c00, v128.load(p)); c01 = f32x4.add(c01, v128.load(p, 16));
    c10 = f32x4.add(c10, v128.load(p += stride)); c11 = f32x4.add(c11, v128.load(p, 16));
    c20 = f32x4.add(c20, v128.load(p += stride)); c21 = f32x4.add(c21, v128.load(p, 16));
    c30 = f32x4.add(c30, v128.load(p += stride)); c31 = f32x4.add(c31, v128.load(p, 16));
    c40 = f32x4.add(c40, v128.load(p += stride)); c41 = f32x4.add(c41, v128.load(p, 16));
  }
  if (relu) {
    const zero = f32x4.splat(0);
    c00 = f32x4.max(c00, zero); c01 = f32x4.max(c01, zero);
    c10 = f32x4.max(c10, zero); c11 = f32x4.max(c11, zero);
    c20 = f32x4.max(c20, zero); c21 = f32x4.max(c21, zero);
    c30 = f32x4.max(c30, zero); c31 = f32x4.max(c31, zero);
    c40 = f32x4.max(c40, zero); c41 = f32x4.max(c41, zero);
  }
  v128.store(c, c00); v128.store(c, c01, 16);
  v128.store(c += stride, c10); v128.store(c, c11, 16);
  v128.store(c += stride, c20); v128.store(c, c21, 16);
  v128.store(c += stride, c30); v128.store(c, c31, 16);
  v128.store(c += stride, c40); v128.store(c, c41, 16);
}
