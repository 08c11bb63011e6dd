import {
  assertAlmostEquals,
  assertEquals,
  assertMatch,
  assertNotEquals,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { PRESETS } from "../../experiments/presets.ts";
import type { TrialRecord } from "../../experiments/record.ts";
import { pairedDifference, summarize } from "../../findings/statistics.ts";
import { differenceSentence, points } from "../../findings/words.ts";
import { eachTrialOnce, summarizeExperiments } from "../../findings/summary.ts";
import { missingTrials } from "../../experiments/missing.ts";
import { laggingTable } from "../../findings/accuracy_tables.ts";
import { syntheticRecord, syntheticResults, syntheticTrials } from "../synthetic_records.ts";

const WORDS = { subject: "MLP", first: "before the activation", second: "after it" };
const movingAccuracy = ({ test }: TrialRecord) => test.moving.accuracy;

function differenceBetween(first: TrialRecord[], second: TrialRecord[], comparisons = 1) {
  return pairedDifference(
    { records: first, value: movingAccuracy },
    { records: second, value: movingAccuracy },
    { comparisons },
  );
}

/** Pre − post of trials whose differences are those given, in points, around 88 %. */
function differenceOf(...differences: number[]) {
  const pre = syntheticTrials("mlp-pre", differences.map((points) => 0.88 + points / 100));
  const post = syntheticTrials("mlp-post", differences.map(() => 0.88));
  return differenceBetween(pre, post);
}

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

Deno.test("summarize refuses no values", () => {
  assertThrows(() => summarize([]), RangeError, "at least one");
});

Deno.test("an interval above 0 makes the first better, and the sentence gives its numbers", () => {
  // differences 0.2, 0.3, 0.4: mean 0.3, deviation 0.1, half width 0.248414
  const difference = differenceOf(0.2, 0.3, 0.4);
  assertEquals(difference.verdict, "better");
  assertEquals(
    differenceSentence(WORDS, difference),
    "MLP: before the activation scores 0.30 points higher than after it on the test set " +
      "(95 % interval 0.05 to 0.55, 3 paired trials, standard deviation between seeds 0.10).",
  );
});

Deno.test("an interval below 0 makes the first worse, and the sentence says lower", () => {
  const difference = differenceOf(-0.2, -0.3, -0.4);
  assertEquals(difference.verdict, "worse");
  assertEquals(
    differenceSentence(WORDS, difference),
    "MLP: before the activation scores 0.30 points lower than after it on the test set " +
      "(95 % interval −0.55 to −0.05, 3 paired trials, standard deviation between seeds 0.10).",
  );
});

Deno.test("an interval that contains 0 shows no difference, and the sentence claims none", () => {
  // differences 0.1, −0.2, −0.05: mean −0.05, deviation 0.15, half width 0.372621
  const difference = differenceOf(0.1, -0.2, -0.05);
  assertEquals(difference.verdict, "no difference shown");
  assertEquals(
    differenceSentence(WORDS, difference),
    "MLP: the difference of −0.05 points (before the activation minus after it) is inside seed " +
      "noise (95 % interval −0.42 to 0.32, 3 paired trials, standard deviation between seeds 0.15): these " +
      "trials show no difference.",
  );
});

Deno.test("two paired trials are too few for a verdict, however large the difference", () => {
  const difference = differenceOf(5, 5.1);
  assertEquals(difference.verdict, "too few trials");
  assertEquals(
    differenceSentence(WORDS, difference),
    "MLP: 2 paired trials are too few to judge, at least 3 are needed; before the activation minus " +
      "after it is 5.05 points so far.",
  );
});

Deno.test("equal differences have no interval, hence no verdict, and the sentence says why", () => {
  const difference = differenceOf(0.5, 0.5, 0.5);
  assertEquals(difference.verdict, "no difference shown");
  assertStringIncludes(
    differenceSentence(WORDS, difference),
    "is 0.50 points in every one of 3 paired trials. Equal differences give no measure of seed noise",
  );
});

Deno.test("pairedDifference pairs by seed and leaves out seeds that only one experiment has", () => {
  const trial = (name: string, seed: number, accuracy: number) =>
    syntheticRecord({ name, seed, accuracy });
  const { seeds, summary } = differenceBetween(
    [trial("mlp-pre", 3, 0.93), trial("mlp-pre", 1, 0.91), trial("mlp-pre", 7, 0.5)],
    [trial("mlp-post", 1, 0.90), trial("mlp-post", 3, 0.90), trial("mlp-post", 8, 0.1)],
  );
  assertEquals(seeds, [3, 1]);
  assertAlmostEquals(summary!.mean, 0.02, 1e-12);
});

Deno.test("pairedDifference refuses a seed that one side has twice, and says which", () => {
  const [first, second] = [0.88, 0.87].map((accuracy) => syntheticTrials("mlp-pre", [accuracy]));
  const twice = [...first, ...first];
  assertThrows(
    () => differenceBetween(twice, second),
    RangeError,
    "the first side has seed 1 twice",
  );
  assertThrows(
    () => differenceBetween(first, twice),
    RangeError,
    "the second side has seed 1 twice",
  );
});

Deno.test("experiments without a common seed have nothing to compare", () => {
  const difference = differenceBetween(
    [syntheticRecord({ name: "mlp-pre", seed: 1, accuracy: 0.9 })],
    [syntheticRecord({ name: "mlp-post", seed: 2, accuracy: 0.9 })],
  );
  assertEquals(difference, {
    seeds: [],
    summary: null,
    comparisons: 1,
    verdict: "too few trials",
  });
  assertStringIncludes(differenceSentence(WORDS, difference), "nothing to compare");
});

Deno.test("a claim does not rest on a bound printed as zero", () => {
  // mean 0.250167, deviation 0.100250, half width 0.249035
  const difference = differenceOf(0.15, 0.25, 0.3505);
  assertEquals(difference.verdict, "better");
  assertStringIncludes(differenceSentence(WORDS, difference), "interval 0.0011 to 0.4992");
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

Deno.test("summarizeExperiments orders experiments as the presets do, whatever the records' order", () => {
  const { experiments } = summarizeExperiments(syntheticResults().toReversed());
  assertEquals(
    experiments.map(({ name, seeds }) => [name, ...seeds]),
    ["mlp-pre", "mlp-post", "cnn-pre", "cnn-post", "mlp-none", "cnn-none"]
      .map((name) => [name, 1, 2, 3]),
  );
});

Deno.test("summarizeExperiments puts experiments of no preset after the others", () => {
  const other = syntheticTrials("mlp-pre", [0.8], { experiment: { name: "a-wider-one" } });
  const { experiments } = summarizeExperiments([...other, ...syntheticTrials("cnn-pre", [0.9])]);
  assertEquals(experiments.map(({ name }) => name), ["cnn-pre", "a-wider-one"]);
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

Deno.test("with k comparisons shown together the interval is one of 1 − 0.05/k", () => {
  const [pre, post] = [
    syntheticTrials("mlp-pre", [0.882, 0.883, 0.884]),
    syntheticTrials("mlp-post", [0.88, 0.88, 0.88]),
  ];
  // differences 0.2, 0.3, 0.4 points; t at 98.75 % and 2 degrees of freedom is 6.205347
  const { summary, verdict, comparisons } = differenceBetween(pre, post, 2);
  assertAlmostEquals(summary!.interval![0], 0.003 - 6.205347 * 0.001 / Math.sqrt(3), 1e-8);
  assertEquals([verdict, comparisons], ["no difference shown", 2]);
  assertEquals(differenceBetween(pre, post, 1).verdict, "better");
});
