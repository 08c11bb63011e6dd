/**
 * What the rows of findings/design.md train.
 */
import { assert, assertEquals, assertThrows } from "@std/assert";
import type { TrialRecord } from "../../experiments/record.ts";
import { readFolder, REFERENCE } from "../../experiments/records.ts";
import { type Choice, choice, chosenRate, ownRate } from "../../experiments/sweeps/choice.ts";
import { CHOICES, CHOOSING_ROWS, REPORTING_ROWS } from "../../experiments/sweeps/mod.ts";
import { OWN_RATES } from "../../experiments/sweeps/own_rates.ts";
import { OWN_CLAIMS } from "../../experiments/sweeps/own_run.ts";
import { changed, type Row, TEN_THOUSAND } from "../../experiments/sweeps/row.ts";
import { granted } from "../permissions.ts";

Deno.test("a name says what is changed, so that equal experiments have one name", () => {
  assertEquals(changed("mlp-pre").name, "mlp-pre"); // at the shared rate, 0.3
  assertEquals(
    changed("mlp-none", { ...TEN_THOUSAND, epsilon: 1e-5, learningRate: 0.1 }).name,
    "mlp-none-10k-epsilon-0.00001-rate-0.1",
  );
  assertEquals(
    changed("mlp-pre", { schedule: "constant", batchSize: 8, measure: ["steps"] }).name,
    "mlp-pre-batch-8-constant-steps",
  );
});

Deno.test("wherever two rows name the same experiment, it is the same", () => {
  for (const { experiments } of rows().flatMap(({ groups }) => groups)) {
    for (const experiment of experiments) assertEquals(byName.get(experiment.name), experiment);
  }
});

Deno.test("no row trains a trial twice", () => {
  for (const { id, groups } of REPORTING_ROWS) {
    for (const { experiments } of groups) {
      assertEquals(new Set(experiments.map(({ name }) => name)).size, experiments.length, id);
    }
  }
});

Deno.test("seeds that choose report nothing, and both are those of the design", () => {
  const seedsOf = (rows: readonly Row[]) =>
    new Set(rows.flatMap(({ groups }) => groups.flatMap(({ seeds }) => seeds)));
  assertEquals([...seedsOf(CHOOSING_ROWS)].toSorted(), [111, 112, 113, 114, 115, 116]);
  const reported = [...seedsOf(REPORTING_ROWS)];
  assert(reported.every((seed) => seed >= 11 && seed <= 22));
});

Deno.test("every experiment of a choice differs from the others in the rate alone", () => {
  for (const { design, groups } of Object.values(CHOICES).flat()) {
    const designs = groups.flatMap(({ experiments }) => experiments).map((experiment) =>
      JSON.stringify({ ...experiment, name: "", learningRate: 0 })
    );
    assertEquals(new Set(designs).size, 1, design);
  }
});

Deno.test("the best mean chooses, and of those within 0.1 points the one nearest to 0.3", () => {
  const grid = choice("mlp-pre", [0.03, 0.3, 1], 2, TEN_THOUSAND);
  const records = (accuracies: Record<string, number[]>) =>
    Object.entries(accuracies).flatMap(([rate, values]) =>
      values.map((accuracy, i) => recordOf(grid, Number(rate), 111 + i, accuracy))
    );
  const best = { 0.03: [0.80, 0.82], 0.3: [0.83, 0.85], 1: [0.85, 0.87] };
  assertEquals(chosenRate(grid, records(best)), 1);
  assertEquals(chosenRate(grid, records({ ...best, 1: [0.84, 0.8415] })), 0.3); // 0.08 above
  assertEquals(chosenRate(grid, records({ ...best, 1: [0.84] })), undefined); // one is missing
});

Deno.test("a rate that has not been chosen is not guessed", () => {
  assertThrows(() =>
    ownRate("mlp-pre", { momentum: 0.5, images: TEN_THOUSAND.images, epochs: 99 })
  );
});

Deno.test("a user's own run has three seeds of MLPs, and every trial is one that the design has too", () => {
  const { experiments, trials, firstSeed } = OWN_CLAIMS;
  assertEquals([trials, firstSeed], [3, 23]);
  assert(experiments.every(({ architecture }) => architecture === "mlp"));
  assertEquals(new Set(experiments.map(({ name }) => name)).size, experiments.length);
  for (const experiment of experiments) assertEquals(byName.get(experiment.name), experiment);
});

Deno.test({
  name: "own rates are those that the choosing trials gave, and none is entered without them",
  ignore: !granted("read"),
  async fn() {
    const { records, damaged } = await readFolder(REFERENCE);
    assertEquals(damaged, []);
    for (const grid of Object.values(CHOICES).flat()) {
      assertEquals(OWN_RATES[grid.design], chosenRate(grid, records), grid.design);
    }
  },
});

const rows = () => [...CHOOSING_ROWS, ...REPORTING_ROWS];
const byName = new Map(
  rows().flatMap(({ groups }) => groups.flatMap(({ experiments }) => experiments))
    .map((experiment) => [experiment.name, experiment]),
);

function recordOf({ groups }: Choice, rate: number, seed: number, accuracy: number): TrialRecord {
  const experiment = groups.flatMap(({ experiments }) => experiments)
    .find(({ learningRate }) => learningRate === rate);
  return {
    experiment,
    seed,
    validation: { moving: { accuracy: 0 }, dataset: { accuracy } },
  } as never;
}
