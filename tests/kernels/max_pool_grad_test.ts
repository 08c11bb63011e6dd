/**
 * `MaxPoolGrad` of kernels/, on the WASM backend, against loops. dy are small integers, so that every
 * sum is exact; so are the values of the images, so that windows have several largest ones.
 */
import { assert, assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { useKernels } from "../../kernels/mod.ts";
import { testWithKernels } from "../backends.ts";
import {
  eachTap,
  maxPoolGradient,
  type Padding,
  Random,
  sizeOf,
  windowCounts,
  type Windows,
} from "./reference.ts";

/** Windows with at least one position, and something of the image in each. */
function randomCase(random: Random): Windows {
  for (;;) {
    const window: [number, number] = [random.int(1, 4), random.int(1, 4)];
    const side = (axis: 0 | 1) => random.int(0, window[axis] - 1);
    const pads: Padding[] = [
      "same",
      "valid",
      random.int(0, Math.min(...window) - 1),
      [[0, 0], [side(0), side(0)], [side(1), side(1)], [0, 0]],
    ];
    const example: Windows = {
      x: [random.int(1, 3), random.int(1, 9), random.int(1, 9), random.int(1, 9)],
      window,
      strides: [random.int(1, 4), random.int(1, 4)],
      dilations: [1, 1],
      pad: random.pick(pads),
    };
    if (typeof example.pad === "number") {
      // TensorFlow.js takes the width of the output from the window's height and its stride there.
      example.window[1] = example.window[0];
      example.strides[1] = example.strides[0];
    }
    const [P, Q] = windowCounts(example);
    if (P > 0 && Q > 0) return example;
  }
}

function gradient({ x: shape, window, strides, pad }: Windows, x: number[], dy: number[]) {
  return tf.tidy(() => {
    const pool = (x: tf.Tensor) => tf.maxPool(x as tf.Tensor4D, window, strides, pad);
    const images = tf.tensor4d(x, shape);
    return [...tf.grad(pool)(images, tf.tensor(dy, pool(images).shape)).dataSync()];
  });
}

/** Integers low … high. */
function integers(random: Random, length: number, low: number, high: number): number[] {
  return Array.from({ length }, () => random.int(low, high));
}

const outputSize = (example: Windows) =>
  example.x[0] * sizeOf(windowCounts(example)) * example.x[3];

for (
  const [kind, low, high] of [
    ["negative and positive values", -100, 100],
    ["many equal values", -1, 1],
    ["negative values only", -9, -1],
  ] as const
) {
  testWithKernels(
    `each dy goes to the first largest value of its window in 150 random poolings of ${kind}, with both choices of kernels`,
    () => {
      for (const choice of ["stock", "own"] as const) {
        useKernels(choice);
        for (let seed = 1; seed <= 150; seed++) {
          const random = new Random(seed);
          const example = randomCase(random);
          const x = integers(random, sizeOf(example.x), low, high);
          const dy = integers(random, outputSize(example), -50, 50);
          const expected = [...maxPoolGradient(example, x, dy)];
          const actual = gradient(example, x, dy);
          const differs = expected.findIndex((value, i) => actual[i] !== value);
          assert(
            differs === -1,
            `${choice}, seed ${seed}, ${JSON.stringify(example)}: value ${differs} is ${
              actual[differs]
            }, expected ${expected[differs]}`,
          );
        }
      }
    },
  );
}

testWithKernels(
  "each dy goes to the first largest value of its square where squares of 2×2 cover the image, of 1 to 40 channels",
  () => {
    for (let C = 1; C <= 40; C++) {
      const random = new Random(C);
      const example: Windows = {
        x: [random.int(1, 3), 2 * random.int(1, 5), 2 * random.int(1, 5), C],
        window: [2, 2],
        strides: [2, 2],
        dilations: [1, 1],
        pad: random.pick(["same", "valid"]),
      };
      const x = integers(random, sizeOf(example.x), -2, 2);
      const dy = integers(random, outputSize(example), -50, 50);
      assertEquals(gradient(example, x, dy), [...maxPoolGradient(example, x, dy)], `C = ${C}`);
    }
  },
);

testWithKernels("the random poolings overlap, leave gaps and reach over every border", () => {
  const examples = Array.from({ length: 150 }, (_, i) => randomCase(new Random(1 + i)));
  const has = (condition: (example: Windows) => boolean) => assert(examples.some(condition));
  has(({ window, strides }) => window[0] > strides[0] && window[1] > strides[1]);
  has(({ window, strides }) => window[0] < strides[0]);
  for (const pad of ["same", "valid"]) has((example) => example.pad === pad);
  has(({ pad }) => typeof pad === "number" && pad > 0);
  has(({ pad }) => Array.isArray(pad) && pad[1][0] > 0 && pad[2][0] > 0);
  for (let C = 1; C <= 9; C++) has(({ x }) => x[3] === C);
});

testWithKernels(
  "in a window with NaN, dy goes to the first value that equals what TensorFlow.js's pooling gave, or nowhere",
  () => {
    // Its pooling of such a window is the largest of some of the other values, or −∞.
    for (let seed = 1; seed <= 100; seed++) {
      const random = new Random(seed);
      const example = randomCase(random);
      const C = example.x[3];
      const x = integers(random, sizeOf(example.x), -50, 50);
      for (let i = 0; i < x.length; i += random.int(1, 40)) x[i] = NaN;
      const dy = integers(random, outputSize(example), 1, 9);
      const { window, strides, pad } = example;
      const y = tf.tidy(() =>
        tf.maxPool(tf.tensor4d(x, example.x), window, strides, pad).dataSync()
      );
      const expected = new Array(x.length).fill(0);
      const left = [...dy];
      eachTap(example, (output, _tap, pixel) => {
        for (let c = 0; c < C; c++) {
          if (x[pixel * C + c] !== y[output * C + c]) continue;
          expected[pixel * C + c] += left[output * C + c];
          left[output * C + c] = 0;
        }
      });
      assertEquals(gradient(example, x, dy), expected, `seed ${seed}`);
    }
  },
);

/** Two windows of 2×2, side by side. */
const TWO_WINDOWS: Windows = {
  x: [1, 2, 4, 1],
  window: [2, 2],
  strides: [2, 2],
  dilations: [1, 1],
  pad: "valid",
};

testWithKernels("infinities are values like others, −∞ is the largest of nothing but −∞", () => {
  const x = [-Infinity, -Infinity, 1, Infinity, -Infinity, -Infinity, Infinity, 2];
  assertEquals(gradient(TWO_WINDOWS, x, [7, 11]), [7, 0, 0, 11, 0, 0, 0, 0]);
});

testWithKernels("dy that is NaN or infinite reaches its own place alone", () => {
  const x = [1, 2, 3, 4, 5, 6, 7, 8];
  assertEquals(gradient(TWO_WINDOWS, x, [NaN, Infinity]), [0, 0, 0, 0, 0, NaN, 0, Infinity]);
});

testWithKernels("a batch without images has a gradient without images", () => {
  const x = tf.tidy(() => {
    const pool = (x: tf.Tensor) => tf.maxPool(x as tf.Tensor4D, 2, 2, "valid");
    return tf.grad(pool)(tf.zeros([0, 4, 4, 3])).shape;
  });
  assertEquals(x, [0, 4, 4, 3]);
});

testWithKernels(
  "where a window holds nothing but NaN, ours gives dy to nothing and the one in TypeScript to its first value",
  () => {
    const x = [NaN, NaN, 1, 2, NaN, NaN, 3, 4];
    assertEquals(gradient(TWO_WINDOWS, x, [7, 11]), [0, 0, 0, 0, 0, 0, 0, 11]);
    useKernels("stock");
    assertEquals(gradient(TWO_WINDOWS, x, [7, 11]), [7, 0, 0, 0, 0, 0, 0, 11]);
  },
);
