/**
 * An ordinary TensorFlow.js program of somebody else: stock layers, `model.fit()`, Adam. Importing
 * kernels/ is all that it does for them.
 */
import { assert, assertLess } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { useKernels } from "../../kernels/mod.ts";
import { testWithKernels } from "../backends.ts";
import { randomNormals, withModel } from "../bn/layer_helpers.ts";

/** Losses per epoch of a small CNN that learns which third of an image is brightest. */
async function losses(): Promise<number[]> {
  const [N, side, classes] = [90, 12, 3];
  const pixels = randomNormals([N, side, side, 1], 1);
  const labels = Int32Array.from({ length: N }, (_, n) => n % classes);
  pixels.forEach((_, i) => {
    const [n, row] = [Math.floor(i / side ** 2), Math.floor(i / side) % side];
    if (Math.floor(row / 4) === labels[n]) pixels[i] += 1;
  });
  const x = tf.tensor4d(pixels, [N, side, side, 1]);
  const y = tf.tidy(() => tf.oneHot(tf.tensor1d(labels, "int32"), classes).toFloat());
  const seeded = (seed: number) => tf.initializers.glorotUniform({ seed });
  const model = tf.sequential({
    layers: [
      tf.layers.conv2d({
        inputShape: [side, side, 1],
        filters: 6,
        kernelSize: 3,
        padding: "same",
        activation: "relu",
        kernelInitializer: seeded(1),
      }),
      tf.layers.maxPooling2d({ poolSize: 2 }),
      tf.layers.conv2d({ filters: 8, kernelSize: 3, strides: 2, kernelInitializer: seeded(2) }),
      tf.layers.batchNormalization(),
      tf.layers.flatten(),
      tf.layers.dense({ units: 16, activation: "tanh", kernelInitializer: seeded(3) }),
      tf.layers.dense({ units: classes, activation: "softmax", kernelInitializer: seeded(4) }),
    ],
  });
  const optimizer = tf.train.adam(0.01);
  let history: number[] = [];
  await withModel(model, async () => {
    model.compile({ optimizer, loss: "categoricalCrossentropy" });
    const fitted = await model.fit(x, y, { epochs: 5, batchSize: 16, shuffle: false, verbose: 0 });
    history = fitted.history.loss as number[];
  });
  optimizer.dispose();
  tf.dispose([x, y]);
  return history;
}

testWithKernels(
  "tf.sequential() with stock layers and Adam learns with the kernels imported, and loses as much as with TensorFlow.js's own",
  async () => {
    const own = await losses();
    useKernels("stock");
    const stock = await losses().finally(() => useKernels("own"));
    assertLess(own[4], own[0] / 2);
    // Rounding is all that differs, and grows from step to step.
    own.forEach((loss, epoch) => {
      const difference = Math.abs(loss - stock[epoch]);
      assert(difference < 1e-3 * stock[0], `epoch ${epoch}: ${loss} and ${stock[epoch]}`);
    });
  },
);
