// The gradient of max-pooling: each output's dy goes to the first input of its window, row by row,
// that equals the maximum.
//
// Versions, from slow to fast: positions of the maxima as a tensor, then a gather (TensorFlow.js);
// comparing with the output while walking over the windows, four channels at a time (this one).

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
  // Windows side by side that cover the image write every value once; others add to zeros.
  const tiling = strideHeight == KH && strideWidth == KW && P * KH == H && Q * KW == W &&
    dilationHeight == 1 && dilationWidth == 1 && top == 0 && left == 0;
  if (!tiling) memory.fill(dx, 0, N * image);
  for (let n: usize = 0; n < N; n++) { // images
    for (let p: usize = 0; p < P; p++) { // windows
      for (let q: usize = 0; q < Q; q++) {
        let c: usize = 0;
        for (; c + 4 <= C; c += 4) { // channels, four at a time
          window(
            dy, x, y, dx, H, W, C, KH, KW, p * strideHeight, q * strideWidth,
            dilationHeight, dilationWidth, top, left, tiling, c << 2, 4,
          );
        }
        if (c < C) {
          window(
            dy, x, y, dx, H, W, C, KH, KW, p * strideHeight, q * strideWidth,
            dilationHeight, dilationWidth, top, left, tiling, c << 2, C - c,
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
  tiling: bool, channel: usize, lanes: usize,
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
      let value = v128.and(gradient, met);
      if (!tiling) value = f32x4.add(value, loadLanes(dx + offset, lanes));
      storeLanes(dx + offset, value, lanes);
    }
  }
}
