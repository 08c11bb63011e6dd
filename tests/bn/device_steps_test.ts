/**
 * The layer where reading a value waits for a device: on a backend of WebGPU's name that computes with the
 * CPU backend's kernels and counts what is read.
 */
import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { BatchNorm, NotFiniteError } from "../../bn/batch_norm_layer.ts";
import { computeDatasetStatistics, useStatistics } from "../../bn/dataset_statistics.ts";

let vectorsRead = 0;

tf.registerBackend("webgpu", () => {
  const backend = tf.findBackendFactory("cpu")() as tf.KernelBackend;
  const read = backend.readSync.bind(backend);
  backend.readSync = (id: object) => {
    const values = read(id);
    if (values.length > 1) vectorsRead += 1; // counts are kept in plain numbers, and read at no cost
    return values;
  };
  return backend;
});
tf.copyRegisteredKernels("cpu", "webgpu");

function testOnDevice(name: string, fn: () => Promise<void> | void) {
  Deno.test(name, async () => {
    await tf.setBackend("webgpu");
    const tensors = tf.memory().numTensors;
    try {
      await fn();
    } finally {
      await new Promise((resolve) => setTimeout(resolve)); // what the device answers
      tf.disposeVariables();
      assertEquals(tf.memory().numTensors, tensors);
      await tf.setBackend("cpu");
    }
  });
}

const batch = (seed: number) => tf.randomNormal([8, 3], 2, 3, "float32", seed);
const model = () =>
  tf.sequential({
    layers: [new BatchNorm({ inputShape: [3], name: "bn", momentum: 0.5 })],
  });
const layerOf = (model: tf.Sequential) => model.layers[0] as BatchNorm;
const train = (model: tf.Sequential, x: tf.Tensor) =>
  tf.tidy(() => {
    (model.apply(x, { training: true }) as tf.Tensor).dispose();
    x.dispose();
  });

testOnDevice("training reads no vector, and the moving average is that of the CPU", async () => {
  const here = model();
  vectorsRead = 0;
  for (const seed of [1, 2, 3]) train(here, batch(seed));
  const optimizer = tf.train.sgd(0.1);
  const x = batch(4);
  optimizer.minimize(() => tf.mean((here.apply(x, { training: true }) as tf.Tensor).square()));
  x.dispose();
  optimizer.dispose();
  assertEquals(vectorsRead, 0);
  const { mean, variance, count } = layerOf(here).storedStatistics("moving");
  assertEquals(count, 4);
  here.dispose();

  await tf.setBackend("cpu");
  const there = model();
  for (const seed of [1, 2, 3, 4]) train(there, batch(seed));
  const expected = layerOf(there).storedStatistics("moving");
  mean.forEach((value, c) => assertAlmostEquals(value, expected.mean[c], 1e-6));
  variance.forEach((value, c) => assertAlmostEquals(value, expected.variance[c], 1e-5));
  there.dispose();
  await tf.setBackend("webgpu");
});

testOnDevice(
  "prediction reads no vector that a step has written, and no stored one twice",
  async () => {
    const here = model();
    train(here, batch(1));
    const x = batch(2);
    vectorsRead = 0;
    (here.predict(x) as tf.Tensor).dispose();
    assertEquals(vectorsRead, 0);
    await computeDatasetStatistics(here, [x]);
    useStatistics(here, "dataset");
    vectorsRead = 0;
    for (let i = 0; i < 2; i++) (here.predict(x) as tf.Tensor).dispose();
    assertEquals(vectorsRead, 2); // the mean and the variance that were set, still in plain numbers
    x.dispose();
    here.dispose();
  },
);

testOnDevice(
  "a batch that is not finite moves nothing, and the next call says so, once",
  async () => {
    const here = model();
    train(here, batch(1));
    const before = layerOf(here).storedStatistics("moving");
    const spoilt = tf.tensor2d([[1, 2, NaN], [1, Infinity, 3]]);
    tf.tidy(() => void here.apply(spoilt, { training: true }));
    await new Promise((resolve) => setTimeout(resolve));
    const x = batch(2);
    const message = 'Cannot go on in layer "bn": in 1 of the batches';
    assertThrows(() => here.predict(x), NotFiniteError, message);
    assertEquals(layerOf(here).storedStatistics("moving"), before);
    (here.predict(x) as tf.Tensor).dispose();
    x.dispose();
    spoilt.dispose();
    here.dispose();
  },
);

testOnDevice("whoever reads the statistics at once is told at once", () => {
  const here = model();
  const spoilt = tf.tensor2d([[NaN, 2, 1], [1, 1, 3]]);
  tf.tidy(() => void here.apply(spoilt, { training: true }));
  assertThrows(
    () => layerOf(here).storedStatistics("moving"),
    NotFiniteError,
    "in 1 of the batches",
  );
  assert(layerOf(here).storedStatistics("moving").count === 0);
  spoilt.dispose();
  here.dispose();
});
