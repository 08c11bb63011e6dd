/**
 * What notebooks 01 and 02 call: claims' records under each preset, small demonstrations, and the
 * sentences about single claims.
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import {
  batchSizeTable,
  batchSizeText,
  companionsTable,
  driftText,
  learningRateText,
  modesText,
  noiseText,
} from "../../findings/claim_findings.ts";
import { CLAIMS } from "../../findings/claims/mod.ts";
import type { TrialRecord } from "../../experiments/record.ts";
import { PRESETS } from "../../experiments/presets.ts";
import { createMlp } from "../../models/mlp.ts";
import { claimPreset } from "../../notebooks/lib/mod.ts";
import { mostUndecided, voteAmong, votesText } from "../../notebooks/lib/companions.ts";
import {
  agreementText,
  compareLayers,
  layerDifferences,
} from "../../notebooks/lib/compare_tensorflow.ts";
import { checkGradients, gradientCheckText } from "../../notebooks/lib/gradient_check.ts";
import { partsTable } from "../../notebooks/lib/tables.ts";
import { measureReluNoise } from "../../notebooks/lib/relu_noise.ts";
import { classVotes } from "../../figures/mod.ts";
import { useBackend } from "../backends.ts";
import { granted } from "../permissions.ts";
import { syntheticRecord, type SyntheticTrial } from "../synthetic_records.ts";
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
  const text = gradientCheckText(checkGradients(1));
  assertStringIncludes(
    text,
    "what passes below 1.0e−7 is: the closed form. With L = Σ BN(x), 4 of the 4",
  );
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

// ---- Companions -----------------------------------------------------------------------------------

Deno.test("an image's probabilities change with its companions in training mode, never in prediction mode, and the model stays as it was", () => {
  const { test } = tinyData();
  const model = createMlp({ placement: "pre", hidden: [8], seed: 1 });
  model.apply(tf.randomNormal([8, 28, 28, 1]), { training: true }); // statistics to predict with
  const before = model.getWeights().map((weight) => [...weight.dataSync()]);
  const image = mostUndecided(model, test);
  assert(image >= 0 && image < test.count);
  const options = { image, companions: 5, batches: 10, seed: 1 };
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

Deno.test("both layers agree within float32 rounding over shapes and options, and the sentence says so", () => {
  const agreements = compareLayers(1);
  assertEquals(agreements.length, 8);
  for (const { y, dx, moving, prediction } of agreements) {
    for (const difference of [y, dx, moving, prediction]) {
      assert(difference < 1e-4, `${difference}`);
    }
  }
  assertStringIncludes(agreementText(agreements), "both layers compute the same");
  assertStringIncludes(
    agreementText([{ ...agreements[0], dx: 0.1 }]),
    "the layers do not agree",
  );
});

Deno.test("cases in which the layers differ are tried on both", () => {
  const { rows } = layerDifferences();
  const [, ours, theirs] = rows.find(([name]) => String(name).startsWith("trainable"))!;
  assertEquals([ours, theirs], ["predicts; its statistics stay", "its statistics move"]);
  for (const [name, ours, theirs] of rows) assert(ours !== theirs, String(name));
});

// ---- Sentences about single claims ----------------------------------------------------------------

const trial = (trial: Partial<SyntheticTrial> & { accuracy: number }) =>
  syntheticRecord({ name: "mlp-pre", seed: 1, ...trial });
const atRate = (name: string, learningRate: number, accuracy: number) =>
  trial({ name, accuracy, experiment: { learningRate } });

Deno.test("learning rates: up to which all learned, where the first failed, and the ratio to no BN", () => {
  const text = learningRateText([
    atRate("mlp-none", 0.1, 0.8),
    atRate("mlp-none", 1, 0.1),
    atRate("mlp-pre", 0.1, 0.81),
    atRate("mlp-pre", 1, 0.85),
  ]);
  assertStringIncludes(
    text,
    "no BN: every trial learned up to 0.1; at a rate of 1, 1 of 1 did not",
  );
  assertStringIncludes(
    text,
    "every trial learned at all rates, the highest 1. The highest mean, 85.00 %",
  );
  assertStringIncludes(text, "10 times as high as without");
});

Deno.test("noise: in units of 1/√m, first layer and deeper ones; half as much is said where every trial has it", () => {
  const noisy = (deep: number) =>
    trial({
      accuracy: 0.8,
      experiment: { batchSize: 4 },
      record: {
        noise: [
          { layer: "a", mean: 0.5, variance: 0.6 },
          { layer: "b", mean: deep, variance: 0.6 },
        ],
      },
    });
  assertStringIncludes(
    noiseText([noisy(0.05)]),
    "1.00 to 1.00 in the first BN layer and 0.10 to 0.10",
  );
  assertStringIncludes(noiseText([noisy(0.05)]), "less than half");
  assert(!noiseText([noisy(0.4)]).includes("less than half"));
});

Deno.test("batch sizes: the table has accuracy and noise of every size, and a dash where none was run", () => {
  const of = (name: string, batchSize: number) =>
    trial({ accuracy: 0, experiment: { name, batchSize } }).experiment;
  const [two, four] = [of("mlp-pre-batch-2", 2), of("mlp-pre-batch-4", 4)];
  const noise = [{ layer: "a", mean: 0.7, variance: 1 }, { layer: "b", mean: 0.02, variance: 1 }];
  const records = [0.5, 0.52].map((accuracy, i) => ({
    ...trial({ accuracy, experiment: two, record: { noise } }),
    seed: i,
  }));
  const [head, , ...rows] = batchSizeTable(records, [two, four]).split("\n");
  assertStringIncludes(
    head,
    "| 1/√m | RMS of (µ̂ − µ)/σ, BN layer 1 | RMS of (µ̂ − µ)/σ, BN layer 2 |",
  );
  assertEquals(rows, [
    "| 2 | 0.1 | 2 | 51.00 ± 1.41 | 0.707 | 0.700 | 0.020 |",
    "| 4 | 0.1 | 0 | – | 0.500 | – | – |",
  ]);
});

Deno.test("batch sizes: the best of each rule, and whether 50 to 100 is within half a point of it", () => {
  const ofSize = (batchSize: number, accuracy: number) =>
    trial({ accuracy, experiment: { batchSize } });
  const shared = { learningRate: 0.1, batchSize: 64 };
  const text = batchSizeText([ofSize(16, 0.86), ofSize(64, 0.85)], shared);
  assertStringIncludes(
    text,
    "86.00 %, in batches of 16; within half a point of it are the sizes 16, the",
  );
  assertStringIncludes(text, "recommended range not among them");
  assertStringIncludes(
    text,
    "With the rate in proportion to the batch the highest mean is 85.00 %",
  );
  assertStringIncludes(batchSizeText([], shared), "there are no trials");
});

Deno.test("statistics: exact minus moving after the first and the last epoch, and images that change class", () => {
  const record = trial({ accuracy: 0.8 });
  const score = (accuracy: number) => ({ loss: 1, accuracy });
  const scored: TrialRecord = {
    ...record,
    companions: { accuracy: 0.7, changed: 0.25 },
    epochs: record.epochs.map((epoch, i, { length }) => ({
      ...epoch,
      validation: score(0.5),
      modes: { batch: score(0.6), dataset: score(i === 0 ? 0.6 : i === length - 1 ? 0.51 : 0.5) },
    })),
  };
  assertStringIncludes(
    modesText([scored]),
    "batches of 64: 10.00 points after the first epoch, 1.00 after the last (means of 1 trial).",
  );
  assertStringIncludes(companionsTable([scored]), "| 64 | 1 | 80.00 | 80.00 | 70.00 | 25.00 |");
  assertEquals(modesText([record]), "No trial has scored several kinds of statistics.");
});

Deno.test("drift: the mean shift of each placement; without trials or activations nothing is claimed", () => {
  assertEquals(driftText([]), "There are no trials.");
  assertStringIncludes(driftText([trial({ accuracy: 0.8 })]), "has no finite drift");
});
