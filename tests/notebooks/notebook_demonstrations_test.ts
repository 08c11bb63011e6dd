/** What notebooks 01 and 02 call: claims' records under each preset, and small demonstrations. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { CLAIMS } from "../../findings/claims/mod.ts";
import { PRESETS } from "../../experiments/presets.ts";
import { createMlp } from "../../models/mlp.ts";
import { claimPreset } from "../../notebooks/lib/mod.ts";
import { mostUndecided, voteAmong, votesText } from "../../notebooks/lib/rest_of_batch.ts";
import { compareLayers, layerDifferences } from "../../notebooks/lib/compare_tensorflow.ts";
import { checkGradients } from "../../notebooks/lib/gradient_check.ts";
import { partsTable } from "../../notebooks/lib/tables.ts";
import { measureReluNoise } from "../../notebooks/lib/relu_noise.ts";
import { classVotes } from "../../figures/mod.ts";
import { useBackend } from "../backends.ts";
import { granted } from "../permissions.ts";
import { tinyData } from "../tiny_trials.ts";

await useBackend(granted("read") ? "wasm" : "cpu");

// ---- Records of claims ----------------------------------------------------------------------------

Deno.test("a claim's experiments are those of preset claims, each once, and small ones under quick", () => {
  for (const claim of CLAIMS) {
    const names = new Set(claim.experiments.map(({ name }) => name));
    for (const preset of [PRESETS.claims, PRESETS.full, PRESETS.quick]) {
      const { experiments } = claimPreset(claim, preset);
      assertEquals(experiments.map(({ name }) => name), [...names]);
    }
    assertEquals(claimPreset(claim, PRESETS.full).name, "claims");
    const quick = claimPreset(claim, PRESETS.quick);
    assertEquals([quick.name, quick.trials], ["quick-claims", 1]);
    assert(quick.experiments.every(({ images }) => images.train <= 1_000));
  }
});

Deno.test("the table of a data set's parts counts images, in all and in the smallest and largest class", () => {
  const data = tinyData();
  const { rows } = partsTable(data);
  assertEquals(rows.map(([part]) => part), ["training", "validation", "test"]);
  assertEquals(
    rows.map(([, images]) => images),
    [data.train, data.validation, data.test].map(
      ({ count }) => count.toLocaleString("en-US"),
    ),
  );
});

// ---- Gradients ------------------------------------------------------------------------------------

Deno.test("the closed form passes a check with random weights, every wrong gradient fails it, and all pass Σ BN(x)", () => {
  for (const seed of [1, 2, 3]) {
    const [right, ...wrong] = checkGradients(seed);
    assert(right.random < 1e-8, `${right.random}`);
    for (const check of wrong) assert(check.random > 1e-3, check.gradient);
    for (const check of [right, ...wrong]) assert(check.sum < 1e-8, check.gradient);
  }
});

// ---- Noise ----------------------------------------------------------------------------------------

Deno.test("the mean of normalized values has no noise, that of their positive parts √((π−3)/(2(π−1))) of the usual", () => {
  const { values, normalized, relu, normalizedRelu } = measureReluNoise(64, 1);
  const usual = 1 / Math.sqrt(64);
  for (const noise of [values, relu]) assert(Math.abs(noise / usual - 1) < 0.05, `${noise}`);
  assert(normalized < 1e-12);
  const expected = usual * Math.sqrt((Math.PI - 3) / (2 * (Math.PI - 1)));
  assert(Math.abs(normalizedRelu / expected - 1) < 0.05, `${normalizedRelu} and ${expected}`);
  assert(measureReluNoise(2, 1).normalizedRelu < 1e-12, "±1 in every batch");
});

// ---- The rest of the batch --------------------------------------------------------------------------

Deno.test("an image's probabilities change with the rest of its batch in training mode, never in prediction mode, and the model stays as it was", () => {
  const { test } = tinyData();
  const model = createMlp({ placement: "pre", hidden: [8], seed: 1 });
  model.apply(tf.randomNormal([8, 28, 28, 1]), { training: true }); // statistics to predict with
  const before = model.getWeights().map((weight) => [...weight.dataSync()]);
  const image = mostUndecided(model, test);
  assert(image >= 0 && image < test.count);
  const options = { image, others: 5, batches: 10, seed: 1 };
  const training = voteAmong(model, test, { ...options, training: true });
  const prediction = voteAmong(model, test, { ...options, training: false });
  const spread = (rows: number[][]) =>
    Math.max(...rows.map((row) => Math.abs(row[0] - rows[0][0])));
  assert(spread(training.probabilities) > 1e-3);
  assert(spread(prediction.probabilities) < 1e-6);
  assertEquals(model.getWeights().map((weight) => [...weight.dataSync()]), before);
  assertStringIncludes(votesText("Prediction", prediction), "is always ");
  assertStringIncludes(votesText("Training", training), "in 10 batches the image was taken for ");
  const { description, data } = classVotes([{ ...training, label: "training" }]);
  assertStringIncludes(description, "training: ");
  assertEquals(data.length, 1);
  model.dispose();
});

// ---- Beside TensorFlow.js -------------------------------------------------------------------------

Deno.test("both layers agree within float32 rounding over shapes and options", () => {
  const agreements = compareLayers(1);
  assertEquals(agreements.length, 8);
  for (const { y, dx, moving, prediction } of agreements) {
    for (const difference of [y, dx, moving, prediction]) {
      assert(difference < 1e-4, `${difference}`);
    }
  }
});

Deno.test("cases in which the layers differ are tried on both", () => {
  const { rows } = layerDifferences();
  const [, ours, theirs] = rows.find(([name]) => String(name).startsWith("trainable"))!;
  assertEquals([ours, theirs], ["predicts; its statistics stay", "its statistics move"]);
  for (const [name, ours, theirs] of rows) assert(ours !== theirs, String(name));
});
