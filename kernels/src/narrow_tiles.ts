// Tiles of 10 rows × 4 columns, for a last panel that has four new columns or fewer: half a panel of B
// by the rows of two tiles of A. For 100 columns, which are 12½ panels, they gain 3 %.

import { lane0, lane1, lane2, lane3, multiplyAdd, storeSum } from "./simd";
import { TILE_TERM } from "./tile";

/**
 * C (+)= A·B for four columns, two tiles' rows at a time; the parameters are those of `tiles`.
 *
 * @param count How many pairs of tiles.
 * @param start Address of the four values that the sums of a row start from.
 */
export function narrowTiles(
  count: usize, packed: usize, step: usize, b: usize, bStride: usize, end: usize, start: usize,
  c: usize, stride: usize, add: bool, relu: bool,
): void {
  const s = v128.load(start);
  for (; count > 0; count--) { // pairs of tiles
    let c0 = s, c1 = s, c2 = s, c3 = s, c4 = s, c5 = s, c6 = s, c7 = s, c8 = s, c9 = s;
    let t = b, first = packed, second = packed + step, terms: v128, x: v128, y: v128;
    if (t != end) while (true) { // four terms at a time, as in tile.ts
      terms = v128.load(t);
      x = v128.load(first);
      c0 = multiplyAdd(lane0(x), terms, c0); c1 = multiplyAdd(lane1(x), terms, c1);
      c2 = multiplyAdd(lane2(x), terms, c2); c3 = multiplyAdd(lane3(x), terms, c3);
      x = v128.load(first, 16);
      c4 = multiplyAdd(lane0(x), terms, c4);
      y = v128.load(second);
      c5 = multiplyAdd(lane0(y), terms, c5); c6 = multiplyAdd(lane1(y), terms, c6);
      c7 = multiplyAdd(lane2(y), terms, c7); c8 = multiplyAdd(lane3(y), terms, c8);
      y = v128.load(second, 16);
      c9 = multiplyAdd(lane0(y), terms, c9);
      if ((t += bStride) == end) break;
      terms = v128.load(t);
      c0 = multiplyAdd(lane1(x), terms, c0); c1 = multiplyAdd(lane2(x), terms, c1);
      c2 = multiplyAdd(lane3(x), terms, c2);
      x = v128.load(first, 32);
      c3 = multiplyAdd(lane0(x), terms, c3); c4 = multiplyAdd(lane1(x), terms, c4);
      c5 = multiplyAdd(lane1(y), terms, c5); c6 = multiplyAdd(lane2(y), terms, c6);
      c7 = multiplyAdd(lane3(y), terms, c7);
      y = v128.load(second, 32);
      c8 = multiplyAdd(lane0(y), terms, c8); c9 = multiplyAdd(lane1(y), terms, c9);
      if ((t += bStride) == end) break;
      terms = v128.load(t);
      c0 = multiplyAdd(lane2(x), terms, c0); c1 = multiplyAdd(lane3(x), terms, c1);
      x = v128.load(first, 48);
      c2 = multiplyAdd(lane0(x), terms, c2); c3 = multiplyAdd(lane1(x), terms, c3);
      c4 = multiplyAdd(lane2(x), terms, c4); c5 = multiplyAdd(lane2(y), terms, c5);
      c6 = multiplyAdd(lane3(y), terms, c6);
      y = v128.load(second, 48);
      c7 = multiplyAdd(lane0(y), terms, c7); c8 = multiplyAdd(lane1(y), terms, c8);
      c9 = multiplyAdd(lane2(y), terms, c9);
      if ((t += bStride) == end) break;
      terms = v128.load(t);
      c0 = multiplyAdd(lane3(x), terms, c0);
      x = v128.load(first, 64);
      c1 = multiplyAdd(lane0(x), terms, c1); c2 = multiplyAdd(lane1(x), terms, c2);
      c3 = multiplyAdd(lane2(x), terms, c3); c4 = multiplyAdd(lane3(x), terms, c4);
      c5 = multiplyAdd(lane3(y), terms, c5);
      y = v128.load(second, 64);
      c6 = multiplyAdd(lane0(y), terms, c6); c7 = multiplyAdd(lane1(y), terms, c7);
      c8 = multiplyAdd(lane2(y), terms, c8); c9 = multiplyAdd(lane3(y), terms, c9);
      if ((t += bStride) == end) break;
      first += 4 * TILE_TERM;
      second += 4 * TILE_TERM;
    }
    storeSum(c, c0, 4, add, relu);
    storeSum(c += stride, c1, 4, add, relu);
    storeSum(c += stride, c2, 4, add, relu);
    storeSum(c += stride, c3, 4, add, relu);
    storeSum(c += stride, c4, 4, add, relu);
    storeSum(c += stride, c5, 4, add, relu);
    storeSum(c += stride, c6, 4, add, relu);
    storeSum(c += stride, c7, 4, add, relu);
    storeSum(c += stride, c8, 4, add, relu);
    storeSum(c += stride, c9, 4, add, relu);
    c += stride;
    packed += 2 * step;
  }
}
