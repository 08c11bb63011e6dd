import { assert, assertEquals, assertThrows } from "@std/assert";
import * as v from "valibot";
import { experimentOf, experimentSchema, REASONS } from "../../experiments/experiment.ts";
import { type Preset, PRESETS, seedsOf } from "../../experiments/presets.ts";
import {
  BEST_RATES,
  bestRate,
  RATE_GRID,
  RATED_MODELS,
  rateScores,
  TUNED_EXPERIMENTS,
} from "../../experiments/rates.ts";
import { syntheticRecord } from "../synthetic_records.ts";

for (const preset of Object.values(PRESETS)) {
  Deno.test(`preset ${preset.name} has valid experiments, each name once`, () => {
    for (const experiment of preset.experiments) v.parse(experimentSchema, experiment);
    const names = preset.experiments.map(({ name }) => name);
    assertEquals(new Set(names).size, names.length);
  });
}

Deno.test("every hyperparameter has a reason", () => {
  const { name: _, ...settings } = experimentOf("mlp-pre");
  assertEquals(Object.keys(REASONS).sort(), Object.keys(settings).sort());
});

Deno.test("the reason for the number of images holds for parts of the data too", () => {
  assert(!/\ball\b/i.test(REASONS.images), "quick and claims do not use all of the data");
});

Deno.test("pre, post and none share their seeds, from 1 on", () => {
  assertEquals(seedsOf(PRESETS.assignment, 3), [1, 2, 3]);
});

Deno.test("no seed that chooses a learning rate is used to report", () => {
  const choosing = new Set(seedsOf(PRESETS.rates, PRESETS.rates.trials));
  for (const preset of [PRESETS.assignment, PRESETS.full, PRESETS.tuned, PRESETS.long]) {
    const reporting = new Set(seedsOf(preset satisfies Preset, preset.trials));
    assert(choosing.isDisjointFrom(reporting), preset.name);
  }
});

// ---- Learning rates -------------------------------------------------------------------------------

/** A trial of the grid with this accuracy on the validation images. */
function rateTrial(learningRate: number, seed: number, accuracy: number) {
  const record = syntheticRecord({
    name: "mlp-pre",
    seed,
    accuracy: 0.5, // on the test images, which must not matter
    experiment: { name: `mlp-pre-rate-${learningRate}`, learningRate },
  });
  record.validation.dataset = { loss: 1, accuracy };
  return record;
}

Deno.test("the grid has at least 0.01, 0.03, 0.1, 0.3 and 1", () => {
  for (const rate of [0.01, 0.03, 0.1, 0.3, 1]) {
    assert((RATE_GRID as readonly number[]).includes(rate));
  }
});

Deno.test("the grid goes on above and below every model's best rate, so that it can tell a best one", () => {
  for (const model of RATED_MODELS) {
    assert(BEST_RATES[model] < RATE_GRID.at(-1)!, model);
    assert(BEST_RATES[model] > RATE_GRID[0], model);
  }
});

Deno.test("the best rate has the highest mean validation accuracy", () => {
  const records = [
    rateTrial(0.03, 101, 0.90),
    rateTrial(0.03, 102, 0.80), // mean 0.85
    rateTrial(0.3, 101, 0.86),
    rateTrial(0.3, 102, 0.86), // mean 0.86
  ];
  assertEquals(bestRate("mlp-pre", records), 0.3);
  assertEquals(rateScores("mlp-pre", records).map(({ learningRate }) => learningRate), [0.03, 0.3]);
});

Deno.test("of equal rates the lowest is taken, and without records there is none", () => {
  assertEquals(bestRate("mlp-pre", [rateTrial(1, 101, 0.9), rateTrial(0.1, 101, 0.9)]), 0.1);
  assertEquals(bestRate("cnn-pre", [rateTrial(1, 101, 0.9)]), undefined);
});

Deno.test("tuned experiments are those whose best rate is not the shared one", () => {
  for (const model of RATED_MODELS) {
    const tuned = TUNED_EXPERIMENTS.find(({ name }) => name === `${model}-tuned`);
    assertEquals(tuned?.learningRate ?? 0.1, BEST_RATES[model]);
  }
});

Deno.test("an experiment's name may not leave the folder of its records", () => {
  assertThrows(() => v.parse(experimentSchema, { ...experimentOf("mlp-pre"), name: "../b" }));
});
