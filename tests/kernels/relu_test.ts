/** `Relu` of kernels/, on the WASM backend. */
import { assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { testWithKernels } from "../backends.ts";

testWithKernels(
  "ReLU keeps NaN of either sign, infinities and the shape, in blocks and remainders",
  () => {
    const negativeNaN = new Float32Array(Uint32Array.of(0xffc00000).buffer)[0];
    for (let length = 1; length < 10; length++) {
      const all = Float32Array.of(-1, 2, -Infinity, Infinity, NaN, -0, 1e-45, -1e-45, 3);
      const x = all.slice(0, length);
      const expected = [0, 2, 0, Infinity, NaN, 0, Math.fround(1e-45), 0, 3].slice(0, length);
      tf.tidy(() => {
        const y = tf.relu(tf.tensor(x, [1, length]));
        assertEquals(y.shape, [1, length]);
        assertEquals([...y.dataSync()], expected);
        const bits = new Uint32Array(x.buffer).fill(0xffc00000, length - 1);
        const last = tf.relu(tf.tensor(new Float32Array(bits.buffer))).dataSync()[length - 1];
        assertEquals(last, negativeNaN);
      });
    }
  },
);

testWithKernels("a NaN before a product and ReLU comes out behind it", () => {
  tf.tidy(() => {
    const weights = tf.tensor2d([[1, -1], [1, 1]]);
    assertEquals([...tf.matMul([[NaN, 1]], weights).relu().dataSync()], [NaN, NaN]);
    const fused = tf.fused.matMul({ a: tf.tensor2d([[NaN, 1]]), b: weights, activation: "relu" });
    assertEquals([...fused.dataSync()], [NaN, NaN]);
  });
});
