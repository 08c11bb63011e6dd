// What training and prediction end with: an affine map of each channel.

import { cacheBlockOf, firstOf, WIDE, widthOf } from "./channel_tiles";
import { loadLanes, multiplyAdd, storeLanes } from "./simd";

/** y = scale·(x − pivot) + shift */
export function normalize(
  m: usize, C: usize, x: usize, pivot: usize, scale: usize, shift: usize, y: usize,
): void {
  const block = cacheBlockOf(C);
  for (let end = m; end > 0;) { // blocks of rows that a cache holds
    const rows = (end - 1) % block + 1, start = ((end - rows) * C) << 2;
    for (let c: usize = 0; c < C; c += widthOf(C)) { // tiles
      if (C >= WIDE) normalizeWide(rows, C, c, x + start, pivot, scale, shift, y + start);
      else if (C >= 4) normalizeLanes(rows, C, c, x + start, pivot, scale, shift, y + start, 4);
      else normalizeLanes(rows, C, c, x + start, pivot, scale, shift, y + start, C);
    }
    end -= rows;
  }
}

function normalizeWide(
  rows: usize, C: usize, c: usize, x: usize, pivot: usize, scale: usize, shift: usize, y: usize,
): void {
  const at = firstOf(C, c) << 2, stride = C << 2, p = pivot + at, a = scale + at, b = shift + at;
  const p0 = v128.load(p), p1 = v128.load(p, 16), p2 = v128.load(p, 32), p3 = v128.load(p, 48);
  const a0 = v128.load(a), a1 = v128.load(a, 16), a2 = v128.load(a, 32), a3 = v128.load(a, 48);
  const b0 = v128.load(b), b1 = v128.load(b, 16), b2 = v128.load(b, 32), b3 = v128.load(b, 48);
  x += at;
  y += at;
  for (const end = x + rows * stride; x < end; x += stride) { // rows
    v128.store(y, multiplyAdd(f32x4.sub(v128.load(x), p0), a0, b0));
    v128.store(y, multiplyAdd(f32x4.sub(v128.load(x, 16), p1), a1, b1), 16);
    v128.store(y, multiplyAdd(f32x4.sub(v128.load(x, 32), p2), a2, b2), 32);
    v128.store(y, multiplyAdd(f32x4.sub(v128.load(x, 48), p3), a3, b3), 48);
    y += stride;
  }
}

// @ts-ignore: decorator
@inline
function normalizeLanes(
  rows: usize, C: usize, c: usize, x: usize, pivot: usize, scale: usize, shift: usize, y: usize,
  lanes: usize,
): void {
  const at = firstOf(C, c) << 2, stride = C << 2;
  const p = loadLanes(pivot + at, lanes);
  const a = loadLanes(scale + at, lanes), b = loadLanes(shift + at, lanes);
  x += at;
  y += at;
  for (const end = x + rows * stride; x < end; x += stride) { // rows
    storeLanes(y, multiplyAdd(f32x4.sub(loadLanes(x, lanes), p), a, b), lanes);
    y += stride;
  }
}
