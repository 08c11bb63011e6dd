/**
 * The kernels in plain TypeScript that the WASM backend lacks or gets wrong, in random shapes: held to
 * loops in float64 that follow the definitions.
 */
import { assert, assertAlmostEquals, assertEquals, assertStrictEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import { type Windows, windowsOf } from "../kernels/fallback/windows.ts";
import { kernelsInUse } from "../kernels/mod.ts";
import { testOnBackend, testOnEachBackend, testWithKernels, useBackend } from "./backends.ts";
import { randomNormals } from "./layer_helpers.ts";

// —— The definitions ————————————————————————————————————————————————————————————————————————————

/** All index tuples below `shape`, the last axis fastest. */
function indices(shape: number[]): number[][] {
  return shape.reduce<number[][]>(
    (tuples, length) => tuples.flatMap((tuple) => Array.from({ length }, (_, i) => [...tuple, i])),
    [[]],
  );
}

/** Where a tuple lies in the memory of a tensor of that shape. */
function offset(shape: number[], tuple: number[]): number {
  return shape.reduce((sum, length, axis) => sum * length + tuple[axis], 0);
}

/** Calls `visit` with image, window and place wherever place k of window p lies inside: at p·s + k. */
function eachPlace(
  N: number,
  { image, size, strides, before, count }: Windows,
  visit: (n: number, h: number[], p: number[], k: number[]) => void,
): void {
  for (const [n, ...p] of indices([N, ...count])) {
    for (const k of indices(size)) {
      const h = k.map((place, axis) => p[axis] * strides[axis] + place - before[axis]);
      if (h.every((at, axis) => at >= 0 && at < image[axis])) visit(n, h, p, k);
    }
  }
}

interface Random {
  int(low: number, high: number): number;
  pick<T>(...choices: T[]): T;
}

/** Runs `run` with fifty seeds. */
function inRandomShapes(run: (random: Random, seed: number) => void): void {
  for (let seed = 1; seed <= 50; seed++) {
    const generator = xoroshiro128plus(seed);
    const int = (low: number, high: number) => uniformInt(generator, low, high);
    tf.tidy(() => run({ int, pick: (...choices) => choices[int(0, choices.length - 1)] }, seed));
  }
}

/** Fails unless every value is within a few roundings of sums of such sizes. */
function assertClose(actual: tf.Tensor, expected: Float64Array, what: string): void {
  const values = actual.dataSync();
  assertEquals(values.length, expected.length, what);
  const scale = Math.max(1, ...expected.map(Math.abs));
  const worst = Math.max(0, ...expected.map((value, i) => Math.abs(values[i] - value)));
  assert(worst <= 2e-6 * scale, `${what}: off by ${worst} of ${scale}`);
}

const tensor = <R extends tf.Rank>(shape: number[], seed: number) =>
  tf.tensor<R>(randomNormals(shape, seed), shape as tf.ShapeMap[R]);

type Padding = "same" | "valid" | number | tf.backend_util.ExplicitPadding;

// —— Depthwise convolution ——————————————————————————————————————————————————————————————————————

testOnEachBackend(
  "tf.depthwiseConv2d() and its gradients are those of loops, in 50 random shapes",
  () =>
    inRandomShapes((random, seed) => {
      const { int, pick } = random;
      const x: [number, number, number, number] = [int(1, 3), int(3, 9), int(3, 9), int(1, 4)];
      const w: [number, number, number, number] = [int(1, 3), int(1, 5), x[3], int(1, 3)];
      const strides: [number, number] = [int(1, 3), int(1, 3)];
      const side = (): [number, number] => [int(0, 2), int(0, 2)];
      const pad = pick<Padding>("same", "valid", [[0, 0], side(), side(), [0, 0]]);
      const info = tf.backend_util.computeConv2DInfo(x, w, strides, 1, pad, undefined, true);
      if (info.outHeight < 1 || info.outWidth < 1) return;
      const [image, filter] = [tensor<tf.Rank.R4>(x, seed), tensor<tf.Rank.R4>(w, 100 + seed)];
      const dy = tensor<tf.Rank.R4>(info.outShape, 200 + seed);
      const expected = [info.outShape, x, w].map((shape) =>
        new Float64Array(tf.util.sizeFromShape(shape))
      );
      const [X, W, DY] = [image, filter, dy].map((tensor) => tensor.dataSync());
      eachPlace(x[0], windowsOf(info, info.outShape), (n, h, p, k) => {
        for (const [c, m] of indices(w.slice(2))) {
          const to = offset(info.outShape, [n, ...p, c * w[3] + m]);
          const [from, by] = [offset(x, [n, ...h, c]), offset(w, [...k, c, m])];
          expected[0][to] += X[from] * W[by];
          expected[1][from] += DY[to] * W[by];
          expected[2][by] += DY[to] * X[from];
        }
      });
      const convolve = (x: tf.Tensor, w: tf.Tensor) =>
        tf.depthwiseConv2d(x as tf.Tensor4D, w as tf.Tensor4D, strides, pad);
      const what = JSON.stringify({ x, w, strides, pad });
      assertClose(convolve(image, filter), expected[0], `y of ${what}`);
      assertClose(
        tf.fused.depthwiseConv2d({ x: image, filter, strides, pad: pad as "same" }),
        expected[0],
        `fused y of ${what}`,
      );
      const [dx, dw] = tf.grads(convolve)([image, filter], dy);
      assertClose(dx, expected[1], `dx of ${what}`);
      assertClose(dw, expected[2], `dw of ${what}`);
    }),
);

// —— Convolution of volumes —————————————————————————————————————————————————————————————————————

testOnEachBackend(
  "tf.conv3d() and its gradients are those of loops, in 50 random shapes",
  () =>
    inRandomShapes(({ int, pick }, seed) => {
      const x = [int(1, 2), int(3, 6), int(3, 6), int(3, 6), int(1, 3)];
      const w = [int(1, 3), int(1, 3), int(1, 3), x[4], int(1, 3)];
      const strides: [number, number, number] = [int(1, 3), int(1, 3), int(1, 3)];
      const pad = pick("same" as const, "valid" as const);
      const info = tf.backend_util.computeConv3DInfo(
        x as [number, number, number, number, number],
        w as [number, number, number, number, number],
        strides,
        1,
        pad,
      );
      const [volume, filter] = [tensor<tf.Rank.R5>(x, seed), tensor<tf.Rank.R5>(w, 100 + seed)];
      const dy = tensor<tf.Rank.R5>(info.outShape, 200 + seed);
      const expected = [info.outShape, x, w].map((shape) =>
        new Float64Array(tf.util.sizeFromShape(shape))
      );
      const [X, W, DY] = [volume, filter, dy].map((tensor) => tensor.dataSync());
      eachPlace(x[0], windowsOf(info, info.outShape), (n, h, p, k) => {
        for (const [c, o] of indices(w.slice(3))) {
          const to = offset(info.outShape, [n, ...p, o]);
          const [from, by] = [offset(x, [n, ...h, c]), offset(w, [...k, c, o])];
          expected[0][to] += X[from] * W[by];
          expected[1][from] += DY[to] * W[by];
          expected[2][by] += DY[to] * X[from];
        }
      });
      const convolve = (x: tf.Tensor, w: tf.Tensor) =>
        tf.conv3d(x as tf.Tensor5D, w as tf.Tensor5D, strides, pad);
      const what = JSON.stringify({ x, w, strides, pad });
      assertClose(convolve(volume, filter), expected[0], `y of ${what}`);
      const [dx, dw] = tf.grads(convolve)([volume, filter], dy);
      assertClose(dx, expected[1], `dx of ${what}`);
      assertClose(dw, expected[2], `dw of ${what}`);
    }),
);

// —— Pooling ————————————————————————————————————————————————————————————————————————————————————

type Pool = (x: tf.Tensor, size: number[], strides: number[], pad: "same" | "valid") => tf.Tensor;

for (const dimensions of [2, 3]) {
  testOnBackend(
    "wasm",
    `average and maximum pooling in ${dimensions} dimensions and their gradients are those of loops, in 50 random shapes`,
    () =>
      inRandomShapes(({ int, pick }, seed) => {
        const three = () => [int(1, 3), int(1, 3), int(1, 3)] as [number, number, number];
        const [size, strides] = [three(), three()];
        const x = [int(1, 2), int(3, 7), int(3, 7), int(3, 7), int(1, 3)];
        if (dimensions === 2) [size, strides, x].forEach((axes) => axes.splice(1, 1));
        const pad = pick("same" as const, "valid" as const);
        const compute = dimensions === 2
          ? tf.backend_util.computePool2DInfo
          : tf.backend_util.computePool3DInfo;
        const info = compute(x as never, size as never, strides as never, 1 as never, pad);
        const image = tensor(x, seed).sub(dimensions === 3 ? 1 : 0); // most windows all negative
        const dy = tensor(info.outShape, 200 + seed);
        const [X, DY] = [image.dataSync(), dy.dataSync()];
        const places = new Map<number, number[]>();
        eachPlace(x[0], windowsOf(info, info.outShape), (n, h, p) => {
          for (let c = 0; c < x[x.length - 1]; c++) {
            const to = offset(info.outShape, [n, ...p, c]);
            places.set(to, [...places.get(to) ?? [], offset(x, [n, ...h, c])]);
          }
        });
        const [mean, maximum] = [0, 1].map(() => new Float64Array(dy.size));
        const [dMean, dMaximum] = [0, 1].map(() => new Float64Array(image.size));
        for (const [to, seen] of places) {
          const values = seen.map((from) => X[from]);
          mean[to] = values.reduce((sum, value) => sum + value) / values.length;
          seen.forEach((from) => dMean[from] += DY[to] / values.length);
          maximum[to] = Math.max(...values);
          dMaximum[seen[values.indexOf(maximum[to])]] += DY[to];
        }
        const [average, largest] = (dimensions === 2
          ? [tf.avgPool, tf.maxPool]
          : [tf.avgPool3d, tf.maxPool3d]) as unknown as Pool[];
        const by = (pool: Pool) => (x: tf.Tensor) => pool(x, size, strides, pad);
        const what = JSON.stringify({ x, size, strides, pad });
        assertClose(by(average)(image), mean, `mean of ${what}`);
        assertClose(tf.grad(by(average))(image, dy), dMean, `gradient of the mean of ${what}`);
        assertClose(by(largest)(image), maximum, `maximum of ${what}`);
        assertClose(
          tf.grad(by(largest))(image, dy),
          dMaximum,
          `gradient of the maximum of ${what}`,
        );
      }),
  );
}

testOnBackend(
  "wasm",
  "of equal maxima in a volume the first one gets the gradient",
  () =>
    tf.tidy(() => {
      const pool = (x: tf.Tensor) => tf.maxPool3d(x as tf.Tensor5D, 2, 2, "valid");
      const x = tf.tensor5d([-5, -2, -2, -7, -2, -9, -9, -9], [1, 2, 2, 2, 1]);
      const dx = tf.grad(pool)(x, tf.tensor5d([7], [1, 1, 1, 1, 1]));
      assertEquals([...dx.dataSync()], [0, 7, 0, 0, 0, 0, 0, 0]);
    }),
);

// —— Rounding modes —————————————————————————————————————————————————————————————————————————————

type Rounding = "floor" | "round" | "ceil";

const FORWARD: Record<string, (x: tf.Tensor4D, pad: number, rounding: Rounding) => tf.Tensor> = {
  conv2d: (x, pad, rounding) =>
    tf.conv2d(x, tensor<tf.Rank.R4>([3, 3, 2, 2], 2), 2, pad, "NHWC", 1, rounding),
  depthwiseConv2d: (x, pad, rounding) =>
    tf.depthwiseConv2d(x, tensor<tf.Rank.R4>([3, 3, 2, 2], 2), 2, pad, "NHWC", 1, rounding),
  avgPool: (x, pad, rounding) => tf.avgPool(x, 3, 2, pad, rounding),
  maxPool: (x, pad, rounding) => tf.maxPool(x, 3, 2, pad, rounding),
};

for (const [name, run] of Object.entries(FORWARD)) {
  testOnBackend(
    "wasm",
    `tf.${name}() gives what the CPU backend gives where the rounding mode lets the last window reach over the border`,
    async () => {
      const kernels = kernelsInUse();
      for (const side of [5, 6]) {
        for (const rounding of ["floor", "round", "ceil"] as const) {
          for (const pad of [0, 1]) {
            const compute = () =>
              tf.tidy(() => {
                const y = run(tensor<tf.Rank.R4>([2, side, side, 2], 1), pad, rounding);
                return [y.shape, y.dataSync().slice()] as const;
              });
            await useBackend("cpu");
            const [shape, expected] = compute();
            await useBackend("wasm", kernels);
            const [actualShape, actual] = compute();
            assertEquals(actualShape, shape);
            expected.forEach((value, i) => assertAlmostEquals(actual[i], value, 1e-5));
          }
        }
      }
    },
  );
}

testOnBackend(
  "wasm",
  "the gradient of an average goes to what its window saw, also where a rounding mode lets it reach over the border",
  () =>
    tf.tidy(() => {
      const average = (x: tf.Tensor) => tf.avgPool(x as tf.Tensor4D, 2, 2, 0, "ceil");
      const dx = tf.grad(average)(tf.zeros([1, 3, 3, 1]), tf.tensor4d([4, 6, 10, 7], [1, 2, 2, 1]));
      assertEquals([...dx.dataSync()], [1, 1, 3, 1, 1, 3, 5, 5, 7]);
    }),
);

// —— Gradients of gradients —————————————————————————————————————————————————————————————————————

/** For each of several inputs, d/dx Σ (d/dx Σ f³)². */
function secondGradients(f: (...inputs: tf.Tensor[]) => tf.Tensor, inputs: tf.Tensor[]) {
  const cubed = (...inputs: tf.Tensor[]) => f(...inputs).pow(3).sum();
  const penalty = (...inputs: tf.Tensor[]) =>
    tf.addN(tf.grads(cubed)(inputs).map((gradient) => gradient.square().sum()));
  return tf.grads(penalty)(inputs);
}

for (
  const [name, f, x, w] of [
    [
      "tf.depthwiseConv2d()",
      (x, w) => tf.depthwiseConv2d(x as tf.Tensor4D, w as tf.Tensor4D, 2, "same"),
      [1, 4, 5, 2],
      [3, 2, 2, 2],
    ],
    [
      "tf.conv3d()",
      (x, w) => tf.conv3d(x as tf.Tensor5D, w as tf.Tensor5D, 2, "same"),
      [1, 3, 4, 3, 2],
      [2, 3, 2, 2, 2],
    ],
  ] as [string, (x: tf.Tensor, w: tf.Tensor) => tf.Tensor, number[], number[]][]
) {
  testOnEachBackend(`the gradients of ${name} can be differentiated again`, () =>
    tf.tidy(() => {
      const inputs = [tensor(x, 1), tensor(w, 2).mul(0.3)];
      const directions = [tensor(x, 3), tensor(w, 4)];
      const slope = secondGradients(f, inputs).reduce(
        (sum, gradient, i) => sum + gradient.mul(directions[i]).sum().dataSync()[0],
        0,
      );
      const penalty = (step: number) => {
        const moved = inputs.map((input, i) => input.add(directions[i].mul(step)));
        const gradients = tf.grads((x, w) => f(x, w).pow(3).sum())(moved);
        return gradients.flatMap((gradient) => [...gradient.dataSync()])
          .reduce((sum, value) => sum + value ** 2, 0);
      };
      const expected = (penalty(1e-3) - penalty(-1e-3)) / 2e-3;
      assertAlmostEquals(slope, expected, 2e-3 * Math.abs(expected));
    }));
}

// —— Sums over segments —————————————————————————————————————————————————————————————————————————

testOnEachBackend(
  "tf.unsortedSegmentSum() adds the rows of each segment and leaves out those of none",
  () =>
    tf.tidy(() => {
      const rows = tf.tensor2d([[1, 10], [2, 20], [3, 30], [4, 40], [5, 50]]);
      const sums = tf.unsortedSegmentSum(rows, tf.tensor1d([2, 0, 2, -1, 9], "int32"), 4);
      assertEquals(sums.arraySync(), [[2, 20], [0, 0], [4, 40], [0, 0]]);
      const scalars = tf.unsortedSegmentSum(
        tf.tensor1d([1, 2, 3]),
        tf.tensor1d([1, 1, 0], "int32"),
        2,
      );
      assertEquals(scalars.arraySync(), [3, 3]);
    }),
);

testOnEachBackend(
  "the gradient of tf.gather() goes back to the rows, added up where one is taken twice",
  () =>
    tf.tidy(() => {
      const places = tf.tensor2d([[2, 0], [2, 2]], [2, 2], "int32");
      const dy = tf.tensor3d([[[1, 2], [3, 4]], [[5, 6], [7, 8]]]);
      const gather = (x: tf.Tensor) => tf.gather(x, places);
      assertEquals(tf.grad(gather)(tf.zeros([4, 2]), dy).arraySync(), [
        [3, 4],
        [0, 0],
        [1 + 5 + 7, 2 + 6 + 8],
        [0, 0],
      ]);
    }),
);

// —— As registered ——————————————————————————————————————————————————————————————————————————————

for (
  const name of [
    "UnsortedSegmentSum",
    "DepthwiseConv2dNativeBackpropFilter",
    "DepthwiseConv2dNativeBackpropInput",
  ]
) {
  testWithKernels(
    `${name} is registered where there is none, and left alone where somebody has registered one`,
    async () => {
      const ours = tf.getKernel(name, "wasm");
      tf.unregisterKernel(name, "wasm");
      await import(`../kernels/mod.ts?none=${name}`);
      assertStrictEquals(tf.getKernel(name, "wasm"), ours);
      const other = { ...ours };
      tf.unregisterKernel(name, "wasm");
      tf.registerKernel(other);
      await import(`../kernels/mod.ts?another=${name}`);
      assertStrictEquals(tf.getKernel(name, "wasm"), other);
      tf.unregisterKernel(name, "wasm");
      tf.registerKernel(ours);
    },
  );
}
