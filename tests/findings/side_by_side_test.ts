import { assertEquals, assertStringIncludes } from "@std/assert";
import {
  longTable,
  pairSentences,
  pairTable,
  rateTable,
  timeTable,
} from "../../findings/findings.ts";
import { DEFAULTS } from "../../experiments/experiment.ts";
import { BEST_RATES, RATE_GRID, type RatedModel } from "../../experiments/rates.ts";
import { comparePlacementPairs, modelsAtOwnRate, modelsIn } from "../../findings/side_by_side.ts";
import { summarizeExperiments } from "../../findings/summary.ts";
import type { TrialRecord } from "../../experiments/record.ts";
import { syntheticTrials } from "../synthetic_records.ts";

/** Trials of one model, as accuracies in percent. */
function trials(model: string, none: number[], pre: number[], post: number[]) {
  return Object.entries({ none, pre, post }).flatMap(([placement, percents]) =>
    syntheticTrials(`${model}-${placement}`, percents.map((percent) => percent / 100))
  );
}

const [LOW, MIDDLE, HIGH] = [[80, 80.1, 80.3], [85, 85.2, 85.1], [90, 90.1, 90.4]];
const pairsOf = (records: readonly TrialRecord[]) =>
  comparePlacementPairs(modelsIn(summarizeExperiments(records)));

Deno.test("each model's three comparisons are judged together, and corrected for their number", () => {
  const pairs = pairsOf([...trials("mlp", LOW, HIGH, MIDDLE), ...trials("cnn", LOW, MIDDLE, HIGH)]);
  assertEquals(
    pairs.map(({ model, first, second, difference: { verdict, comparisons } }) =>
      `${model} ${first} ${second} ${verdict} ${comparisons}`
    ),
    [
      "MLP pre post better 6",
      "MLP pre none better 6",
      "MLP post none better 6",
      "CNN pre post worse 6",
      "CNN pre none better 6",
      "CNN post none better 6",
    ],
  );
});

Deno.test("a model without trials of one side has no such comparison", () => {
  assertEquals(pairsOf(trials("mlp", [], HIGH, LOW)).length, 1);
  assertEquals(pairsOf([]), []);
});

Deno.test("pairTable gives mean, interval, deviation and verdict of each comparison", () => {
  const table = pairTable(pairsOf(trials("mlp", [], [88.2, 88.3, 88.4], [88, 88, 88])));
  assertStringIncludes(
    table,
    "| MLP pre − post | 3 | 0.30 ± 0.10 | 0.05 to 0.55 | **better** |",
  );
  assertStringIncludes(table, "95 % interval");
});

Deno.test("own rates take the tuned trials, and never the shared ones in their stead", () => {
  const shared = [...trials("mlp", LOW, LOW, LOW), ...trials("cnn", LOW, LOW, LOW)];
  for (const { model, trials } of modelsAtOwnRate(shared, [])) {
    for (const [placement, records] of Object.entries(trials)) {
      const rate = BEST_RATES[`${model.toLowerCase()}-${placement}` as RatedModel];
      assertEquals(records.length, rate === DEFAULTS.learningRate ? 3 : 0, `${model} ${placement}`);
    }
  }
  const tuned = syntheticTrials("cnn-post", [0.9, 0.91], {
    experiment: { name: "cnn-post-tuned" },
  });
  const [cnn] = modelsAtOwnRate(shared, tuned);
  assertEquals([cnn.model, cnn.trials.post.length], ["CNN", 2]);
});

Deno.test("trials that failed are counted where the grid's means include them", () => {
  const trials = syntheticTrials("mlp-none", [0.9, 0.1], {
    experiment: { name: "mlp-none-rate-1", learningRate: 1 },
  });
  assertStringIncludes(rateTable(trials), "50.50 (1 failed)");
});

Deno.test("every comparison has a sentence that claims what its verdict does, whichever way it goes", () => {
  const sentence = (pre: number[], post: number[]) =>
    pairSentences(pairsOf(trials("mlp", [], pre, post)));
  assertStringIncludes(
    sentence(HIGH, MIDDLE),
    "- MLP: BN before the activation scores 5.07 points higher than BN after the activation",
  );
  assertStringIncludes(sentence(MIDDLE, HIGH), "scores 5.07 points lower than");
  assertStringIncludes(
    sentence([90, 90.2, 90.1], [90.1, 90, 90.2]),
    "these trials show no difference",
  );
  assertStringIncludes(sentence([90, 91], [80, 81]), "too few to judge");
});

Deno.test("rates within one point of a model's best are named beside it", () => {
  const grid = RATE_GRID.flatMap((learningRate) =>
    syntheticTrials("cnn-pre", [{ 0.1: 0.91, 0.3: 0.905, 1: 0.902 }[learningRate as 1] ?? 0.7], {
      experiment: { name: `cnn-pre-rate-${learningRate}`, learningRate },
    })
  );
  const row = rateTable(grid).split("\n").find((line) => line.includes("cnn-pre"))!;
  assertStringIncludes(row, "**91.50** | 91.00 | 90.70 | 70.50 | 0.1 | 0.1, 0.3, 1 |");
  assertStringIncludes(rateTable([]), "| cnn-pre | – | – | – | – | – | – | – | – |");
});

const timesOf = (...records: ReturnType<typeof trials>) =>
  timeTable(modelsIn(summarizeExperiments(records))).split("\n").filter((line) =>
    line.includes("pre")
  ).join();

Deno.test("a model's time stands beside that without BN, and when it reaches what that one reaches", () => {
  assertStringIncludes(timesOf(...trials("mlp", LOW, HIGH, [])), "| 1.00 | 1 |");
  assertStringIncludes(timesOf(...trials("mlp", HIGH, LOW, [])), "| 1.00 | – | – |");
  assertStringIncludes(timesOf(...trials("mlp", [], HIGH, [])), "| – | – | – |");
});

Deno.test("one trial that a busy machine slowed does not count for all", () => {
  const slowed = trials("mlp", [], HIGH, []).map((record, i) => ({
    ...record,
    epochs: record.epochs.map((epoch) => ({ ...epoch, seconds: i === 0 ? 1000 : epoch.seconds })),
  }));
  assertStringIncludes(timesOf(...trials("mlp", LOW, [], []), ...slowed), "| 1.00 |");
});

Deno.test("times of different environments are not divided by each other", () => {
  const [none, pre] = [trials("mlp", LOW, [], []), trials("mlp", [], HIGH, [])];
  for (const change of [{ cpu: "Another CPU" }, { jobs: 1 }]) {
    const elsewhere = pre.map((record) => ({
      ...record,
      environment: { ...record.environment, ...change },
    }));
    assertStringIncludes(timesOf(...none, ...elsewhere), "| – | 1 |");
  }
});

Deno.test("a longer run stands below the shorter one of the same model", () => {
  const long = syntheticTrials("mlp-pre", [0.92], { experiment: { epochs: 30 } });
  const lines = longTable(trials("mlp", [], HIGH, LOW), long).split("\n");
  assertEquals(lines.length, 4);
  assertStringIncludes(lines[2], "| mlp-pre | 5 | 3 | 90.17 ± 0.21 |");
  assertStringIncludes(lines[3], "| mlp-pre | 30 | 1 | 92.00 |");
  assertEquals(longTable([], []).split("\n").length, 2, "the titles alone");
});
