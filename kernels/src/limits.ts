// Not part of the kernels: two loops that reach the machine's limits, for `deno task bench` to compare
// the kernels with. They are compiled there and have a memory of their own.
//
//   multiplyAdds  how many multiplications and additions one core does per second: twelve chains of
//                 four lanes each, so that none waits for its own last result
//   copy          how many bytes it reads and writes per second

import { multiplyAdd } from "./simd";

/** Floating-point operations of one round of `multiplyAdds`. */
export function flopsPerRound(): i32 {
  return 12 * 4 * 2;
}

/** @param at Address of two vectors, read so that nothing is known about them beforehand. */
export function multiplyAdds(rounds: i32, at: usize): f32 {
  const x = v128.load(at), y = v128.load(at, 16);
  let a = y, b = y, c = y, d = y, e = y, f = y, g = y, h = y, i = y, j = y, k = y, l = y;
  for (; rounds > 0; rounds--) {
    a = multiplyAdd(x, y, a); b = multiplyAdd(x, y, b); c = multiplyAdd(x, y, c);
    d = multiplyAdd(x, y, d); e = multiplyAdd(x, y, e); f = multiplyAdd(x, y, f);
    g = multiplyAdd(x, y, g); h = multiplyAdd(x, y, h); i = multiplyAdd(x, y, i);
    j = multiplyAdd(x, y, j); k = multiplyAdd(x, y, k); l = multiplyAdd(x, y, l);
  }
  a = f32x4.add(f32x4.add(a, b), f32x4.add(c, d));
  e = f32x4.add(f32x4.add(e, f), f32x4.add(g, h));
  i = f32x4.add(f32x4.add(i, j), f32x4.add(k, l));
  return f32x4.extract_lane(f32x4.add(a, f32x4.add(e, i)), 0);
}

export function copy(to: usize, from: usize, bytes: usize): void {
  memory.copy(to, from, bytes);
}
