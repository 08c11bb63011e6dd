/**
 * What the kernels are held to: plain loops in float64 over plain arrays, which share nothing with the
 * kernels, and the seeded random cases they are tried on.
 *
 * @module
 */
import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";

// —— Random cases ———————————————————————————————————————————————————————————————————————————————

/** Seeded choices and numbers. */
export class Random {
  readonly #generator;

  constructor(seed: number) {
    this.#generator = xoroshiro128plus(seed);
  }

  /** An integer, low … high. */
  int(low: number, high: number): number {
    return uniformInt(this.#generator, low, high);
  }

  /** One of the values. */
  pick<T>(values: readonly T[]): T {
    return values[this.int(0, values.length - 1)];
  }

  /** Uniform numbers in [−1, 1), as float32. */
  numbers(length: number): Float32Array<ArrayBuffer> {
    return Float32Array.from({ length }, () => 2 * uniformFloat64(this.#generator) - 1);
  }

  /** Normally distributed numbers, as float32. */
  normals(length: number, mean = 0, deviation = 1): Float32Array<ArrayBuffer> {
    const uniform = () => uniformFloat64(this.#generator);
    return Float32Array.from({ length }, () => {
      const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
      return mean + deviation * radius * Math.cos(2 * Math.PI * uniform());
    });
  }
}

/** The number of values in a tensor of that shape. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}

// —— Sums of products ———————————————————————————————————————————————————————————————————————————

/** Sums of products, each with what an error in it is measured by. */
export interface Sums {
  /** Σ a·b. */
  values: Float64Array;
  /** Σ |a|·|b|. */
  magnitudes: Float64Array;
  /** How many products the longest sum has. */
  terms: number;
}

function zeroSums(length: number, terms: number): Sums {
  return { values: new Float64Array(length), magnitudes: new Float64Array(length), terms };
}

function addProduct({ values, magnitudes }: Sums, i: number, a: number, b: number): void {
  values[i] += a * b;
  magnitudes[i] += Math.abs(a * b);
}

/** The sums with a value per column, bias[i % bias.length], added to each. */
export function plusBias({ values, magnitudes, terms }: Sums, bias: ArrayLike<number>): Sums {
  return {
    values: values.map((value, i) => value + bias[i % bias.length]),
    magnitudes: magnitudes.map((value, i) => value + Math.abs(bias[i % bias.length])),
    terms: terms + 1,
  };
}

/** The sums with an activation that no two numbers leave further apart than they were. */
export function activated(sums: Sums, activation: (value: number) => number): Sums {
  return { ...sums, values: sums.values.map(activation) };
}

/**
 * Throws unless |actual − exact| ≤ terms · 2⁻²⁴ · Σ|a||b|, the bound of `terms` roundings to float32;
 * where the exact sum is infinite or NaN, so must the actual one be.
 */
export function assertWithinRounding(
  label: string,
  actual: ArrayLike<number>,
  { values, magnitudes, terms }: Sums,
): void {
  if (actual.length !== values.length) {
    throw new Error(`${label}: ${actual.length} values, expected ${values.length}`);
  }
  for (let i = 0; i < values.length; i++) {
    // A product or sum below the smallest normal float32 is off by half a denormal's step instead.
    const bound = terms * (2 ** -24 * magnitudes[i] + 2 ** -149);
    const error = Math.abs(actual[i] - values[i]);
    if (Number.isFinite(values[i]) ? !(error <= bound) : !Object.is(actual[i], values[i])) {
      throw new Error(`${label}: value ${i} is ${actual[i]}, expected ${values[i]} ± ${bound}`);
    }
  }
}

// —— Matrix product —————————————————————————————————————————————————————————————————————————————

/** Sizes and transpositions of one product of matrices. */
export interface MatMulCase {
  /** Rows of the result, columns of the result, and the terms of each sum. */
  M: number;
  N: number;
  K: number;
  transposeA: boolean;
  transposeB: boolean;
  /** Sizes of the axes before the last two. */
  batchA: number[];
  batchB: number[];
}

/** The shapes of A and B as they lie in memory. */
export function shapesOf(
  { M, N, K, transposeA, transposeB, batchA, batchB }: MatMulCase,
): { a: number[]; b: number[] } {
  return {
    a: [...batchA, ...(transposeA ? [K, M] : [M, K])],
    b: [...batchB, ...(transposeB ? [N, K] : [K, N])],
  };
}

/** A·B for every matrix of the broadcast batch. */
export function matMul(example: MatMulCase, a: ArrayLike<number>, b: ArrayLike<number>): Sums {
  const { M, N, K, transposeA, transposeB, batchA, batchB } = example;
  const rank = Math.max(batchA.length, batchB.length);
  const padded = (batch: number[]) => [...Array(rank - batch.length).fill(1), ...batch];
  const [sizesA, sizesB] = [padded(batchA), padded(batchB)];
  const batch = sizesA.map((size, axis) => size === 1 ? sizesB[axis] : size);
  const sums = zeroSums(sizeOf(batch) * M * N, K);
  let i = 0;
  for (let matrix = 0; matrix < sizeOf(batch); matrix++) {
    // The matrix's index along each axis; 0 along an axis of size 1.
    let [matrixA, matrixB] = [0, 0];
    for (let axis = 0; axis < rank; axis++) {
      const index = Math.floor(matrix / sizeOf(batch.slice(axis + 1))) % batch[axis];
      matrixA = matrixA * sizesA[axis] + (sizesA[axis] === 1 ? 0 : index);
      matrixB = matrixB * sizesB[axis] + (sizesB[axis] === 1 ? 0 : index);
    }
    for (let m = 0; m < M; m++) {
      for (let n = 0; n < N; n++, i++) {
        for (let k = 0; k < K; k++) {
          const atA = matrixA * M * K + (transposeA ? k * M + m : m * K + k);
          const atB = matrixB * K * N + (transposeB ? n * K + k : k * N + n);
          addProduct(sums, i, a[atA], b[atB]);
        }
      }
    }
  }
  return sums;
}

// —— Convolution ————————————————————————————————————————————————————————————————————————————————

/** Padding as TensorFlow.js takes it. */
export type Padding = "same" | "valid" | number | [
  [number, number],
  [number, number],
  [number, number],
  [number, number],
];

type Pair = [number, number];
/** A shape of four axes. */
export type Shape4D = [number, number, number, number];

/** Windows that walk over images: of a convolution or of a pooling. */
export interface Windows {
  /** [N, H, W, C] */
  x: Shape4D;
  /** Height and width. */
  window: Pair;
  strides: Pair;
  dilations: Pair;
  pad: Padding;
  /** How a fractional number of windows is rounded where `pad` is a number or explicit. */
  rounding?: "floor" | "round" | "ceil";
}

/** Values before the first image row (column), and windows, along axis 0 (height) or 1 (width). */
function along(axis: 0 | 1, { x, window, strides, dilations, pad, rounding }: Windows) {
  const [length, stride] = [x[1 + axis], strides[axis]];
  const reach = (window[axis] - 1) * dilations[axis] + 1;
  if (pad === "same") {
    const count = Math.ceil(length / stride);
    const total = Math.max(0, (count - 1) * stride + reach - length);
    return { before: Math.floor(total / 2), count };
  }
  if (pad === "valid") return { before: 0, count: Math.ceil((length - reach + 1) / stride) };
  const [before, after] = typeof pad === "number" ? [pad, pad] : pad[1 + axis];
  const steps = (length + before + after - reach) / stride;
  return { before, count: Math[rounding ?? "floor"](steps + 1) };
}

/** Rows and columns of windows. */
export function windowCounts(windows: Windows): Pair {
  return [along(0, windows).count, along(1, windows).count];
}

/** Calls `visit` for every window position (n, p, q), tap (i, j) and image position that meet. */
export function eachTap(
  windows: Windows,
  visit: (output: number, tap: number, pixel: number) => void,
): void {
  const { x: [N, H, W], window: [KH, KW], strides, dilations } = windows;
  const [vertical, horizontal] = [along(0, windows), along(1, windows)];
  let output = 0;
  for (let n = 0; n < N; n++) {
    for (let p = 0; p < vertical.count; p++) {
      for (let q = 0; q < horizontal.count; q++, output++) {
        for (let i = 0; i < KH; i++) {
          const h = p * strides[0] + i * dilations[0] - vertical.before;
          if (h < 0 || h >= H) continue;
          for (let j = 0; j < KW; j++) {
            const w = q * strides[1] + j * dilations[1] - horizontal.before;
            if (w < 0 || w >= W) continue;
            visit(output, i * KW + j, (n * H + h) * W + w);
          }
        }
      }
    }
  }
}

/** A convolution of x with a filter [KH, KW, C, O]. */
export interface Convolution extends Windows {
  /** Output channels. */
  O: number;
}

/** The shapes of the filter and of the output. */
export function convolutionShapes(example: Convolution): { filter: Shape4D; y: Shape4D } {
  const { x, window, O } = example;
  return { filter: [...window, x[3], O], y: [x[0], ...windowCounts(example), O] };
}

/** y = x ∗ w. */
export function conv2d(example: Convolution, x: ArrayLike<number>, w: ArrayLike<number>): Sums {
  const { x: [, , , C], window: [KH, KW], O } = example;
  const sums = zeroSums(sizeOf(convolutionShapes(example).y), KH * KW * C);
  eachTap(example, (output, tap, pixel) => {
    for (let c = 0; c < C; c++) {
      for (let o = 0; o < O; o++) {
        addProduct(sums, output * O + o, x[pixel * C + c], w[(tap * C + c) * O + o]);
      }
    }
  });
  return sums;
}

/** dw, the gradient of Σ dy·(x ∗ w) with respect to w. */
export function conv2dFilterGradient(
  example: Convolution,
  x: ArrayLike<number>,
  dy: ArrayLike<number>,
): Sums {
  const { x: [, , , C], O } = example;
  const { filter, y: [N, P, Q] } = convolutionShapes(example);
  const sums = zeroSums(sizeOf(filter), N * P * Q);
  eachTap(example, (output, tap, pixel) => {
    for (let c = 0; c < C; c++) {
      for (let o = 0; o < O; o++) {
        addProduct(sums, (tap * C + c) * O + o, x[pixel * C + c], dy[output * O + o]);
      }
    }
  });
  return sums;
}

/** dx, the gradient of Σ dy·(x ∗ w) with respect to x. */
export function conv2dInputGradient(
  example: Convolution,
  w: ArrayLike<number>,
  dy: ArrayLike<number>,
): Sums {
  const { x: [, , , C], window: [KH, KW], O } = example;
  const sums = zeroSums(sizeOf(example.x), KH * KW * O);
  eachTap(example, (output, tap, pixel) => {
    for (let c = 0; c < C; c++) {
      for (let o = 0; o < O; o++) {
        addProduct(sums, pixel * C + c, dy[output * O + o], w[(tap * C + c) * O + o]);
      }
    }
  });
  return sums;
}

// —— Max-pooling ————————————————————————————————————————————————————————————————————————————————

/** dx: dy of each window and channel goes to the first of its largest values. */
export function maxPoolGradient(
  windows: Windows,
  x: ArrayLike<number>,
  dy: ArrayLike<number>,
): Float64Array {
  const C = windows.x[3];
  const [P, Q] = windowCounts(windows);
  const winners = new Int32Array(windows.x[0] * P * Q * C).fill(-1);
  eachTap(windows, (output, _tap, pixel) => {
    for (let c = 0; c < C; c++) {
      const [place, winner] = [pixel * C + c, winners[output * C + c]];
      if (winner === -1 || x[place] > x[winner]) winners[output * C + c] = place;
    }
  });
  const dx = new Float64Array(sizeOf(windows.x));
  winners.forEach((place, i) => {
    if (place !== -1) dx[place] += dy[i];
  });
  return dx;
}
