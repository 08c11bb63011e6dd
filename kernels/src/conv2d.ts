// Convolution of [N, H, W, C] images with a [KH, KW, C, O] filter, and its two gradients.
//
//   y[n, p, q, o]  = Σ_ijc x[n, p·sh + i·dh − top, q·sw + j·dw − left, c] · w[i, j, c, o]
//   dw[i, j, c, o] = Σ_npq x[n, p·sh + i·dh − top, q·sw + j·dw − left, c] · dy[n, p, q, o]
//   dx[n, h, w, c] = Σ    over the (p, q, i, j) that meet (h, w) of Σ_o dy[n, p, q, o] · w[i, j, c, o]
//
// Each image is copied into a padded one, so that no tap falls outside. Then a tap (i, j, c) is a
// fixed offset from a pixel (p, q), the same for every pixel, and the first two lines are gathered
// products: with pixels as rows and taps as columns, and the other way round. Nothing is unfolded
// (im2col would write every value KH·KW times).
//
// The third is a plain product per image, dy·wᵀ, whose values are then added where they belong.
//
// Versions, from slow to fast: TensorFlow.js's operations (filter gradient as a convolution of
// transposed tensors); im2col and a product; gathered products (this one).

import { gatherProduct, gatherScratch } from "./gather_product";

// ---- The shape of the convolution under way ---------------------------------------------------------

let N: usize, H: usize, W: usize, C: usize;
let O: usize, KH: usize, KW: usize;
let P: usize, Q: usize;
let strideHeight: usize, strideWidth: usize, dilationHeight: usize, dilationWidth: usize;
let top: usize, left: usize;

/** Height and width of a padded image: from the first tap of the first pixel to the last of the last. */
let paddedHeight: usize, paddedWidth: usize;
/** Pixels of an output map, and taps of a filter. */
let pixels: usize, taps: usize;
/** Images computed together, and the pixels of their maps. */
let group: usize, groupPixels: usize;

/** Says which convolution the next calls compute; the names are those of the equations above. */
export function setConvolution(
  n: usize, h: usize, w: usize, c: usize,
  o: usize, kh: usize, kw: usize, p: usize, q: usize,
  sh: usize, sw: usize, dh: usize, dw: usize, padTop: usize, padLeft: usize,
): void {
  N = n; H = h; W = w; C = c;
  O = o; KH = kh; KW = kw; P = p; Q = q;
  strideHeight = sh; strideWidth = sw; dilationHeight = dh; dilationWidth = dw;
  top = padTop; left = padLeft;
  const empty = !P || !Q || !KH || !KW; // nothing is read, and gradients are zero
  paddedHeight = empty ? 0 : (P - 1) * sh + (KH - 1) * dh + 1;
  paddedWidth = empty ? 0 : (Q - 1) * sw + (KW - 1) * dw + 1;
  pixels = P * Q;
  taps = KH * KW * C;
  const fitting = empty ? 0 : min(CHUNK / pixels, GROUP_BYTES / max<usize>(1, paddedBytes()));
  group = max<usize>(1, min(fitting, N));
  groupPixels = group * pixels;
}

/** Bytes of a padded image. */
function paddedBytes(): usize {
  return (paddedHeight * paddedWidth * C) << 2;
}

/** Bytes of scratch memory that each of the three functions below needs. */
export function convolutionScratch(): usize {
  const tables = (groupPixels + max(taps, O)) << 2;
  return tables + group * paddedBytes() + ((min(groupPixels, CHUNK) * taps) << 2) +
    max(gatherScratch(groupPixels, max(taps, O)), gatherScratch(taps, groupPixels));
}

/**
 * Pixels whose products with a transposed filter are held at a time. Where several images have no more
 * together, they are computed together: a product of few pixels costs more than its arithmetic.
 */
const CHUNK: usize = 252;
/** Bytes of the padded images that are computed together. */
const GROUP_BYTES: usize = 1 << 20;

// ---- The convolution and its gradients --------------------------------------------------------------

/** y = x ∗ w, and optionally + bias[O] (0 for none) and ReLU. */
export function conv2d(
  x: usize, w: usize, y: usize, bias: usize, relu: bool, scratch: usize,
): void {
  const pixelTable = scratch, tapTable = pixelTable + (groupPixels << 2);
  const image = tapTable + (taps << 2), rest = image + group * paddedBytes();
  tabulatePixels(pixelTable);
  tabulateTaps(tapTable);
  memory.fill(image, 0, group * paddedBytes());
  for (let n: usize = 0; n < N; n += group) { // groups of images
    const images = min(group, N - n);
    copyInto(image, images, x);
    gatherProduct(
      images * pixels, O, taps, image, pixelTable, tapTable, w, O << 2, 4,
      y, bias, false, relu, rest,
    );
    x += (images * H * W * C) << 2;
    y += (images * pixels * O) << 2;
  }
}

/** dw: for each tap and filter the sum over images and pixels of x·dy. */
export function conv2dBackpropFilter(x: usize, dy: usize, dw: usize, scratch: usize): void {
  const pixelTable = scratch, tapTable = pixelTable + (groupPixels << 2);
  const image = tapTable + (taps << 2), rest = image + group * paddedBytes();
  tabulatePixels(pixelTable);
  tabulateTaps(tapTable);
  memory.fill(image, 0, group * paddedBytes());
  memory.fill(dw, 0, (taps * O) << 2);
  for (let n: usize = 0; n < N; n += group) { // groups of images
    const images = min(group, N - n);
    copyInto(image, images, x);
    gatherProduct(
      taps, O, images * pixels, image, tapTable, pixelTable, dy, O << 2, 4,
      dw, 0, true, false, rest,
    );
    x += (images * H * W * C) << 2;
    dy += (images * pixels * O) << 2;
  }
}

/** dx: the products dy·wᵀ of each pixel, added where its taps lay. */
export function conv2dBackpropInput(dy: usize, w: usize, dx: usize, scratch: usize): void {
  const pixelTable = scratch, filterTable = pixelTable + (groupPixels << 2);
  const image = filterTable + (O << 2), products = image + group * paddedBytes();
  const rest = products + ((min(groupPixels, CHUNK) * taps) << 2);
  for (let r: usize = 0; r < groupPixels; r++) store<u32>(pixelTable + (r << 2), <u32>((r * O) << 2));
  for (let o: usize = 0; o < O; o++) store<u32>(filterTable + (o << 2), <u32>(o << 2));
  for (let n: usize = 0; n < N; n += group) { // groups of images
    const images = min(group, N - n);
    memory.fill(image, 0, images * paddedBytes());
    for (let r: usize = 0; r < images * pixels; r += CHUNK) { // pixels
      const count = min(CHUNK, images * pixels - r);
      gatherProduct(
        count, taps, O, dy, pixelTable + (r << 2), filterTable, w, 4, O << 2,
        products, 0, false, false, rest,
      );
      for (let i: usize = 0; i < count; i++) {
        addTaps(image + pixelOffset(r + i), products + ((i * taps) << 2));
      }
    }
    copyOutOf(image, images, dx);
    dy += (images * pixels * O) << 2;
    dx += (images * H * W * C) << 2;
  }
}

// ---- Padded images ----------------------------------------------------------------------------------

/** Offset of pixel r = (n·P + p)·Q + q of a group: where its first tap lies. */
function pixelOffset(r: usize): usize {
  const p = r / Q % P, q = r % Q;
  return r / pixels * paddedBytes() +
    (((p * strideHeight * paddedWidth + q * strideWidth) * C) << 2);
}

function tabulatePixels(table: usize): void {
  for (let r: usize = 0; r < groupPixels; r++) store<u32>(table + (r << 2), <u32>pixelOffset(r));
}

/** Offset of each tap (i, j, c) from its pixel. */
function tabulateTaps(table: usize): void {
  for (let i: usize = 0; i < KH; i++) {
    for (let j: usize = 0; j < KW; j++) {
      for (let c: usize = 0; c < C; c++) {
        const offset = (i * dilationHeight * paddedWidth + j * dilationWidth) * C + c;
        store<u32>(table, <u32>(offset << 2));
        table += 4;
      }
    }
  }
}

/** Rows of x that lie in the padded image, and values of each. */
function rowsInside(): usize {
  return paddedHeight > top ? min(H, paddedHeight - top) : 0;
}

function bytesInside(): usize {
  return paddedWidth > left ? (min(W, paddedWidth - left) * C) << 2 : 0;
}

/** Copies images side by side into their padded ones. */
function copyInto(image: usize, images: usize, x: usize): void {
  const rows = rowsInside(), bytes = bytesInside();
  for (let n: usize = 0; n < images; n++) {
    let to = image + n * paddedBytes() + (((top * paddedWidth + left) * C) << 2);
    let from = x + ((n * H * W * C) << 2);
    for (let h: usize = 0; h < rows; h++) {
      memory.copy(to, from, bytes);
      to += (paddedWidth * C) << 2;
      from += (W * C) << 2;
    }
  }
}

/** The reverse; what no tap reaches has gradient 0. */
function copyOutOf(image: usize, images: usize, dx: usize): void {
  const rows = rowsInside(), bytes = bytesInside(), rowBytes = (W * C) << 2;
  for (let n: usize = 0; n < images; n++) {
    let from = image + n * paddedBytes() + (((top * paddedWidth + left) * C) << 2);
    for (let h: usize = 0; h < H; h++) {
      const inside = h < rows ? bytes : 0;
      memory.copy(dx, from, inside);
      memory.fill(dx + inside, 0, rowBytes - inside);
      from += (paddedWidth * C) << 2;
      dx += rowBytes;
    }
  }
}

/** Adds a pixel's products to its taps; taps side by side are added in one go. */
function addTaps(pixel: usize, products: usize): void {
  const run = dilationWidth == 1 ? KW * C : C;
  const runs: usize = dilationWidth == 1 ? 1 : KW;
  for (let i: usize = 0; i < KH; i++) {
    let p = pixel + ((i * dilationHeight * paddedWidth * C) << 2);
    for (let j: usize = 0; j < runs; j++) {
      add(p, products, run);
      products += run << 2;
      p += (dilationWidth * C) << 2;
    }
  }
}

/** Adds `count` values at `from` to those at `to`. */
function add(to: usize, from: usize, count: usize): void {
  for (; count >= 4; count -= 4) {
    v128.store(to, f32x4.add(v128.load(to), v128.load(from)));
    to += 16;
    from += 16;
  }
  for (; count > 0; count--) {
    store<f32>(to, load<f32>(to) + load<f32>(from));
    to += 4;
    from += 4;
  }
}
