/**
 * Windows that walk over images or volumes, in plain operations: what every place of the window sees,
 * and the opposite way. Convolution and pooling are sums and maxima over the places of a window; their
 * gradients go back to where the places lay.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";

/** How a window walks: one number for each axis between the first, N, and the last, C. */
export interface Windows {
  /** Length of the image. */
  image: number[];
  /** Length of the window: its places. */
  size: number[];
  strides: number[];
  /** Padding before the image; less than 0 where TensorFlow.js skips the first values of a volume. */
  before: number[];
  /** How often the window stands. */
  count: number[];
}

/** The windows of a convolution or pooling whose output has the shape `y`. */
export function windowsOf(
  info: tf.backend_util.Conv2DInfo | tf.backend_util.Conv3DInfo,
  y: number[],
): Windows {
  const deep = "inDepth" in info;
  return {
    image: [...deep ? [info.inDepth] : [], info.inHeight, info.inWidth],
    size: [...deep ? [info.filterDepth] : [], info.filterHeight, info.filterWidth],
    strides: [...deep ? [info.strideDepth] : [], info.strideHeight, info.strideWidth],
    before: [...deep ? [info.padInfo.front] : [], info.padInfo.top, info.padInfo.left],
    count: y.slice(1, -1),
  };
}

/**
 * What each place k of the window sees, from the first to the last: v_k[n, p, c] = x[n, p·s + k, c].
 *
 * @param x Images, [N, …image, C].
 * @param use Makes a result of each, [N, …count, C].
 * @param outside The value of the padding.
 */
export function mapPlaces(
  x: tf.Tensor,
  windows: Windows,
  use: (seen: tf.Tensor) => tf.Tensor,
  outside = 0,
): tf.Tensor[] {
  const { image, strides, count } = windows;
  const { padded, first, places } = layout(windows);
  const padding = image.map((length, i) => [first[i], padded[i] - first[i] - length] as Pair);
  const whole = tf.pad(x, [[0, 0], ...padding, [0, 0]], outside);
  return places.map((place) =>
    tf.tidy(() =>
      use(place.reduce((x, start, i) => take(x, i + 1, start, count[i], strides[i]), whole))
    )
  );
}

/**
 * The opposite way: what the places hold is added up where they lay,
 * x[n, h, c] = Σ v_k[n, p, c] over all p and k with p·s + k = h.
 *
 * @param hold Gives what place k holds, [N, …count, C].
 * @returns [N, …image, C]
 */
export function addPlaces(windows: Windows, hold: (k: number) => tf.Tensor): tf.Tensor {
  const { image, strides } = windows;
  const { padded, first, places } = layout(windows);
  const sum = places.reduce<tf.Tensor | undefined>((sum, place, k) => {
    const next = tf.tidy(() => {
      const held = place.reduce(
        (x, start, i) => put(x, i + 1, start, padded[i], strides[i]),
        hold(k),
      );
      return sum ? sum.add(held) : held;
    });
    sum?.dispose();
    return next;
  }, undefined)!;
  return sum.slice([0, ...first, 0], [-1, ...image, -1]);
}

type Pair = [number, number];

/** The padded image: its length, where the image begins in it, and where the first window's places lie. */
function layout({ image, size, strides, before, count }: Windows) {
  const first = before.map((before) => Math.max(0, before));
  const start = before.map((before) => Math.max(0, -before));
  const padded = image.map((length, i) =>
    Math.max(first[i] + length, start[i] + size[i] - 1 + count[i] * strides[i])
  );
  const places = size.reduce<number[][]>(
    (places, length, i) =>
      places.flatMap((place) => Array.from({ length }, (_, k) => [...place, start[i] + k])),
    [[]],
  );
  return { padded, first, places };
}

/** Every stride-th value along an axis. Rows of two axes are what TensorFlow.js slices and pads fast. */
function take(x: tf.Tensor, axis: number, start: number, count: number, stride: number): tf.Tensor {
  const [outer, length, inner, shape] = around(x, axis, count);
  const run = x.reshape([outer, length * inner])
    .slice([0, start * inner], [-1, count * stride * inner]);
  if (stride === 1) return run.reshape(shape);
  return run.reshape([outer * count, stride * inner]).slice([0, 0], [-1, inner]).reshape(shape);
}

/** The opposite way: the values at every stride-th place, zeros around them. */
function put(x: tf.Tensor, axis: number, start: number, padded: number, stride: number): tf.Tensor {
  const [outer, count, inner, shape] = around(x, axis, padded);
  const run = stride === 1
    ? x
    : x.reshape([outer * count, inner]).pad([[0, 0], [0, (stride - 1) * inner]]);
  const after = padded - start - count * stride;
  return run.reshape([outer, count * stride * inner])
    .pad([[0, 0], [start * inner, after * inner]]).reshape(shape);
}

/** Lengths before, of and behind an axis, and the shape that another length of it makes. */
function around(
  { shape }: tf.Tensor,
  axis: number,
  length: number,
): [number, number, number, number[]] {
  const size = tf.util.sizeFromShape;
  const [before, behind] = [shape.slice(0, axis), shape.slice(axis + 1)];
  return [size(before), shape[axis], size(behind), [...before, length, ...behind]];
}
