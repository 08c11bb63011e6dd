/**
 * The layer against TensorFlow.js's own batchNormalization layer: where both work they agree, and
 * where ours differs on purpose a test says so.
 *
 * Both sides compute in float32, in a different order; each is within a few 1e-6 of the exact
 * result, so that 1e-5 of the scale is the closest that can be asked.
 */
import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { BatchNorm, type BatchNormOptions } from "../../bn/batch_norm_layer.ts";
import { testOnEachBackend } from "../backends.ts";
import { apply, randomNormals, read, trainingStep, weight } from "./layer_helpers.ts";
import * as reference from "../reference/batch_norm_float64.ts";
import { assertClose, gradScales, maxAbs } from "../reference/batch_norm_float64.ts";

const SHAPES = [[64, 8], [8, 5, 5, 4]]; // dense and convolutional
const STEPS = 3;

/** Ours and the stock layer with the same options; afterwards both are disposed. */
function withBoth(
  shape: number[],
  options: Omit<BatchNormOptions, "statistics">,
  run: (ours: tf.layers.Layer, stock: tf.layers.Layer) => void,
): void {
  const config = { ...options, inputShape: shape.slice(1) };
  const ours = new BatchNorm(config);
  const stock = tf.layers.batchNormalization(config);
  const models = [ours, stock].map((layer) => tf.sequential({ layers: [layer] })); // build them
  try {
    run(ours, stock);
  } finally {
    for (const model of models) model.dispose();
  }
}

/** Writes the same random γ and β into all layers that have them. */
function writeRandomAffine(layers: tf.layers.Layer[], channels: number): void {
  for (const [index, name] of ["gamma", "beta"].entries()) {
    const value = randomNormals([channels], 10 + index);
    tf.tidy(() => layers.forEach((layer) => weight(layer, name)?.write(tf.tensor1d(value))));
  }
}

for (const shape of SHAPES) {
  const channels = shape[shape.length - 1];

  testOnEachBackend(
    `BatchNorm and tf.layers.batchNormalization at defaults agree on [${shape}] within 1e-5: y, dx, dγ and dβ of three training calls`,
    () =>
      withBoth(shape, {}, (ours, stock) => {
        writeRandomAffine([ours, stock], channels);
        const [gamma, beta] = [read(ours, "gamma"), read(ours, "beta")];
        for (let step = 0; step < STEPS; step++) {
          const x = randomNormals(shape, 20 + step, 3, 2);
          const dy = randomNormals(shape, 30 + step);
          const actual = trainingStep(ours, shape, x, dy);
          const expected = trainingStep(stock, shape, x, dy);
          const scale = gradScales({ x, gamma, beta, epsilon: 1e-3 }, dy);
          assertClose(`step ${step} y`, actual.y, expected.y, maxAbs(expected.y));
          assertClose(`step ${step} dx`, actual.dx, expected.dx, scale.dx);
          assertClose(`step ${step} dγ`, actual.dGamma, expected.dGamma, scale.dGamma);
          assertClose(`step ${step} dβ`, actual.dBeta, expected.dBeta, scale.dBeta);
        }
      }),
  );

  for (const options of [{}, { momentum: 0.7, epsilon: 0.1 }]) {
    const title = "momentum" in options ? "momentum 0.7 and epsilon 0.1" : "defaults";
    testOnEachBackend(
      `BatchNorm and tf.layers.batchNormalization at ${title} agree on [${shape}] within 1e-5: moving statistics after each of three training calls, and a prediction`,
      () =>
        withBoth(shape, options, (ours, stock) => {
          writeRandomAffine([ours, stock], channels);
          for (let step = 0; step < STEPS; step++) {
            const x = randomNormals(shape, 40 + step, 3, 2);
            for (const layer of [ours, stock]) apply(layer, shape, x, true);
            for (const name of ["moving_mean", "moving_variance"]) {
              const expected = read(stock, name);
              assertClose(`step ${step} ${name}`, read(ours, name), expected, maxAbs(expected));
            }
          }
          const x = randomNormals(shape, 50, 3, 2);
          const expected = apply(stock, shape, x, false);
          assertClose("prediction", apply(ours, shape, x, false), expected, maxAbs(expected));
        }),
    );
  }
}

for (const options of [{ scale: false }, { center: false }, { scale: false, center: false }]) {
  testOnEachBackend(
    `with ${
      JSON.stringify(options)
    } tf.layers.batchNormalization throws in training; BatchNorm trains, with γ = 1 or β = 0 in place of what it lacks`,
    () => {
      const shape = [16, 3];
      withBoth(shape, options, (ours, stock) => {
        const x = randomNormals(shape, 60, 3, 2);
        const dy = randomNormals(shape, 61);
        assertThrows(() => apply(stock, shape, x, true), TypeError, "reading 'read'");

        writeRandomAffine([ours], 3);
        const gamma = "scale" in options ? [1, 1, 1] : read(ours, "gamma");
        const beta = "center" in options ? [0, 0, 0] : read(ours, "beta");
        const input = { x, gamma, beta, epsilon: 1e-3 };
        const expected = { y: reference.training(input), ...reference.grad(input, dy) };
        const scale = gradScales(input, dy);
        const { y, dx, dGamma, dBeta } = trainingStep(ours, shape, x, dy);
        assertClose("y", y, expected.y, maxAbs(expected.y));
        assertClose("dx", dx, expected.dx, scale.dx);
        assertClose("dγ", dGamma, "scale" in options ? [] : expected.dGamma, scale.dGamma);
        assertClose("dβ", dBeta, "center" in options ? [] : expected.dBeta, scale.dBeta);
      });
    },
  );
}

testOnEachBackend(
  "with trainable = false tf.layers.batchNormalization still normalizes by the batch and moves its statistics; BatchNorm predicts and keeps them",
  () => {
    const shape = [16, 3];
    withBoth(shape, {}, (ours, stock) => {
      const [first, second] = [randomNormals(shape, 70, 3, 2), randomNormals(shape, 71, 3, 2)];
      const calls = [ours, stock].map((layer) => {
        apply(layer, shape, first, true);
        layer.trainable = false;
        const before = [read(layer, "moving_mean"), read(layer, "moving_variance")];
        const y = apply(layer, shape, second, true);
        const after = [read(layer, "moving_mean"), read(layer, "moving_variance")];
        return { before, after, y, prediction: apply(layer, shape, second, false) };
      });
      const [oursCall, stockCall] = calls;
      assertEquals(oursCall.after, oursCall.before);
      assertEquals(oursCall.y, oursCall.prediction);

      assertNotEquals(stockCall.after, stockCall.before);
      // x is centred about 3 and the statistics have moved from 0 by a hundredth of that: where the
      // batch normalizes, y is centred about 0, and in prediction about 3.
      assert(Math.abs(mean(stockCall.y)) < 0.1 && mean(stockCall.prediction) > 1);
    });
  },
);

function mean(values: Float32Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
