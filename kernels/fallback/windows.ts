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
  /** Padding before the image. TensorFlow.js knows negative ones in volumes: there the first values are skipped. */
  before: number[];
  /** How often the window stands. */
  count: number[];
}

/** The windows of a convolution or pooling whose output has the shape of `y`. */
export function windowsOf(
  info: tf.backend_util.Conv2DInfo | tf.backend_util.Conv3DInfo,
  y: number[],
): Windows {
  const depth = "inDepth" in info;
  return {
    image: [...depth ? [info.inDepth] : [], info.inHeight, info.inWidth],
    size: [...depth ? [info.filterDepth] : [], info.filterHeight, info.filterWidth],
    strides: [...depth ? [info.strideDepth] : [], info.strideHeight, info.strideWidth],
    before: [...depth ? [info.padInfo.front] : [], info.padInfo.top, info.padInfo.left],
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
export function mapPlaces<R extends tf.Tensor>(
  x: tf.Tensor,
  windows: Windows,
  use: (seen: tf.Tensor, place: number) => R,
  outside = 0,
): R[] {
  const { image, size, strides, before, count } = windows;
  const after = image.map((length, axis) =>
    Math.max(0, (count[axis] - 1) * strides[axis] + size[axis] - before[axis] - length)
  );
  const padding = after.map((after, axis): [number, number] => [Math.max(0, before[axis]), after]);
  const padded = tf.pad(x, [[0, 0], ...padding, [0, 0]], outside);
  return places(windows).map((place, k) =>
    tf.tidy(() => {
      const end = place.map((start, axis) => start + (count[axis] - 1) * strides[axis] + 1);
      const [N, C] = [x.shape[0], x.shape[x.rank - 1]];
      return use(
        tf.stridedSlice(padded, [0, ...place, 0], [N, ...end, C], [1, ...strides, 1]),
        k,
      );
    })
  );
}

/**
 * The opposite way: what the places hold is added up where they lay,
 * x[n, h, c] = Σ v_k[n, p, c] over all p and k with p·s + k = h.
 *
 * @param hold Gives what place k holds, [N, …count, C].
 * @returns [N, …image, C]
 */
export function addPlaces(windows: Windows, hold: (place: number) => tf.Tensor): tf.Tensor {
  const { image, size, strides, before, count } = windows;
  const first = before.map((before) => Math.max(0, before));
  const padded = image.map((length, axis) =>
    first[axis] - before[axis] +
    Math.max(before[axis] + length, count[axis] * strides[axis] + size[axis] - 1)
  );
  const sum = places(windows).reduce<tf.Tensor | undefined>((sum, place, k) => {
    const next = tf.tidy(() => {
      const held = spread(hold(k), strides);
      const padding = place.map((start, axis): [number, number] => [
        start,
        padded[axis] - start - held.shape[axis + 1],
      ]);
      const added = tf.pad(held, [[0, 0], ...padding, [0, 0]]);
      return sum ? sum.add(added) : added;
    });
    sum?.dispose();
    return next;
  }, undefined)!;
  return sum.slice([0, ...first, 0], [-1, ...image, -1]);
}

/** Sets s − 1 zeros behind every value, along each axis between the first and the last. */
function spread(x: tf.Tensor, strides: number[]): tf.Tensor {
  return strides.reduce((x, stride, i) => {
    if (stride === 1) return x;
    const shape = [...x.shape];
    const [outer, inner] = [shape.slice(0, i + 2), shape.slice(i + 2)].map(tf.util.sizeFromShape);
    shape[i + 1] *= stride;
    return x.reshape([outer, 1, inner]).pad([[0, 0], [0, stride - 1], [0, 0]]).reshape(shape);
  }, x);
}

/** Where the places of the first window lie in the padded image, the last axis fastest. */
function places({ size, before }: Windows): number[][] {
  return size.reduce<number[][]>(
    (places, length, axis) => {
      const first = Math.max(0, -before[axis]);
      return places.flatMap((place) => Array.from({ length }, (_, k) => [...place, first + k]));
    },
    [[]],
  );
}
