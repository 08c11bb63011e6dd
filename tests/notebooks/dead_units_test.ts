import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { computeDatasetStatistics, useStatistics } from "../../bn/dataset_statistics.ts";
import { createMlp } from "../../models/mlp.ts";
import { deadUnits, deadUnitsTable } from "../../notebooks/lib/dead_units.ts";
import { useBackend } from "../backends.ts";

await useBackend("cpu");

/** Unit 0 gets the first pixel, unit 1 its negative: black and grey images leave unit 1 dead. */
async function twoUnits() {
  const model = createMlp({ placement: "post", hidden: [2], seed: 1 });
  const W = tf.buffer([784, 2]);
  W.set(1, 0, 0);
  W.set(-1, 0, 1);
  model.getLayer("dense1").setWeights([W.toTensor(), tf.zeros([2])]);
  await computeDatasetStatistics(model, () => [tf.stack([flat(0), flat(0.5)])]);
  useStatistics(model, "dataset");
  return model;
}

const flat = (value: number) => tf.fill([28, 28, 1], value);

Deno.test("a unit dead on every training image has the gain γ/√ε in prediction, and an image that makes it fire is amplified", async () => {
  const model = await twoUnits();
  const [unit, ...others] = deadUnits({ model }, "dense1_bn", tf.stack([flat(0.3), flat(-0.1)]));
  assertEquals(others, []);
  assertEquals([unit.unit, unit.firesOn, unit.beta], [1, 1, 0]);
  assertAlmostEquals(unit.gain, 1 / Math.sqrt(1e-3), 1e-3);
  assertAlmostEquals(unit.highest, 0.1, 1e-6);
  assertAlmostEquals(unit.output, 0.1 / Math.sqrt(1e-3), 1e-4);
  assertEquals(deadUnitsTable([unit]).rows.length, 1);
  assertThrows(() => deadUnits({ model }, "dense1", flat(0)), TypeError, "no BatchNorm");
});

Deno.test("a dead unit that no image makes fire gives β", async () => {
  const model = await twoUnits();
  const [unit] = deadUnits({ model }, "dense1_bn", tf.stack([flat(0.3), flat(0.1)]));
  assertEquals([unit.firesOn, unit.output], [0, unit.beta]);
});
