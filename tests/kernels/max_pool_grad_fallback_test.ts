/**
 * The gradient of max-pooling on WASM: against numbers one can do by hand, and against the kernel of
 * TensorFlow.js's CPU backend. TensorFlow.js's own WASM kernel fails the windows without a positive
 * value.
 */
import { assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import "../../kernels/mod.ts"; // for its effect: it registers the kernel
import { testOnBackend, testOnEachBackend, useBackend } from "../backends.ts";
import { randomNormals } from "../bn/layer_helpers.ts";

type Shape = [number, number, number, number];

interface Pooling {
  filter: [number, number];
  strides: [number, number];
  pad: "same" | "valid";
}

/** dx of a pooling whose output has the gradient dy. */
function gradient(x: number[], shape: Shape, dy: number[], { filter, strides, pad }: Pooling) {
  return tf.tidy(() => {
    const pool = (x: tf.Tensor4D) => tf.maxPool(x, filter, strides, pad);
    const images = tf.tensor4d(x, shape);
    const weights = tf.tensor(dy, pool(images).shape);
    return [...tf.grad((x) => pool(x as tf.Tensor4D).mul(weights).sum())(images).dataSync()];
  });
}

const TWO_BY_TWO: Pooling = { filter: [2, 2], strides: [2, 2], pad: "valid" };

for (
  const [title, x, dx] of [
    ["the largest of positive values", [1, 4, 3, 2], [0, 7, 0, 0]],
    ["the largest of negative values", [-4, -2, -3, -1], [0, 0, 0, 7]],
    ["a zero among negative values", [-2, 0, -3, -1], [0, 7, 0, 0]],
    ["the first of equal positive values", [0, 2, 2, -1], [0, 7, 0, 0]],
    ["the first of equal negative values", [-5, -2, -2, -2], [0, 7, 0, 0]],
    ["the first where all are zero", [0, 0, 0, 0], [7, 0, 0, 0]],
  ] as const
) {
  testOnEachBackend(`the gradient of a 2×2 window goes to ${title}`, () => {
    assertEquals(gradient([...x], [1, 2, 2, 1], [7], TWO_BY_TWO), [...dx]);
  });
}

testOnEachBackend("each channel has its own maximum", () => {
  const x = [1, -9, 2, -8, 5, -1, 3, -2]; // channels side by side
  assertEquals(gradient(x, [1, 2, 2, 2], [7, 11], TWO_BY_TWO), [0, 0, 0, 0, 7, 11, 0, 0]);
});

testOnEachBackend("windows that overlap add their gradients", () => {
  const pooling: Pooling = { filter: [1, 2], strides: [1, 1], pad: "valid" };
  assertEquals(gradient([-3, -1, -2], [1, 1, 3, 1], [7, 11], pooling), [0, 18, 0]);
});

testOnEachBackend("a window that reaches over the border has its maximum inside", () => {
  const pooling: Pooling = { filter: [2, 2], strides: [2, 2], pad: "same" };
  assertEquals(
    gradient([-4, -3, -2, -6, -5, -1, -9, -8, -7], [1, 3, 3, 1], [1, 2, 3, 4], pooling),
    [0, 1, 0, 0, 0, 2, 0, 3, 4],
  );
});

testOnBackend("wasm", "100 random poolings have the gradient of the CPU backend", async () => {
  for (let seed = 1; seed <= 100; seed++) {
    const rng = xoroshiro128plus(seed);
    const pick = (low: number, high: number) => uniformInt(rng, low, high);
    const shape: Shape = [pick(1, 3), pick(3, 9), pick(3, 9), pick(1, 6)];
    const pooling: Pooling = {
      filter: [pick(1, 3), pick(1, 3)],
      strides: [pick(1, 3), pick(1, 3)],
      pad: pick(0, 1) ? "same" : "valid",
    };
    const x = [...randomNormals(shape, seed)];
    const [, P, Q, C] = tf.backend_util.computePool2DInfo(
      shape,
      pooling.filter,
      pooling.strides,
      1,
      pooling.pad,
    ).outShape;
    const dy = [...randomNormals([shape[0], P, Q, C], seed + 1000)];
    await useBackend("wasm");
    const actual = gradient(x, shape, dy, pooling);
    await useBackend("cpu");
    const expected = gradient(x, shape, dy, pooling);
    const worst = Math.max(...actual.map((value, i) => Math.abs(value - expected[i])));
    assertEquals(worst < 1e-5, true, `seed ${seed}: off by ${worst}`);
  }
});
