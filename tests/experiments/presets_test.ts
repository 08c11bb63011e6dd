import { assert, assertEquals, assertThrows } from "@std/assert";
import * as v from "valibot";
import { experimentOf, experimentSchema, REASONS } from "../../experiments/experiment.ts";
import { PRESETS, seedsOf } from "../../experiments/presets.ts";
import { CHOOSING_ROWS, REPORTING_ROWS } from "../../experiments/sweeps/mod.ts";

for (const preset of Object.values(PRESETS)) {
  Deno.test(`preset ${preset.name} has valid experiments, each name once`, () => {
    for (const experiment of preset.experiments) v.parse(experimentSchema, experiment);
    const names = preset.experiments.map(({ name }) => name);
    assertEquals(new Set(names).size, names.length);
  });
}

Deno.test("every hyperparameter has a reason", () => {
  const { name: _, measure: __, ...settings } = experimentOf("mlp-pre");
  assertEquals(Object.keys(REASONS).sort(), Object.keys(settings).sort());
});

Deno.test("the reason for the number of images holds for parts of the data too", () => {
  assert(!/\ball\b/i.test(REASONS.images), "quick and claims do not use all of the data");
});

Deno.test("pre, post and none share their seeds, from 1 on", () => {
  assertEquals(seedsOf(PRESETS.assignment, 3), [1, 2, 3]);
});

Deno.test("no preset has a seed of the reference run, beside which its trials stand", () => {
  const rows = [...CHOOSING_ROWS, ...REPORTING_ROWS];
  const seeds = new Set(rows.flatMap(({ groups }) => groups.flatMap(({ seeds }) => seeds)));
  for (const preset of Object.values(PRESETS)) {
    assert(seeds.isDisjointFrom(new Set(seedsOf(preset, preset.trials))), preset.name);
  }
});

Deno.test("an experiment's name may not leave the folder of its records", () => {
  assertThrows(() => v.parse(experimentSchema, { ...experimentOf("mlp-pre"), name: "../b" }));
});
