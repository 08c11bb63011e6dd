// What the kernels share: one way to multiply and add, and access to parts of a vector.

/**
 * a·b + c, rounded once where the processor can (relaxed SIMD leaves that to it), and after the product
 * too in the module for engines without relaxed SIMD. All products go through here in whole vectors, so
 * that no result depends on how many others are computed with it.
 */
// @ts-ignore: decorator
@inline
export function multiplyAdd(a: v128, b: v128, c: v128): v128 {
  return ASC_FEATURE_RELAXED_SIMD ? f32x4.relaxed_madd(a, b, c) : f32x4.add(f32x4.mul(a, b), c);
}

/** The first value of `x` in all four lanes; `lane1`, `lane2` and `lane3` take the others. */
// @ts-ignore: decorator
@inline
export function lane0(x: v128): v128 {
  return i32x4.shuffle(x, x, 0, 0, 0, 0);
}

// @ts-ignore: decorator
@inline
export function lane1(x: v128): v128 {
  return i32x4.shuffle(x, x, 1, 1, 1, 1);
}

// @ts-ignore: decorator
@inline
export function lane2(x: v128): v128 {
  return i32x4.shuffle(x, x, 2, 2, 2, 2);
}

// @ts-ignore: decorator
@inline
export function lane3(x: v128): v128 {
  return i32x4.shuffle(x, x, 3, 3, 3, 3);
}

/** The first `n` (1 to 4) values at `p`; 0 in the other lanes. */
// @ts-ignore: decorator
@inline
export function loadLanes(p: usize, n: usize): v128 {
  if (n == 4) return v128.load(p);
  let v = v128.load_zero<f32>(p);
  if (n > 1) v = f32x4.replace_lane(v, 1, load<f32>(p, 4));
  if (n > 2) v = f32x4.replace_lane(v, 2, load<f32>(p, 8));
  return v;
}

/** Stores the first `n` (1 to 4) values of `v`. */
// @ts-ignore: decorator
@inline
export function storeLanes(p: usize, v: v128, n: usize): void {
  if (n == 4) {
    v128.store(p, v);
    return;
  }
  store<f32>(p, f32x4.extract_lane(v, 0));
  if (n > 1) store<f32>(p, f32x4.extract_lane(v, 1), 4);
  if (n > 2) store<f32>(p, f32x4.extract_lane(v, 2), 8);
}

/** C (+)= value, or max(0, value), for the first `n` (1 to 4) values of a sum. */
// @ts-ignore: decorator
@inline
export function storeSum(c: usize, value: v128, n: usize, add: bool, relu: bool): void {
  if (add) value = f32x4.add(value, loadLanes(c, n));
  if (relu) value = f32x4.max(value, f32x4.splat(0));
  storeLanes(c, value, n);
}
