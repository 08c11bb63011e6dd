import {
  assertAlmostEquals,
  assertEquals,
  assertMatch,
  assertNotEquals,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { PRESETS } from "../../experiments/presets.ts";
import { summarize } from "../../findings/statistics.ts";
import { points } from "../../findings/words.ts";
import { eachTrialOnce, summarizeExperiments } from "../../findings/summary.ts";
import { missingTrials } from "../../experiments/missing.ts";
import { learningCurves } from "../../figures/learning_curves.ts";
import { testAccuracy } from "../../figures/test_accuracy.ts";
import { basisText } from "../../findings/abstract.ts";
import { accuracyTable, laggingTable } from "../../findings/accuracy_tables.ts";
import { formatResults } from "../../report/formats.ts";
import { syntheticRecord, syntheticResults, syntheticTrials } from "../synthetic_records.ts";

Deno.test("summarize gives mean, sample deviation and the t interval of three values", () => {
  const { n, mean, standardDeviation, interval } = summarize([0.90, 0.91, 0.92]);
  assertEquals(n, 3);
  assertAlmostEquals(mean, 0.91, 1e-12);
  assertAlmostEquals(standardDeviation!, 0.01, 1e-12);
  // t = 4.302653 at 97.5 % and 2 degrees of freedom; 4.302653 · 0.01 / √3 = 0.0248414
  assertAlmostEquals(interval![0], 0.91 - 0.0248414, 1e-7);
  assertAlmostEquals(interval![1], 0.91 + 0.0248414, 1e-7);
});

Deno.test("summarize uses the t quantile of n − 1 degrees of freedom", () => {
  // t = 12.706205 at 1 degree of freedom: deviation √2 and √n = √2 cancel
  assertAlmostEquals(summarize([0, 2]).interval![1], 1 + 12.706205, 1e-5);
  // t = 2.262157 at 9: values 0 … 9 have deviation √(82.5 / 9) = 3.0276504
  const ten = summarize([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  assertAlmostEquals(ten.interval![1], 4.5 + 2.262157 * 3.0276504 / Math.sqrt(10), 1e-5);
});

Deno.test("summarize gives one value neither a deviation nor an interval", () => {
  assertEquals(summarize([0.9]), { n: 1, mean: 0.9, standardDeviation: null, interval: null });
});

Deno.test("summarize gives equal values deviation 0 and no interval, whatever float64 rounds", () => {
  const { standardDeviation, interval } = summarize([0.1 + 0.2, 0.3, 0.3]);
  assertEquals(standardDeviation, 0);
  assertEquals(interval, null);
});

Deno.test("summarize gives another interval for another confidence", () => {
  // t = 2.919986 at 95 % and 2 degrees of freedom
  const { interval } = summarize([0.90, 0.91, 0.92], 0.9);
  assertAlmostEquals(interval![1], 0.91 + 2.919986 * 0.01 / Math.sqrt(3), 1e-7);
});

Deno.test("summarize refuses no values, one that is not finite, and a confidence that is none", () => {
  assertThrows(() => summarize([]), RangeError, "at least one");
  assertThrows(() => summarize([1, NaN]), RangeError, "finite");
  assertThrows(() => summarize([1, 2], 1), RangeError, "in (0, 1)");
});

Deno.test("points prints two decimals, a true minus and no minus zero", () => {
  assertEquals([0.00314, -0.00314, 0, -0, -1e-15].map((x) => points(x)), [
    "0.31",
    "−0.31",
    "0.00",
    "0.00",
    "0.00",
  ]);
});

Deno.test("summarizeExperiments orders the assignment's models, none first, then as the presets do", () => {
  const { experiments } = summarizeExperiments(syntheticResults().toReversed());
  assertEquals(
    experiments.map(({ name, seeds }) => [name, ...seeds]),
    ["mlp-none", "mlp-pre", "mlp-post", "cnn-none", "cnn-pre", "cnn-post"]
      .map((name) => [name, 1, 2, 3]),
  );
});

Deno.test("summarizeExperiments gives accuracy by split and statistics, the gap and the time", () => {
  const [row] = summarizeExperiments([
    syntheticRecord({ name: "mlp-pre", seed: 1, accuracy: 0.86, exact: 0.87 }),
    syntheticRecord({ name: "mlp-pre", seed: 2, accuracy: 0.88, exact: 0.91 }),
  ]).experiments;
  assertAlmostEquals(row.test.moving.mean, 0.87, 1e-12);
  assertAlmostEquals(row.test.dataset!.mean, 0.89, 1e-12);
  assertAlmostEquals(row.validation.moving.mean, 0.875, 1e-12);
  assertAlmostEquals(row.gap!.mean, 0.02, 1e-12);
  assertAlmostEquals(row.seconds.mean, 55, 1e-12);
});

Deno.test("a model without batch normalization has no dataset statistics and no gap", () => {
  const [row] = summarizeExperiments(syntheticTrials("mlp-none", [0.88])).experiments;
  assertEquals([row.test.dataset, row.validation.dataset, row.gap], [null, null, null]);
});

Deno.test("models of one architecture are named by what differs between them", () => {
  const { experiments } = summarizeExperiments(
    ["mlp-pre", "cnn-pre", "mlp256-pre"].flatMap((name) => syntheticTrials(name, [0.9])),
  );
  assertEquals(
    experiments.map(({ model }) => model),
    ["MLP, hidden 256-128-100", "CNN", "MLP, hidden 256"],
  );
});

for (
  const [what, changes] of [
    ["package version", { record: { version: "0.2.0" } }],
    ["data", { record: { data: { name: "kmnist", checksum: "c".repeat(64) } } }],
    ["configuration", { experiment: { epochs: 1 } }],
  ] as const
) {
  Deno.test(`trials that differ in ${what} are not averaged together, and a warning says so`, () => {
    const { experiments, warnings } = summarizeExperiments([
      syntheticRecord({ name: "mlp-pre", seed: 1, accuracy: 0.80 }),
      syntheticRecord({ name: "mlp-pre", seed: 2, accuracy: 0.90, ...changes }),
    ]);
    assertEquals(experiments.map(({ test }) => test.moving.mean), [0.80, 0.90]);
    assertNotEquals(experiments[0].label, experiments[1].label);
    assertEquals(warnings.length, 1);
    assertMatch(warnings[0], /^mlp-pre: its trials differ in .* not averaged\.$/);
  });
}

Deno.test("records that belong together give no warning", () => {
  assertEquals(summarizeExperiments(syntheticResults()).warnings, []);
});

Deno.test("a seed that occurs twice is counted once, and a warning says so", () => {
  const record = syntheticRecord({ name: "mlp-pre", seed: 1, accuracy: 0.9 });
  const { experiments, warnings } = summarizeExperiments([record, record]);
  assertEquals(experiments[0].test.moving.n, 1);
  assertEquals(warnings, ["mlp-pre: 2 records have seed 1; one of them is counted."]);
});

Deno.test("eachTrialOnce keeps the first record of an experiment's seed, and a warning names the rest", () => {
  const trials = syntheticResults();
  assertEquals(eachTrialOnce(trials), { records: trials, warnings: [] });
  const other = { ...trials[0], version: "0.0.9" };
  assertEquals(eachTrialOnce([...trials, other]), {
    records: trials,
    warnings: ["mlp-pre: 2 records have seed 1; one of them is counted."],
  });
});

Deno.test("two records of one trial whose weights differ are a warning: its bits are the same everywhere", () => {
  const [trial] = syntheticResults();
  const other = { ...trial, weights: "1".repeat(64) };
  const [warning] = eachTrialOnce([trial, other]).warnings;
  assertStringIncludes(warning, "mlp-pre: 2 records have seed 1; one of them is counted.");
  assertStringIncludes(warning, "Their weights differ, though they are the same trial");
  const [unfused] = eachTrialOnce([trial, { ...other, fused: false }]).warnings;
  assertEquals(unfused, "mlp-pre: 2 records have seed 1; one of them is counted.");
});

Deno.test("trials of different machines are averaged, with a warning about their times", () => {
  const record = syntheticRecord({ name: "mlp-pre", seed: 1, accuracy: 0.9 });
  const elsewhere = { ...record.environment, cpu: "Another CPU" };
  const { experiments, warnings } = summarizeExperiments([
    record,
    { ...record, seed: 2, environment: elsewhere },
  ]);
  assertEquals(experiments[0].test.moving.n, 2);
  assertEquals(warnings.length, 1);
  assertStringIncludes(warnings[0], "2 different environments");
  const without = [1, 2].map((seed) => ({
    ...record,
    ...{ seed, fused: false, environment: seed === 1 ? record.environment : elsewhere },
  }));
  const [unlike] = summarizeExperiments(without).warnings;
  assertStringIncludes(unlike, "small differences of accuracy may come from that");
  const fused = without.map((one) => ({ ...one, kernels: "own" as const, fused: true }));
  assertStringIncludes(summarizeExperiments(fused).warnings[0], "times are not comparable.");
});

Deno.test("trials that ran side by side with more or fewer others give no warning", () => {
  const record = syntheticRecord({ name: "mlp-pre", seed: 1, accuracy: 0.9 });
  const alone = { ...record.environment, jobs: record.environment.jobs + 1 };
  const records = [record, { ...record, seed: 2, environment: alone }];
  assertEquals(summarizeExperiments(records).warnings, []);
});

Deno.test("missingTrials names the seeds that a preset lacks, and counts no other configuration", () => {
  const records = [
    ...syntheticTrials("mlp-pre", [0.8, 0.8, 0.8]),
    ...syntheticTrials("mlp-post", [0.8, 0.8, 0.8], { experiment: { epochs: 1 } }),
    ...syntheticTrials("cnn-pre", [0.8]),
    ...syntheticTrials("cnn-post", [0.8, 0.8, 0.8]),
  ];
  assertEquals(missingTrials(PRESETS.assignment, records), [
    { name: "mlp-post", seeds: [1, 2, 3] },
    { name: "cnn-pre", seeds: [2, 3] },
  ]);
});

Deno.test("laggingTable() says how much of its initial values a moving average that lags still carries", () => {
  // 3,000 images in batches of 64 are 46 steps; 0.99⁴⁶ = 0.63
  const few = { experiment: { epochs: 1, images: { train: 3000, validation: 1000, test: 2000 } } };
  const table = laggingTable(
    summarizeExperiments([
      ...syntheticTrials("mlp-pre", [0.6, 0.6, 0.6], { exact: 0.75, ...few }),
      ...syntheticTrials("mlp-post", [0.88], { exact: 0.885, ...few }),
    ]).experiments,
  );
  assertStringIncludes(table, "| MLP, BN before the activation | 15.00 | 46 | 0.99 | 63 |");
  assertEquals(table.split("\n").length, 3, "no row where the average keeps up");
});

Deno.test("laggingTable() is empty where moving statistics keep up, or there are none", () => {
  const records = [
    ...syntheticTrials("mlp-pre", [0.88], { exact: 0.885 }),
    ...syntheticTrials("mlp-none", [0.88]),
  ];
  assertEquals(laggingTable(summarizeExperiments(records).experiments), "");
});

Deno.test("where a trial failed, tables and figures say how many did, and no mean hides it", () => {
  const records = [0.88, 0.1, 0.87].map((accuracy, seed) =>
    syntheticRecord({ name: "mlp-pre", seed, accuracy })
  );
  const summary = summarizeExperiments(records);
  const [row] = accuracyTable(summary).split("\n").slice(2);
  assertEquals(row.match(/1 of 3 failed/g)?.length, 2);
  assertStringIncludes(basisText(summary.experiments), "1 of 3 failed");
  const [{ test }] = JSON.parse(formatResults(summary, "json"));
  assertEquals(test.moving, { mean: null, deviation: null, interval: null });
  for (const figure of [testAccuracy(records), learningCurves(records)]) {
    assertStringIncludes(figure.description, "1 of 3 failed");
  }
});
