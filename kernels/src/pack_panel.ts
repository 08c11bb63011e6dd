// Packs B for tiles: eight of its columns side by side, term after term.

import { loadLanes } from "./simd";
import { PANEL_TERM, TILE_COLUMNS } from "./tile";

/** Copies `terms` rows of up to 8 columns of B side by side; zeros where B has fewer columns. */
export function packPanel(
  b: usize, rowStride: usize, columnStride: usize, terms: usize, width: usize, panel: usize,
): void {
  if (width == TILE_COLUMNS && rowStride == 4) {
    packTransposed(b, columnStride, terms, panel);
    packTransposed(b + 4 * columnStride, columnStride, terms, panel + 16);
  } else if (columnStride == 4) {
    for (const end = panel + terms * PANEL_TERM; panel < end; panel += PANEL_TERM) {
      v128.store(panel, loadLanes(b, min<usize>(4, width)));
      v128.store(panel, width > 4 ? loadLanes(b + 16, width - 4) : f32x4.splat(0), 16);
      b += rowStride;
    }
  } else {
    for (let k: usize = 0; k < terms; k++) {
      for (let n: usize = 0; n < TILE_COLUMNS; n++) {
        const value: f32 = n < width ? load<f32>(b + k * rowStride + n * columnStride) : 0;
        store<f32>(panel + k * PANEL_TERM + (n << 2), value);
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
    v128.store(panel, i64x2.shuffle(low01, low23, 1, 3), PANEL_TERM);
    v128.store(panel, i64x2.shuffle(high01, high23, 0, 2), 2 * PANEL_TERM);
    v128.store(panel, i64x2.shuffle(high01, high23, 1, 3), 3 * PANEL_TERM);
    b0 += 16; b1 += 16; b2 += 16; b3 += 16;
    panel += 4 * PANEL_TERM;
  }
  for (; k < terms; k++) {
    store<f32>(panel, load<f32>(b0));
    store<f32>(panel, load<f32>(b1), 4);
    store<f32>(panel, load<f32>(b2), 8);
    store<f32>(panel, load<f32>(b3), 12);
    b0 += 4; b1 += 4; b2 += 4; b3 += 4;
    panel += PANEL_TERM;
  }
}
