/**
 * The filter gradient for WASM: against numbers one can do by hand, and against the kernel of
 * TensorFlow.js's CPU backend.
 */
import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import {
  conv2dBackpropFilter,
  conv2dBackpropFilterConfig,
} from "../../kernels/fallback/conv2d_backprop_filter.ts";
import "../../kernels/mod.ts"; // for its effect: it registers the kernel
import { testOnBackend, testOnEachBackend, useBackend } from "../backends.ts";
import { randomNormals } from "../bn/layer_helpers.ts";

type Padding = "same" | "valid" | number | tf.backend_util.ExplicitPadding;

interface Case {
  /** [N, H, W, Cin] */
  x: [number, number, number, number];
  /** [KH, KW, Cin, Cout] */
  filter: [number, number, number, number];
  strides: [number, number];
  pad: Padding;
}

// —— By hand ————————————————————————————————————————————————————————————————————————————————————

const BY_HAND = [
  {
    // dw[i, j] = x[i, j] + x[i + 1, j + 1]
    title: "a 2×2 filter over 3×3",
    x: [1, 2, 3, 4, 5, 6, 7, 8, 9],
    dy: [1, 0, 0, 1],
    attrs: { strides: 1, pad: "valid" as Padding },
    dw: [6, 8, 12, 14],
  },
  {
    // Only x[0, 0] … x[1, 1] is ever read: a stride of 2 leaves the last row and column out.
    title: "a stride that leaves the last row and column unread",
    x: [1, 2, 3, 4, 5, 6, 7, 8, 9],
    dy: [10],
    attrs: { strides: 2, pad: "valid" as Padding },
    dw: [10, 20, 40, 50],
  },
  {
    // "same" adds a row and a column of zeros at the end: dw[1, 1] sees x[1, 1], its last one 0.
    title: 'an even filter with the padding "same", which adds a row and a column at the end',
    x: [1, 2, 3, 4],
    dy: [1, 10, 100, 1000],
    attrs: { strides: 1, pad: "same" as Padding },
    dw: [1 + 20 + 300 + 4000, 2 + 400, 3 + 40, 4],
  },
  {
    // One row of zeros above, one column to the right.
    title: "explicit padding of a row above and a column to the right",
    x: [1, 2, 3, 4],
    dy: [1, 10, 100, 1000],
    attrs: { strides: 1, pad: [[0, 0], [1, 0], [0, 1], [0, 0]] as Padding },
    dw: [100 * 1 + 1000 * 2, 100 * 2, 1 + 20 + 300 + 4000, 2 + 400],
  },
];

for (const { title, x, dy, attrs, dw } of BY_HAND) {
  testOnEachBackend(`conv2dBackpropFilter() gives the numbers done by hand: ${title}`, () => {
    const square = (values: number[]): [number, number, number, number] => [
      1,
      Math.sqrt(values.length),
      Math.sqrt(values.length),
      1,
    ];
    const actual = tf.tidy(() =>
      conv2dBackpropFilter(tf.tensor4d(x, square(x)), tf.tensor4d(dy, square(dy)), {
        ...attrs as { strides: number; pad: "valid" },
        dataFormat: "NHWC",
        filterShape: [2, 2, 1, 1],
      }).dataSync<"float32">().slice()
    );
    assertEquals(actual, Float32Array.from(dw));
  });
}

// —— Against the CPU backend ————————————————————————————————————————————————————————————————————

/** `count` shapes for which a convolution has at least one output, in an order fixed by the seed. */
function randomCases(seed: number, count: number, pad: (int: (max: number) => number) => Padding) {
  const generator = xoroshiro128plus(seed);
  /** 1 … max */
  const int = (max: number) => uniformInt(generator, 1, max);
  const cases: Case[] = [];
  while (cases.length < count) {
    const channels = int(4);
    const example: Case = {
      x: [int(3), int(9), int(9), channels],
      filter: [int(5), int(5), channels, int(5)],
      strides: [int(3), int(3)],
      pad: pad(int),
    };
    if (typeof example.pad === "number") {
      // TensorFlow.js takes the width of the output from the filter's height and its stride there,
      // and the forward kernel on WASM then writes beyond its output: squares alone work.
      example.filter[1] = example.filter[0];
      example.strides[1] = example.strides[0];
    }
    const { outHeight, outWidth } = info(example);
    if (outHeight > 0 && outWidth > 0) cases.push(example);
  }
  return cases;
}

function info({ x, filter, strides, pad }: Case): tf.backend_util.Conv2DInfo {
  return tf.backend_util.computeConv2DInfo(x, filter, strides, 1, pad);
}

/** ∂(Σ dy·conv(x, w))/∂w on the current backend. */
function filterGradient(example: Case, x: Float32Array, dy: Float32Array): Float32Array {
  return tf.tidy(() => {
    const images = tf.tensor4d(x, example.x);
    const convolve = (filter: tf.Tensor) =>
      tf.conv2d(images, filter as tf.Tensor4D, example.strides, example.pad);
    const output = tf.tensor4d(dy, info(example).outShape);
    return tf.grad(convolve)(tf.zeros(example.filter), output).dataSync<"float32">().slice();
  });
}

const PADDINGS: Record<string, (int: (max: number) => number) => Padding> = {
  '"same"': () => "same",
  '"valid"': () => "valid",
  "a number": (int) => int(3) - 1,
  "explicit, and different on each side": (int) => {
    const side = () => int(3) - 1;
    return [[0, 0], [side(), side()], [side(), side()], [0, 0]];
  },
};

// Sums of up to 3·9·9 products in float32. Each kernel is within a few units of 2⁻²⁴ Σ|x||dy| of the
// exact sum; elementwise relative errors would say nothing where a sum cancels.
const TOLERANCE = 5e-7;

for (const [index, [name, pad]] of Object.entries(PADDINGS).entries()) {
  testOnBackend(
    "wasm",
    `tf.grad() of tf.conv2d() on WASM is within ${TOLERANCE} Σ|x||dy| of the CPU backend's for the filter, in 100 random shapes with padding ${name}`,
    async () => {
      for (const [k, example] of randomCases(index, 100, pad).entries()) {
        const x = randomNormals(example.x, 1 + k, 1, 2);
        const dy = randomNormals(info(example).outShape, 1001 + k);
        await useBackend("wasm");
        const actual = filterGradient(example, x, dy);
        await useBackend("cpu");
        const expected = filterGradient(example, x, dy);
        const scale = filterGradient(example, x.map(Math.abs), dy.map(Math.abs));
        expected.forEach((value, i) => {
          if (!(Math.abs(actual[i] - value) <= TOLERANCE * scale[i])) {
            throw new Error(
              `dw[${i}] of ${JSON.stringify(example)}: expected ${value}, got ${actual[i]}`,
            );
          }
        });
      }
      await useBackend("wasm");
    },
  );
}

Deno.test("the random shapes hold strides of 1 to 3, equal and not, even and odd filters, filters larger than the image, and strides that do not divide it", () => {
  const cases = Object.values(PADDINGS).flatMap((pad, index) => randomCases(index, 100, pad));
  const has = (condition: (example: Case) => boolean) => assert(cases.some(condition));
  for (const stride of [1, 2, 3]) {
    has(({ strides: [height, width] }) => height === stride && width === stride);
    has(({ strides: [height, width] }) => height === stride && width !== stride);
  }
  for (const size of [1, 2, 3, 4, 5]) has(({ filter: [height] }) => height === size);
  has(({ x: [, height], filter: [filterHeight] }) => filterHeight > height);
  has((example) => {
    const { padInfo: { top, bottom }, strideHeight, outHeight, filterHeight } = info(example);
    return (outHeight - 1) * strideHeight + filterHeight < example.x[1] + top + bottom;
  });
  has(({ filter: [, , channels, filters] }) => channels === 4 && filters === 5);
  has(({ filter: [, , channels, filters] }) => channels === 1 && filters === 1);
});

// —— As a registered kernel —————————————————————————————————————————————————————————————————————

const { kernelName, backendName } = conv2dBackpropFilterConfig;

/** Runs `run` while nobody has registered the kernel, and puts it back afterwards. */
async function withoutKernel(run: () => void | Promise<void>): Promise<void> {
  const registered = tf.getKernel(kernelName, backendName);
  tf.unregisterKernel(kernelName, backendName);
  try {
    await run();
  } finally {
    if (tf.getKernel(kernelName, backendName)) tf.unregisterKernel(kernelName, backendName);
    tf.registerKernel(registered);
  }
}

Deno.test("importing kernels/mod.ts registers the filter gradient where WASM has none", () =>
  withoutKernel(async () => {
    await import("../../kernels/mod.ts?where=none");
    assertStrictEquals(tf.getKernel(kernelName, backendName), conv2dBackpropFilterConfig);
  }));

Deno.test("importing kernels/mod.ts leaves a filter gradient alone that somebody else registered", () =>
  withoutKernel(async () => {
    const other: tf.KernelConfig = { ...conv2dBackpropFilterConfig };
    tf.registerKernel(other);
    await import("../../kernels/mod.ts?where=another");
    assertStrictEquals(tf.getKernel(kernelName, backendName), other);
  }));

testOnBackend(
  "wasm",
  "TensorFlow.js's WASM backend has no filter gradient of its own: once this fails, ours can go",
  () =>
    withoutKernel(() => {
      // Asked for directly: where a gradient ends by an error, TensorFlow.js leaves tensors behind.
      assertThrows(
        () => tf.engine().runKernel(kernelName, {}),
        Error,
        "Kernel 'Conv2DBackpropFilter' not registered for backend 'wasm'",
      );
    }),
);

testOnBackend("wasm", 'dataFormat "NCHW" is refused, with the way out', () =>
  tf.tidy(() => {
    const attrs = { strides: 1, pad: "valid", dataFormat: "NCHW", filterShape: [1, 1, 1, 1] };
    const [x, dy] = [tf.ones([1, 1, 2, 2]), tf.ones([1, 1, 2, 2])];
    assertThrows(
      () =>
        conv2dBackpropFilterConfig.kernelFunc({ inputs: { x, dy }, attrs, backend: tf.backend() }),
      RangeError,
      'dataFormat "NCHW": the WASM backend convolves channels-last images. Transpose them to NHWC',
    );
  }));
