/** `Sum`, `Mean`, `ReluGrad` and `Identity` of kernels/, on the WASM backend. */
import { assert, assertEquals, assertLessOrEqual } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { testWithKernels } from "../backends.ts";
import { Random, sizeOf } from "./reference.ts";

/** Sums over some axes in float64, with Σ|x|. */
function sums(x: Float32Array, shape: number[], axes: number[]) {
  const kept = shape.map((size, axis) => axes.includes(axis) ? 1 : size);
  const values = new Float64Array(sizeOf(kept));
  const magnitudes = new Float64Array(values.length);
  x.forEach((value, i) => {
    let [rest, at, stride] = [i, 0, 1];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      if (!axes.includes(axis)) at += rest % shape[axis] * stride;
      stride *= kept[axis];
      rest = Math.floor(rest / shape[axis]);
    }
    values[at] += value;
    magnitudes[at] += Math.abs(value);
  });
  return { values, magnitudes, count: x.length / values.length };
}

testWithKernels(
  "tf.sum() and tf.mean() over any axes of 300 random shapes are within 1e-6·Σ|x| of float64",
  () => {
    for (let seed = 1; seed <= 300; seed++) {
      const random = new Random(seed);
      const rank = random.int(1, 5);
      const shape = Array.from({ length: rank }, () => random.int(1, rank < 3 ? 150 : 9));
      const axes = shape.map((_, axis) => axis).filter(() => random.int(0, 1) === 1);
      if (axes.length === 0) axes.push(random.int(0, rank - 1));
      if (random.int(0, 1) === 1) axes.reverse();
      const keepDims = random.int(0, 1) === 1;
      const named = axes.map((axis) => random.int(0, 1) === 1 ? axis - rank : axis);
      const values = random.normals(sizeOf(shape), random.pick([0, 10]));
      const exact = sums(values, shape, axes);
      tf.tidy(() => {
        const x = tf.tensor(values, shape);
        const [sum, mean] = [tf.sum(x, named, keepDims), tf.mean(x, named, keepDims)];
        const expected = shape.flatMap((size, axis) =>
          !axes.includes(axis) ? [size] : keepDims ? [1] : []
        );
        const label = `seed ${seed}, axes ${axes} of [${shape}]`;
        assertEquals([sum.shape, mean.shape], [expected, expected], label);
        const [sumValues, meanValues] = [sum.dataSync(), mean.dataSync()];
        exact.values.forEach((value, i) => {
          const bound = 1e-6 * exact.magnitudes[i];
          assertLessOrEqual(Math.abs(sumValues[i] - value), bound, label);
          const meanError = Math.abs(meanValues[i] - value / exact.count);
          assertLessOrEqual(meanError, bound / exact.count, label);
        });
      });
    }
  },
);

for (const [m, C] of [[50_176, 1], [50_176, 30], [50_176, 7], [20_000_000, 1]]) {
  testWithKernels(
    `over ${m} values in each of ${C} channels tf.sum() and tf.mean() are within 1e-6·Σ|x| of float64`,
    () => {
      const x = new Float32Array(m * C);
      const exact = new Float64Array(C);
      let state = 1;
      for (let i = 0; i < x.length; i++) {
        state = (Math.imul(state, 1664525) + 1013904223) | 0;
        x[i] = (state >>> 8) / 2 ** 24;
        exact[i % C] += x[i];
      }
      const [sum, mean] = tf.tidy(() => {
        const batch = tf.tensor2d(x, [m, C]);
        return [batch.sum(0).dataSync().slice(), batch.mean(0).dataSync().slice()];
      });
      exact.forEach((value, c) => {
        assertLessOrEqual(Math.abs(sum[c] - value), 1e-6 * value);
        assertLessOrEqual(Math.abs(mean[c] - value / m), 1e-6 * value / m);
      });
    },
  );
}

testWithKernels("sums of nothing are 0, and means NaN", () =>
  tf.tidy(() => {
    tf.fill([64], 7).dispose(); // leaves sevens where the next tensors will lie
    assertEquals([...tf.zeros([0, 3]).sum(0).dataSync()], [0, 0, 0]);
    assertEquals([...tf.zeros([3, 0]).sum(1).dataSync()], [0, 0, 0]);
    assertEquals([...tf.zeros([0, 3]).mean(0).dataSync()], [NaN, NaN, NaN]);
    assertEquals(tf.zeros([0, 3]).sum(1).shape, [0]);
  }));

testWithKernels(
  "sums and means over no axis are the values themselves, a scalar's too",
  () =>
    tf.tidy(() => {
      assertEquals([...tf.scalar(3).sum().dataSync(), ...tf.scalar(3).mean().dataSync()], [3, 3]);
      const x = tf.tensor2d([1, 2, 3, 4, 5, 6], [2, 3]);
      for (const y of [x.sum([]), x.mean([]), x.sum([], true)]) {
        assertEquals([y.shape, [...y.dataSync()]], [[2, 3], [1, 2, 3, 4, 5, 6]]);
      }
    }),
);

testWithKernels("NaN and infinities reach their own sums alone", () =>
  tf.tidy(() => {
    const x = tf.tensor2d([1, NaN, 3, Infinity, 5, 6, Infinity, -Infinity, 9], [3, 3]);
    assertEquals([...x.sum(0).dataSync()], [Infinity, NaN, 18]);
    assertEquals([...x.mean(1).dataSync()], [NaN, Infinity, NaN]);
  }));

testWithKernels(
  "int32 and bool sums are exact int32, over any axis, and of nothing 0",
  () =>
    tf.tidy(() => {
      tf.fill([64], 7).dispose(); // leaves sevens where the next tensors will lie
      const outcome = (x: tf.Tensor) => [x.dtype, x.shape, [...x.dataSync()]];
      const large = tf.tensor1d([16_777_217, 2], "int32");
      assertEquals(outcome(large.sum()), ["int32", [], [16_777_219]]);
      assertEquals(outcome(tf.tensor1d([true, false, true], "bool").sum()), ["int32", [], [2]]);
      assertEquals(
        outcome(tf.tensor2d([1, 2, 3, -4, 5, 6], [2, 3], "int32").sum(1)),
        ["int32", [2], [6, 7]],
      );
      for (const dtype of ["int32", "bool"] as const) {
        assertEquals(outcome(tf.zeros([0, 3], dtype).sum(0)), ["int32", [3], [0, 0, 0]]);
        assertEquals(outcome(tf.zeros([0, 3], dtype).sum(0, true)), ["int32", [1, 3], [0, 0, 0]]);
        assertEquals(outcome(tf.zeros([2, 0], dtype).sum()), ["int32", [], [0]]);
        assertEquals(outcome(tf.zeros([0, 3], dtype).sum(1)), ["int32", [0], []]);
      }
    }),
);

testWithKernels(
  "int32 and bool means are float32, as exact as those of float32, and of nothing NaN",
  () =>
    tf.tidy(() => {
      tf.fill([64], 7).dispose();
      const outcome = (x: tf.Tensor) => [x.dtype, x.shape, [...x.dataSync()]];
      assertEquals(outcome(tf.tensor1d([1, 2], "int32").mean()), ["float32", [], [1.5]]);
      const rows = tf.tensor2d([1, 2, 3, -4, 5, 8], [2, 3], "int32").mean(1, true);
      assertEquals(outcome(rows), ["float32", [2, 1], [2, 3]]);
      for (const dtype of ["int32", "bool"] as const) {
        assertEquals(outcome(tf.ones([20_000_000], dtype).mean()), ["float32", [], [1]]);
        assertEquals(outcome(tf.zeros([0], dtype).mean()), ["float32", [], [NaN]]);
        assertEquals(outcome(tf.zeros([2, 0], dtype).mean(1)), ["float32", [2], [NaN, NaN]]);
      }
    }),
);

testWithKernels(
  "the gradient of ReLU is dy where x is positive and 0 elsewhere, of any length, and NaN where dy is and x is positive",
  () => {
    for (let length = 0; length <= 40; length++) {
      const random = new Random(length);
      const x = random.normals(length).map((value) => value > 1 ? 0 : value);
      const dy = random.normals(length);
      const dx = tf.tidy(() =>
        tf.grad((x) => tf.relu(x))(tf.tensor1d(x), tf.tensor1d(dy)).dataSync().slice()
      );
      dx.forEach((value, i) => assert(value === (x[i] > 0 ? dy[i] : 0), `${length}: ${i}`));
    }
    const dx = tf.tidy(() =>
      tf.grad((x) => tf.relu(x))(tf.tensor1d([1, 2, -1]), tf.tensor1d([NaN, Infinity, 3]))
        .dataSync().slice()
    );
    assertEquals([...dx], [NaN, Infinity, 0]);
  },
);

testWithKernels(
  "a clone holds its values when the original is gone, and the other way round",
  () => {
    const before = tf.memory();
    for (const originalFirst of [true, false]) {
      const original = tf.tensor1d([1, 2, 3]);
      const clone = original.clone();
      const [first, second] = originalFirst ? [original, clone] : [clone, original];
      first.dispose();
      const other = tf.fill([3], 7); // where freed memory would be taken again
      assertEquals([...second.dataSync()], [1, 2, 3]);
      const sum = tf.tidy(() => second.add(1).dataSync().slice());
      assertEquals([...sum], [2, 3, 4]);
      tf.dispose([second, other]);
    }
    const { numTensors, numDataBuffers, numBytes } = tf.memory();
    assertEquals(
      [numTensors, numDataBuffers, numBytes],
      [before.numTensors, before.numDataBuffers, before.numBytes],
    );
    const variable = tf.tidy(() => tf.variable(tf.tensor1d([1, 2])));
    const copy = variable.clone();
    tf.tidy(() => variable.assign(tf.tensor1d([5, 6])));
    assertEquals([[...copy.dataSync()], [...variable.dataSync()]], [[1, 2], [5, 6]]);
    tf.dispose([variable, copy]);
  },
);
