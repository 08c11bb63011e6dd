import { assertAlmostEquals, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { BatchNorm } from "../../bn/batch_norm_layer.ts";
import { experimentOf } from "../../experiments/experiment.ts";
import { PRESETS } from "../../experiments/presets.ts";
import {
  asAffine,
  bnMomentsTable,
  comparisonTable,
  createModel,
  experimentIn,
  featureMaps,
  matrixTable,
  modelTable,
  outputOf,
  settingsTable,
  trialTable,
  unitActivity,
  viewOf,
  viewsTable,
} from "../../notebooks/lib/mod.ts";
import { syntheticTrials } from "../synthetic_records.ts";

// What the notebooks of the four experiments call. The models are new, which is enough to look inside.

await tf.setBackend("cpu"); // which needs no permission

const MLP = experimentOf("mlp-pre", { hidden: [4] });
const CNN = experimentOf("cnn-post", { hidden: [4], filters: 3 });

/** A new model that can predict: its BN layers take their initial statistics for moving ones. */
function predictor(): { model: tf.Sequential } {
  const model = createModel(CNN, 1);
  for (const layer of model.layers.filter((layer) => layer instanceof BatchNorm)) {
    const [gamma, beta, mean, variance, count, ...others] = layer.getWeights();
    layer.setWeights([gamma, beta, mean, variance, count.add(10), ...others]);
  }
  return { model };
}

// ---- Tables ---------------------------------------------------------------------------------------

Deno.test("experimentIn() finds an experiment by its name, or lists those that there are", () => {
  assertEquals(experimentIn(PRESETS.assignment, "mlp-pre").placement, "pre");
  assertThrows(() => experimentIn(PRESETS.quick, "mlp-none"), RangeError, "mlp-pre, mlp-post");
});

Deno.test("modelTable() shows where BN stands, the shapes, and what each layer learns", () => {
  const pre = modelTable(createModel(MLP, 1));
  assertEquals(pre.rows.slice(1), [
    ["dense1", "f: x·W", "[N, 4]", "W [784, 4]", "3,136"],
    ["dense1_bn", "BN: γ·x̂ + β", "[N, 4]", "γ [4], β [4]", "8"],
    ["dense1_relu", "g: ReLU", "[N, 4]", "none", "0"],
    ["logits", "f: x·W + b", "[N, 10]", "W [4, 10], b [10]", "50"],
    ["total", "", "", "", "3,194"],
  ]);
  const post = modelTable(createModel(CNN, 1));
  assertEquals(post.rows.slice(0, 4).map(([name, kind]) => [name, kind]), [
    ["conv", "f: convolution 5×5, + b"],
    ["conv_relu", "g: ReLU"],
    ["conv_bn", "BN: γ·x̂ + β"],
    ["pool", "max-pooling 2×2"],
  ]);
});

Deno.test("settingsTable() gives every setting with its reason, filters only where there are some", () => {
  const settings = (name: "mlp-pre" | "cnn-pre") =>
    settingsTable(experimentOf(name)).rows.map(([name]) => name);
  assertEquals(settings("mlp-pre").includes("filters"), false);
  assertEquals(settings("cnn-pre").includes("filters"), true);
  const setting = (name: string) => settingsTable(MLP).rows.find((row) => row[0] === name)!;
  assertEquals(setting("learning rate").slice(1), [
    "0.3",
    "Of the rates tried, the best for most models and nearly the best for the others.",
  ]);
  assertEquals(setting("architecture")[1], "MLP");
  assertEquals(setting("placement")[1], "BN before the activation");
  assertEquals(setting("schedule")[1], "falls linearly to zero");
});

Deno.test("trialTable() ends in mean, deviation and interval of each column", () => {
  const { rows } = trialTable(syntheticTrials("mlp-pre", [0.88, 0.885, 0.89]));
  assertEquals(rows.map((row) => [row[0], row[4]]), [
    [1, "88.00"],
    [2, "88.50"],
    [3, "89.00"],
    ["mean", "88.50"],
    ["± standard deviation", "0.50"],
    ["95 % interval", "87.26 to 89.74"],
  ]);
});

Deno.test("trialTable() leaves out dataset statistics where there is no BN, and intervals of one trial", () => {
  const { rows } = trialTable(syntheticTrials("mlp-none", [0.88]));
  assertEquals(rows.map((row) => row[4]), ["–", "–", "–", "–"]);
  assertEquals(rows.map((row) => row[3]), ["88.00", "88.00", "–", "–"]);
});

Deno.test("bnMomentsTable() sets what BN gets beside what it gives, first and last", () => {
  const summary = (layer: string, kind: "affine" | "batchNorm", mean: number) => ({
    layer,
    kind,
    mean,
    deviation: 2,
    shift: null,
    histogram: { low: 0, high: 1, counts: [] },
  });
  const records = syntheticTrials("mlp-pre", [0.88, 0.89]).map((record) => ({
    ...record,
    epochs: record.epochs.map((epoch) => ({
      ...epoch,
      activations: [
        summary("dense1", "affine", epoch.epoch),
        summary("dense1_bn", "batchNorm", -epoch.epoch),
      ],
    })),
  }));
  assertEquals(bnMomentsTable(records).rows, [
    ["dense1_bn", "1.00 ± 2.00", "−1.00 ± 2.00", "5.00 ± 2.00", "−5.00 ± 2.00"],
  ]);
});

Deno.test("comparisonTable() tells equal from equal up to rounding, and both from different", () => {
  const x = tf.tensor1d([1, -100]);
  const { rows } = comparisonTable([
    ["equal", x, x.clone()],
    ["rounded", x, x.add(1e-3)],
    ["different", x, x.add(1)],
    ["zeros", tf.zeros([2]), tf.zeros([2])],
  ]);
  assertEquals(rows.map((row) => row[3]), ["yes", "yes, up to rounding", "no", "yes"]);
});

Deno.test("matrixTable() shows small numbers with more digits, and a true minus sign", () => {
  const { columns, rows } = matrixTable(tf.tensor2d([[1, -0.00005], [0, -2]]), ["a", "b"]);
  assertEquals(columns, ["a", "b"]);
  assertEquals(rows, [["1.000", "−0.000050"], ["0.000", "−2.000"]]);
});

// ---- Looking inside -------------------------------------------------------------------------------

Deno.test("viewOf() counts zeros, negative values, and those that are the lowest of their channel", () => {
  // Channels in columns: the first has its lowest value twice, the second once.
  const view = viewOf("x", tf.tensor2d([[0, -1], [0, 1], [2, 3], [4, 5]]));
  assertEquals(view.zeros, 2 / 8);
  assertEquals(view.negative, 1 / 8);
  assertEquals(view.atFloor, 3 / 8);
  assertEquals([view.low, view.high, view.mean], [-1, 5, 14 / 8]);
  assertEquals(viewsTable([view]).rows, [
    ["x", "1.75 ± 1.98", "−1.00", "5.00", "25.0", "12.5", "37.5"],
  ]);
});

Deno.test("unitActivity() gives the share of positions at which each channel is above 0", () => {
  const { model } = predictor();
  const images = tf.randomUniform([2, 28, 28, 1]);
  const activity = unitActivity({ model }, images);
  assertEquals(activity.map(({ layer, shares }) => [layer, shares.length]), [
    ["conv_relu", 3],
    ["dense_relu", 4],
  ]);
  const maps = outputOf({ model }, "conv_relu", images);
  const shares = maps.greater(0).cast("float32").mean([0, 1, 2]).arraySync() as number[];
  shares.forEach((share, c) => assertAlmostEquals(activity[0].shares[c], share, 1e-6));
});

Deno.test("asAffine() is what a BN layer does in prediction", () => {
  const model = createModel(CNN, 1);
  const layer = model.getLayer("conv_bn");
  const [gamma, beta, mean, variance, ...rest] = layer.getWeights();
  const [count, ...others] = rest;
  layer.setWeights([
    gamma.mul(-2),
    beta.add(1),
    mean.add(0.5),
    variance.mul(4),
    count.add(10), // or there would be no statistics to predict with
    ...others,
  ]);
  const images = tf.randomUniform([2, 28, 28, 1]);
  const { scale, shift } = asAffine({ model }, "conv_bn");
  const affine = outputOf({ model }, "conv_relu", images).mul(scale).add(shift);
  const difference = affine.sub(outputOf({ model }, "conv_bn", images)).abs().max().dataSync()[0];
  assertAlmostEquals(difference, 0, 1e-5);
  assertThrows(() => asAffine({ model }, "conv"), TypeError, "no BatchNorm layer");
});

Deno.test("featureMaps() has a row for each layer and a column for each channel", () => {
  const { model } = predictor();
  const images = tf.randomUniform<tf.Rank.R4>([2, 28, 28, 1]);
  const { layout, description } = featureMaps({ model }, images, { layers: ["conv", "pool"] });
  assertEquals(layout.images!.length, 2 * 3); // the model has three channels
  assertStringIncludes(description, "conv from ");
});
