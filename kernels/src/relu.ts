// The gradient of ReLU: dx = dy where x > 0, otherwise 0. (TensorFlow.js computes dy·step(x) in three
// passes; where dy is infinite or NaN and x ≤ 0, 0·dy is NaN there, and so it is here.)

import { loadLanes, storeLanes } from "./simd";

export function reluGrad(n: usize, dy: usize, x: usize, dx: usize): void {
  const zero = f32x4.splat(0), one = f32x4.splat(1);
  for (let i: usize = 0; i < n; i += 4) {
    const lanes = min<usize>(4, n - i), at = i << 2;
    // step(NaN) is NaN, so what is not ≤ 0 passes through the product with 1 or NaN.
    const value = loadLanes(x + at, lanes);
    const step = v128.and(f32x4.gt(value, zero), one);
    const nan = v128.and(f32x4.ne(value, value), value);
    storeLanes(dx + at, f32x4.mul(loadLanes(dy + at, lanes), v128.or(step, nan)), lanes);
  }
}
