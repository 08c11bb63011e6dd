/** What notebook 02 calls: small demonstrations. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { createMlp } from "../../models/mlp.ts";
import { mostUndecided, voteAmong } from "../../notebooks/lib/rest_of_batch.ts";
import { classVotes } from "../../figures/mod.ts";
import { useBackend } from "../backends.ts";
import { granted } from "../permissions.ts";
import { tinyData } from "../tiny_trials.ts";

await useBackend(granted("read") ? "wasm" : "cpu");

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
  const { description, data } = classVotes([{ ...training, label: "training" }]);
  assertStringIncludes(description, "training: ");
  assertEquals(data.length, 1);
  model.dispose();
});

Deno.test("the statistics of somebody else's batch normalization stay as they were, too", () => {
  const { test } = tinyData();
  const model = tf.sequential({
    layers: [
      tf.layers.flatten({ inputShape: [28, 28, 1] }),
      tf.layers.batchNormalization(),
      tf.layers.dense({ units: 10 }),
    ],
  });
  const before = model.getWeights().map((weight) => [...weight.dataSync()]);
  voteAmong(model, test, { image: 0, others: 5, batches: 10, seed: 1, training: true });
  assertEquals(model.getWeights().map((weight) => [...weight.dataSync()]), before);
  model.dispose();
});
