import * as tf from "@tensorflow/tfjs";
import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { BatchNorm } from "../../bn/batch_norm_layer.ts";
import { ActivationProbe, summarizeValues } from "../../experiments/activations.ts";
import { createCnn } from "../../models/cnn.ts";
import { createMlp } from "../../models/mlp.ts";
import { testOnBackend, testOnEachBackend } from "../backends.ts";

const BINS = 60;

/** The bins that hold anything, as bin → count. */
function filled(counts: number[]): Record<number, number> {
  return Object.fromEntries([...counts.entries()].filter(([, count]) => count > 0));
}

// ---- Values ---------------------------------------------------------------------------------------

Deno.test("summarizeValues gives the mean and the biased standard deviation", () => {
  const { mean, deviation } = summarizeValues(Float32Array.of(1, 2, 3, 4));
  assertEquals(mean, 2.5);
  assertAlmostEquals(deviation!, Math.sqrt((2.25 + 0.25 + 0.25 + 2.25) / 4), 1e-15);
});

Deno.test("summarizeValues does not cancel where the standard deviation is small beside the mean", () => {
  const { mean, deviation } = summarizeValues(Float32Array.of(1e6, 1e6 + 1, 1e6 + 2));
  assertEquals(mean, 1e6 + 1);
  assertAlmostEquals(deviation!, Math.sqrt(2 / 3), 1e-12);
});

Deno.test("summarizeValues counts in 60 equal bins from the smallest value to the largest", () => {
  // Bins of width 0.05 from 1: a value on an edge counts above it, the largest in the last bin.
  const { histogram } = summarizeValues(Float32Array.of(4, 1, 2, 1, 3, 1.03125, 1.0625));
  assertEquals([histogram.low, histogram.high, histogram.counts.length], [1, 4, BINS]);
  assertEquals(filled(histogram.counts), { 0: 3, 1: 1, 20: 1, 40: 1, 59: 1 });
});

Deno.test("summarizeValues counts every value once, also over float32's whole range", () => {
  const largest = (2 - 2 ** -23) * 2 ** 127;
  const smallest = 2 ** -149;
  for (const scale of [1, largest, smallest * 1000]) {
    const values = Float32Array.from({ length: 1001 }, (_, i) => (i - 500) / 500 * scale);
    const { mean, deviation, histogram } = summarizeValues(values);
    assertAlmostEquals(mean!, 0, 1e-6 * scale);
    assertAlmostEquals(deviation! / scale, Math.sqrt(1002 / 3000), 1e-3);
    assertEquals(histogram.counts.reduce((sum, count) => sum + count), 1001);
  }
});

Deno.test("summarizeValues puts equal values into one bin, with standard deviation 0", () => {
  assertEquals(summarizeValues(Float32Array.of(-7, -7, -7)), {
    mean: -7,
    deviation: 0,
    histogram: { low: -7, high: -7, counts: [3, ...Array(BINS - 1).fill(0)] },
  });
});

Deno.test("summarizeValues says null, with no bins, of values that are not all finite", () => {
  for (const wrong of [NaN, Infinity, -Infinity]) {
    assertEquals(summarizeValues(Float32Array.of(1, wrong, 2)), {
      mean: null,
      deviation: null,
      histogram: { low: 0, high: 0, counts: [] },
    });
  }
  assertEquals(summarizeValues(Float32Array.of(Infinity, -Infinity)).mean, null);
});

// ---- Layers ---------------------------------------------------------------------------------------

function testLayers(
  title: string,
  create: () => tf.Sequential,
  expected: [string, string][],
): void {
  testOnBackend("cpu", title, () => {
    const model = create();
    const images = tf.randomUniform<tf.Rank.R4>([5, 28, 28, 1], 0, 1, "float32", 1);
    tf.tidy(() => void model.apply(images, { training: true })); // BN needs statistics to predict
    assertEquals(
      new ActivationProbe(model).summarize(images).map(({ layer, kind }) => [layer, kind]),
      expected,
    );
    images.dispose();
    model.dispose();
  });
}

testLayers(
  "ActivationProbe reports affine map, BN, activation in this order where BN stands before",
  () => createMlp({ placement: "pre", hidden: [4, 3] }),
  [
    ["dense1", "affine"],
    ["dense1_bn", "batchNorm"],
    ["dense1_relu", "activation"],
    ["dense2", "affine"],
    ["dense2_bn", "batchNorm"],
    ["dense2_relu", "activation"],
  ],
);

testLayers(
  "ActivationProbe reports affine map, activation, BN in this order where BN stands after",
  () => createMlp({ placement: "post", hidden: [4], activation: "tanh" }),
  [["dense1", "affine"], ["dense1_tanh", "activation"], ["dense1_bn", "batchNorm"]],
);

testLayers(
  "ActivationProbe reports no BN where there is none",
  () => createMlp({ placement: "none", hidden: [4] }),
  [["dense1", "affine"], ["dense1_relu", "activation"]],
);

testLayers(
  "ActivationProbe reports a convolution as an affine map, and leaves pooling out",
  () => createCnn({ placement: "pre", filters: 2, hidden: 4 }),
  [
    ["conv", "affine"],
    ["conv_bn", "batchNorm"],
    ["conv_relu", "activation"],
    ["dense", "affine"],
    ["dense_bn", "batchNorm"],
    ["dense_relu", "activation"],
  ],
);

testOnEachBackend("ActivationProbe summarizes each layer's own output", () => {
  const model = tf.sequential({
    layers: [
      tf.layers.flatten({ inputShape: [1, 1, 1] }),
      tf.layers.dense({ units: 2, useBias: false, name: "f" }),
      tf.layers.activation({ activation: "relu", name: "g" }),
      tf.layers.dense({ units: 2, name: "logits" }),
    ],
  });
  tf.tidy(() => model.layers[1].setWeights([tf.tensor2d([[2, -4]])]));
  const images = tf.tensor4d([1, 3], [2, 1, 1, 1]);
  const [affine, activation, ...more] = new ActivationProbe(model).summarize(images);
  tf.dispose(images);
  model.dispose();

  // f: 2, −4, 6, −12. g: 2, 0, 6, 0.
  assertEquals([affine.mean, affine.histogram.low, affine.histogram.high], [-2, -12, 6]);
  assertEquals([activation.mean, activation.histogram.low, activation.histogram.high], [2, 0, 6]);
  assertEquals(filled(activation.histogram.counts), { 0: 2, 20: 1, 59: 1 });
  assertEquals(more, []);
});

testOnEachBackend("ActivationProbe predicts: it leaves the statistics as they are", () => {
  const model = createMlp({ placement: "pre", hidden: [4] });
  const images = tf.randomUniform<tf.Rank.R4>([5, 28, 28, 1], 0, 1, "float32", 1);
  const bn = model.layers.find((layer) => layer instanceof BatchNorm)!;
  tf.tidy(() => void model.apply(images, { training: true }));
  const before = bn.storedStatistics("moving");
  const [, first] = new ActivationProbe(model).summarize(images);
  const [, second] = new ActivationProbe(model).summarize(images);
  assertEquals(bn.storedStatistics("moving"), before);
  assertEquals(first, second);
  // By the batch's own moments its output would have mean 0; by the moving ones it does not.
  assert(Math.abs(first.mean!) > 0.01);
  images.dispose();
  model.dispose();
});

testOnEachBackend("ActivationProbe measures how far the units moved since its last look", () => {
  const model = tf.sequential({
    layers: [
      tf.layers.flatten({ inputShape: [1, 1, 1] }),
      tf.layers.dense({ units: 3, name: "f" }),
      tf.layers.dense({ units: 2, name: "logits" }),
    ],
  });
  const setBias = (bias: number[]) =>
    tf.tidy(() => model.layers[1].setWeights([tf.tensor2d([[1, 2, 0]]), tf.tensor1d(bias)]));
  const images = tf.tensor4d([1, 3], [2, 1, 1, 1]); // units have standard deviations 1, 2 and 0
  const probe = new ActivationProbe(model, { histograms: false });
  setBias([0, 0, 0]);
  const [first] = probe.summarize(images);
  setBias([3, 8, 5]);
  const [second] = probe.summarize(images);
  const [third] = probe.summarize(images);
  tf.dispose(images);
  model.dispose();

  assertEquals(first.shift, null);
  // 3/1 and 8/2; the third unit did not vary: √((3² + 4²)/2)
  assertAlmostEquals(second.shift!, Math.sqrt(12.5), 1e-5);
  assertEquals(third.shift, 0);
  assertEquals(second.histogram.counts, []);
});
