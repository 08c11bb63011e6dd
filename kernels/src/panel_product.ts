// C (+)= A·B for one panel of B: whole tiles where C takes all of them, and parts of tiles elsewhere.

import { narrowTiles } from "./narrow_tiles";
import { storeSum } from "./simd";
import { firstTile, PANEL_TERM, TILE_COLUMNS, TILE_ROWS, tileBytes, tiles } from "./tile";

/** Tiles computed in scratch memory at a time, of which C takes a part only. */
const PARTS: usize = 8;
/** Bytes of that scratch memory. */
export const PARTS_BYTES: usize = PARTS * TILE_ROWS * PANEL_TERM;

/**
 * C (+)= A·B for 8 columns.
 *
 * @param M Rows of C.
 * @param packed Address of A, packed by pack_rows.ts.
 * @param b Address of eight columns of B, `bStride` bytes from term to term.
 * @param panel Where the first tile packs these columns for the next, or 0 if all read them at `b`.
 * @param c Address of the first row of C; `cStride` is bytes to the next.
 * @param skip How many of the columns the panel before holds too, since this one begins earlier.
 * @param start Address of the eight values that the sums of a row start from.
 * @param parts Scratch memory, PARTS_BYTES.
 */
export function panelProduct(
  M: usize, terms: usize, packed: usize, b: usize, bStride: usize, panel: usize,
  c: usize, cStride: usize, skip: usize, start: usize, add: bool, relu: bool, parts: usize,
): void {
  const step = tileBytes(terms);
  // Columns that the panel before holds too may be stored twice alike, but not added twice.
  const from: usize = add ? skip : 0;
  let r: usize = 0, end = b + terms * bStride;
  if (panel) {
    if (from == 0 && M >= TILE_ROWS) {
      firstTile(packed, b, bStride, end, panel, start, c, cStride, add, relu);
    } else {
      firstTile(packed, b, bStride, end, panel, start, parts, PANEL_TERM, false, false);
      storeParts(min(TILE_ROWS, M), c, cStride, parts, PANEL_TERM, from, TILE_COLUMNS, add, relu);
    }
    r = TILE_ROWS;
    b = panel;
    bStride = PANEL_TERM;
    end = b + terms * bStride;
  }
  if (skip >= 4 && from <= 4 && r + 2 * TILE_ROWS <= M) {
    const count = (M - r) / (2 * TILE_ROWS), to = c + r * cStride + 16;
    const a = packed + r / TILE_ROWS * step;
    narrowTiles(count, a, step, b + 16, bStride, end + 16, start + 16, to, cStride, add, relu);
    r += count * 2 * TILE_ROWS;
  }
  if (from == 0 && r + TILE_ROWS <= M) {
    const count = (M - r) / TILE_ROWS, a = packed + r / TILE_ROWS * step;
    tiles(count, a, step, b, bStride, end, start, c + r * cStride, cStride, add, relu);
    r += count * TILE_ROWS;
  }
  if (r < M) {
    const a = packed + r / TILE_ROWS * step, to = c + r * cStride;
    partsProduct(M - r, a, step, b, bStride, end, start, to, cStride, from, TILE_COLUMNS, add, relu, parts);
  }
}

/** The same for a C of fewer columns, `width`, and a packed panel. */
export function thinProduct(
  M: usize, terms: usize, packed: usize, panel: usize,
  c: usize, cStride: usize, width: usize, start: usize, add: bool, relu: bool, parts: usize,
): void {
  const step = tileBytes(terms), end = panel + terms * PANEL_TERM;
  let r: usize = 0;
  while (width <= 4 && r + 2 * TILE_ROWS <= M) { // rows of C, some pairs of tiles at a time
    const count = min(PARTS, (M - r) / (2 * TILE_ROWS)), rows = count * 2 * TILE_ROWS;
    const a = packed + r / TILE_ROWS * step;
    narrowTiles(count, a, step, panel, PANEL_TERM, end, start, parts, 16, false, false);
    storeParts(rows, c + r * cStride, cStride, parts, 16, 0, width, add, relu);
    r += rows;
  }
  const a = packed + r / TILE_ROWS * step, to = c + r * cStride;
  partsProduct(M - r, a, step, panel, PANEL_TERM, end, start, to, cStride, 0, width, add, relu, parts);
}

/** The same for columns `from` to `to` of eight: tiles in scratch memory first. */
function partsProduct(
  M: usize, packed: usize, step: usize, b: usize, bStride: usize, end: usize, start: usize,
  c: usize, cStride: usize, from: usize, to: usize, add: bool, relu: bool, parts: usize,
): void {
  for (let r: usize = 0; r < M; r += PARTS * TILE_ROWS) { // rows of C, some tiles at a time
    const rows = min(PARTS * TILE_ROWS, M - r), count = (rows + TILE_ROWS - 1) / TILE_ROWS;
    tiles(count, packed, step, b, bStride, end, start, parts, PANEL_TERM, false, false);
    storeParts(rows, c + r * cStride, cStride, parts, PANEL_TERM, from, to, add, relu);
    packed += count * step;
  }
}

/** C (+)= columns `from` to `to` of rows in scratch memory, `stride` bytes from row to row. */
function storeParts(
  rows: usize, c: usize, cStride: usize, parts: usize, stride: usize, from: usize, to: usize,
  add: bool, relu: bool,
): void {
  for (; rows > 0; rows--) {
    let n = from;
    for (; n + 4 <= to; n += 4) storeSum(c + (n << 2), v128.load(parts + (n << 2)), 4, add, relu);
    for (; n < to; n++) storeSum(c + (n << 2), v128.load_zero<f32>(parts + (n << 2)), 1, add, relu);
    c += cStride;
    parts += stride;
  }
}
