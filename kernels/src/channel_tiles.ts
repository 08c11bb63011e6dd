// How batch normalization walks over x [m, C].
//
// A pass goes over the rows, a block at a time, and there over tiles of channels. Passes that sum take
// blocks of 64 rows. Passes that come second take blocks that a cache holds, the last one first, since
// that one is still there. A tile is sixteen channels wide, or up to four lanes of one vector, whose
// number the compiler knows: that costs no branch.

/** Rows added up in float32 before they go to float64. */
export const BLOCK: usize = 64;
/** Channels of a wide tile: a line of the cache. */
export const WIDE: usize = 16;
/** Bytes of a block of rows that is read forwards in a pass from the end, for prefetching. */
const CACHE_BLOCK: usize = 1 << 17;

/** Channels of a tile. */
// @ts-ignore: decorator
@inline
export function widthOf(C: usize): usize {
  return C >= WIDE ? WIDE : 4;
}

/** Rows of a block that a cache holds. */
export function cacheBlockOf(C: usize): usize {
  return max<usize>(CACHE_BLOCK / max<usize>(C << 2, 1), 1);
}

/** First channel of the tile that holds channel c: the last one begins earlier to be full. */
// @ts-ignore: decorator
@inline
export function firstOf(C: usize, c: usize): usize {
  return C >= 4 ? min(c, C - widthOf(C)) : 0;
}

/** Adds lane l of `first` and `second` to the pair of float64 number l, for l in [from, to). */
// @ts-ignore: decorator
@inline
export function addPairs(sums: usize, first: v128, second: v128, from: usize, to: usize): void {
  if (from < 1) addPair(sums, i32x4.shuffle(first, second, 0, 4, 0, 4));
  if (from < 2 && to > 1) addPair(sums + 16, i32x4.shuffle(first, second, 1, 5, 1, 5));
  if (from < 3 && to > 2) addPair(sums + 32, i32x4.shuffle(first, second, 2, 6, 2, 6));
  if (from < 4 && to > 3) addPair(sums + 48, i32x4.shuffle(first, second, 3, 7, 3, 7));
}

// @ts-ignore: decorator
@inline
function addPair(sums: usize, pair: v128): void {
  v128.store(sums, f64x2.add(v128.load(sums), f64x2.promote_low_f32x4(pair)));
}

/** The same for a tile of sixteen, whose channels before number `from` are counted already. */
export function addWide(
  sums: usize, from: usize, first0: v128, first1: v128, first2: v128, first3: v128,
  second0: v128, second1: v128, second2: v128, second3: v128,
): void {
  addPairs(sums, first0, second0, from, 4);
  addPairs(sums + 64, first1, second1, max(from, 4) - 4, 4);
  addPairs(sums + 128, first2, second2, max(from, 8) - 8, 4);
  addPairs(sums + 192, first3, second3, max(from, 12) - 12, 4);
}
