// Packs A for tiles: the values of five rows side by side, term after term, so that a tile reads four
// of them by one load. They are found through two tables, as gather_product.ts says.
//
// Versions, from slow to fast (5×5×1→30 on [64, 28, 28, 1], all of the convolution, share of the limit
// forward and filter gradient):
//   a value at a time through the tables                       60    56 %
//   neighbouring rows by one vector                            73    70 %
//   neighbouring rows and terms from two vectors (this one)    75    75 %

import { tileBytes, TILE_ROWS, TILE_TERM } from "./tile";

/**
 * Packs M rows, `terms` values of each.
 *
 * @param a Address that the offsets count from.
 * @param rows Table of M offsets in bytes; they increase.
 * @param columns Table of `terms` offsets; so do they.
 */
export function packRows(
  M: usize, terms: usize, a: usize, rows: usize, columns: usize, packed: usize,
): void {
  const overlapping = terms >= 4 && load<u32>(columns, 12) == load<u32>(columns) + 12;
  for (let r: usize = 0; r < M; r += TILE_ROWS) { // tiles
    const height = min(TILE_ROWS, M - r);
    const a0 = a + load<u32>(rows);
    if (height == TILE_ROWS && load<u32>(rows, 16) == load<u32>(rows) + 16) {
      if (overlapping) packOverlapping(terms, a0, columns, packed);
      else packNeighbours(terms, a0, columns, packed);
    } else {
      // Where a tile has fewer rows, the first one is computed again in their place and not stored.
      const a1 = height > 1 ? a + load<u32>(rows, 4) : a0;
      const a2 = height > 2 ? a + load<u32>(rows, 8) : a0;
      const a3 = height > 3 ? a + load<u32>(rows, 12) : a0;
      const a4 = height > 4 ? a + load<u32>(rows, 16) : a0;
      packApart(terms, a0, a1, a2, a3, a4, columns, packed);
    }
    rows += TILE_ROWS << 2;
    packed += tileBytes(terms);
  }
}

/** Five rows whose values lie side by side: a transposed matrix, neighbouring pixels or taps. */
function packNeighbours(terms: usize, a: usize, columns: usize, packed: usize): void {
  for (const end = columns + (terms << 2); columns < end; columns += 4) { // terms
    const from = a + load<u32>(columns);
    v128.store(packed, v128.load(from));
    store<f32>(packed, load<f32>(from, 16), 16);
    packed += TILE_TERM;
  }
}

/**
 * The same where terms lie side by side too, as the taps of one channel: all twenty values of five rows
 * and four terms are of eight.
 */
function packOverlapping(terms: usize, a: usize, columns: usize, packed: usize): void {
  const end = columns + (terms << 2);
  while (columns < end) {
    const offset = <usize>load<u32>(columns), from = a + offset;
    const low = v128.load(from); // values 0 to 3
    v128.store(packed, low);
    if (columns + 16 <= end && load<u32>(columns, 12) == <u32>offset + 12) {
      const high = v128.load(from, 16); // values 4 to 7
      v128.store(packed, i32x4.shuffle(low, high, 4, 1, 2, 3), 16);
      v128.store(packed, i32x4.shuffle(low, high, 4, 5, 2, 3), 32);
      v128.store(packed, i32x4.shuffle(low, high, 4, 5, 6, 3), 48);
      v128.store(packed, high, 64);
      packed += 4 * TILE_TERM;
      columns += 16;
    } else {
      store<f32>(packed, load<f32>(from, 16), 16);
      packed += TILE_TERM;
      columns += 4;
    }
  }
}

/** Five rows from anywhere; where four of their terms lie side by side, blocks of 4×4 are turned. */
function packApart(
  terms: usize, a0: usize, a1: usize, a2: usize, a3: usize, a4: usize, columns: usize, packed: usize,
): void {
  const end = columns + (terms << 2);
  while (columns < end) {
    const offset = <usize>load<u32>(columns);
    if (columns + 16 <= end && load<u32>(columns, 12) == <u32>offset + 12) {
      const r0 = v128.load(a0 + offset), r1 = v128.load(a1 + offset);
      const r2 = v128.load(a2 + offset), r3 = v128.load(a3 + offset);
      const r4 = v128.load(a4 + offset);
      const low01 = i32x4.shuffle(r0, r1, 0, 4, 1, 5), high01 = i32x4.shuffle(r0, r1, 2, 6, 3, 7);
      const low23 = i32x4.shuffle(r2, r3, 0, 4, 1, 5), high23 = i32x4.shuffle(r2, r3, 2, 6, 3, 7);
      v128.store(packed, i64x2.shuffle(low01, low23, 0, 2));
      v128.store_lane<f32>(packed, r4, 0, 16);
      v128.store(packed, i64x2.shuffle(low01, low23, 1, 3), 20);
      v128.store_lane<f32>(packed, r4, 1, 36);
      v128.store(packed, i64x2.shuffle(high01, high23, 0, 2), 40);
      v128.store_lane<f32>(packed, r4, 2, 56);
      v128.store(packed, i64x2.shuffle(high01, high23, 1, 3), 60);
      v128.store_lane<f32>(packed, r4, 3, 76);
      packed += 4 * TILE_TERM;
      columns += 16;
    } else {
      store<f32>(packed, load<f32>(a0 + offset));
      store<f32>(packed, load<f32>(a1 + offset), 4);
      store<f32>(packed, load<f32>(a2 + offset), 8);
      store<f32>(packed, load<f32>(a3 + offset), 12);
      store<f32>(packed, load<f32>(a4 + offset), 16);
      packed += TILE_TERM;
      columns += 4;
    }
  }
}
