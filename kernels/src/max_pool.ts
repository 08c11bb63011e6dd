// The gradient of max-pooling: each output's dy goes to the first input of its window, row by row,
// that equals the maximum.
//
// Versions, from slow to fast: positions of the maxima as a tensor, then a gather (TensorFlow.js);
// comparing with the output while walking over the windows, four channels at a time; without a loop in
// the window, for the common 2×2 (this one).

import { loadLanes, storeLanes } from "./simd";

/**
 * dx from dy, [N, P, Q, C] → [N, H, W, C].
 *
 * Windows are KH × KW with any stride; they may overlap, and reach over the border by the padding.
 */
export function maxPoolGrad(
  dy: usize, x: usize, y: usize, dx: usize,
  N: usize, H: usize, W: usize, C: usize, KH: usize, KW: usize, P: usize, Q: usize,
  strideHeight: usize, strideWidth: usize, dilationHeight: usize, dilationWidth: usize,
  top: usize, left: usize,
): void {
  const image = (H * W * C) << 2;
  if (
    KH == 2 && KW == 2 && strideHeight == 2 && strideWidth == 2 && 2 * P == H && 2 * Q == W &&
    dilationHeight == 1 && dilationWidth == 1 && top == 0 && left == 0
  ) {
    squares(dy, x, y, dx, N * P, Q, C);
    return;
  }
  memory.fill(dx, 0, N * image);
  for (let n: usize = 0; n < N; n++) { // images
    for (let p: usize = 0; p < P; p++) { // windows
      for (let q: usize = 0; q < Q; q++) {
        let c: usize = 0;
        for (; c + 4 <= C; c += 4) { // channels, four at a time
          window(
            dy, x, y, dx, H, W, C, KH, KW, p * strideHeight, q * strideWidth,
            dilationHeight, dilationWidth, top, left, c << 2, 4,
          );
        }
        if (c < C) {
          window(
            dy, x, y, dx, H, W, C, KH, KW, p * strideHeight, q * strideWidth,
            dilationHeight, dilationWidth, top, left, c << 2, C - c,
          );
        }
        dy += C << 2;
        y += C << 2;
      }
    }
    x += image;
    dx += image;
  }
}

/** Up to four channels of one window, whose first tap is (h, w) in padded coordinates. */
// @ts-ignore: decorator
@inline
function window(
  dy: usize, x: usize, y: usize, dx: usize, H: usize, W: usize, C: usize, KH: usize, KW: usize,
  h: usize, w: usize, dilationHeight: usize, dilationWidth: usize, top: usize, left: usize,
  channel: usize, lanes: usize,
): void {
  const maximum = loadLanes(y + channel, lanes);
  const gradient = loadLanes(dy + channel, lanes);
  let open = i32x4.splat(-1); // lanes whose maximum has not been met yet
  for (let i: usize = 0; i < KH; i++) {
    const row = h + i * dilationHeight - top; // wraps to a huge number above the border
    if (row >= H) continue;
    for (let j: usize = 0; j < KW; j++) {
      const column = w + j * dilationWidth - left;
      if (column >= W) continue;
      const offset = ((row * W + column) * C << 2) + channel;
      const met = v128.and(open, f32x4.eq(loadLanes(x + offset, lanes), maximum));
      open = v128.andnot(open, met);
      const value = f32x4.add(v128.and(gradient, met), loadLanes(dx + offset, lanes));
      storeLanes(dx + offset, value, lanes);
    }
  }
}

/**
 * Windows of 2×2 side by side, which write every value of dx once: `rows` rows of `columns` windows.
 *
 * Where the number of channels is no multiple of four, the last four overlap the four before them.
 */
function squares(
  dy: usize, x: usize, y: usize, dx: usize, rows: usize, columns: usize, C: usize,
): void {
  const pixel = C << 2, line = 2 * columns * pixel;
  for (let row: usize = 0; row < rows; row++) {
    for (let column: usize = 0; column < columns; column++) {
      if (C >= 4) {
        for (let c: usize = 0; c < C; c += 4) { // channels, four at a time
          const at = min(c, C - 4) << 2;
          square(dy + at, x + at, y + at, dx + at, pixel, line, 4);
        }
      } else if (C > 0) {
        square(dy, x, y, dx, pixel, line, C);
      }
      dy += pixel;
      y += pixel;
      x += 2 * pixel;
      dx += 2 * pixel;
    }
    x += line; // the window's second row
    dx += line;
  }
}

/** One window; `pixel` and `line` are bytes to the next pixel on the right and below. */
// @ts-ignore: decorator
@inline
function square(
  dy: usize, x: usize, y: usize, dx: usize, pixel: usize, line: usize, lanes: usize,
): void {
  const maximum = loadLanes(y, lanes), gradient = loadLanes(dy, lanes);
  const met0 = f32x4.eq(loadLanes(x, lanes), maximum);
  const met1 = f32x4.eq(loadLanes(x + pixel, lanes), maximum);
  const met2 = f32x4.eq(loadLanes(x + line, lanes), maximum);
  const met3 = f32x4.eq(loadLanes(x + line + pixel, lanes), maximum);
  // Each value gets what those before it have left.
  const left1 = v128.andnot(gradient, met0);
  const left2 = v128.andnot(left1, met1);
  const left3 = v128.andnot(left2, met2);
  storeLanes(dx, v128.and(gradient, met0), lanes);
  storeLanes(dx + pixel, v128.and(left1, met1), lanes);
  storeLanes(dx + line, v128.and(left2, met2), lanes);
  storeLanes(dx + line + pixel, v128.and(left3, met3), lanes);
}
