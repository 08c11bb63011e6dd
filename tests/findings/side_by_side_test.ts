import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  literatureTable,
  longAnswer,
  pairTable,
  placementAnswer,
  rateAnswer,
  timeAnswer,
  tunedAnswer,
} from "../../findings/findings.ts";
import { CLAIMS } from "../../findings/claims/mod.ts";
import type { ClaimVerdict } from "../../findings/claims/claim.ts";
import { rateTable } from "../../findings/findings.ts";
import { DEFAULTS } from "../../experiments/experiment.ts";
import { BEST_RATES, RATE_GRID, RATED_MODELS, type RatedModel } from "../../experiments/rates.ts";
import {
  comparePlacementPairs,
  modelsAtOwnRate,
  modelsAtSharedRate,
} from "../../findings/side_by_side.ts";
import { syntheticTrials } from "../synthetic_records.ts";

/** Trials of one model, as accuracies in percent. */
function trials(model: string, none: number[], pre: number[], post: number[]) {
  return Object.entries({ none, pre, post }).flatMap(([placement, percents]) =>
    syntheticTrials(`${model}-${placement}`, percents.map((percent) => percent / 100))
  );
}

const [LOW, MIDDLE, HIGH] = [[80, 80.1, 80.3], [85, 85.2, 85.1], [90, 90.1, 90.4]];
const pairsOf = (records: Parameters<typeof modelsAtSharedRate>[0]) =>
  comparePlacementPairs(modelsAtSharedRate(records));

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
  assertStringIncludes(placementAnswer(pairsOf(trials("mlp", [], HIGH, LOW))), "cannot say");
  assertEquals(placementAnswer([]), "There are no trials to compare.");
});

Deno.test("the answer on the order follows the numbers, whichever way they go", () => {
  const answer = (pre: number[], post: number[]) =>
    placementAnswer(pairsOf(trials("mlp", LOW, pre, post)));
  assertStringIncludes(answer(HIGH, MIDDLE), "MLP, before the activation scores higher");
  assertStringIncludes(answer(MIDDLE, HIGH), "MLP, after the activation scores higher");
  const equal = answer([90, 90.2, 90.1], [90.1, 90, 90.2]);
  assertStringIncludes(equal, "MLP, no difference is shown");
  assertStringIncludes(equal, "does not show that the two are equal");
  assertStringIncludes(answer([90, 91], [80, 81]), "too few trials");
});

Deno.test("the gain over no BN follows the numbers, losses included", () => {
  const answer = (none: number[], bn: number[]) =>
    placementAnswer(pairsOf(trials("cnn", none, bn, bn)));
  assertStringIncludes(answer(LOW, HIGH), "BN scores higher than no BN in CNN pre − none");
  assertStringIncludes(answer(HIGH, LOW), "BN scores lower than no BN in CNN pre − none");
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

Deno.test("verdicts that the rate changes, reverses or leaves are told apart", () => {
  const [up, down] = [
    pairsOf(trials("mlp", [], HIGH, LOW)),
    pairsOf(trials("mlp", [], LOW, HIGH)),
  ];
  const equal = pairsOf(trials("mlp", [], [90, 90.2, 90.1], [90.1, 90, 90.2]));
  assertStringIncludes(tunedAnswer(up, up), "No verdict depends");
  assertStringIncludes(tunedAnswer(up, down), "reverses 1 of 1");
  assertStringIncludes(tunedAnswer(up, equal), "changes 1 of 1");
  assertStringIncludes(tunedAnswer(up, equal), "no longer shown need not be gone");
  const won = tunedAnswer(equal, up);
  assertEquals(won.includes("no longer shown"), false, "a verdict that is won is not lost");
  assertStringIncludes(tunedAnswer(up, []), "no trials at the own rates");
});

/** Two trials of every model at every rate, best where a function of the model says. */
function grid(best: (model: string) => number) {
  return RATED_MODELS.flatMap((model) =>
    RATE_GRID.flatMap((learningRate) =>
      syntheticTrials(model, learningRate === best(model) ? [0.9, 0.9] : [0.7, 0.7], {
        experiment: { name: `${model}-rate-${learningRate}`, learningRate },
      })
    )
  );
}

Deno.test("what is said of the rates follows the grid: shared or not, at its edge or not", () => {
  const same = rateAnswer(grid(() => 0.1));
  assertStringIncludes(same, "All models choose the same rate");
  assertStringIncludes(same, "BN bears no higher rate on this grid");
  assertStringIncludes(same, "No model chooses the highest rate");
  const higher = rateAnswer(grid((model) => model.endsWith("none") ? 0.1 : RATE_GRID.at(-1)!));
  assertStringIncludes(higher, "The models do not choose the same rate");
  assertStringIncludes(higher, "both places of BN bear a higher rate");
  assertStringIncludes(higher, "mlp-pre and mlp-post and cnn-pre and cnn-post is the highest");
  assertStringIncludes(rateAnswer([]), "no trials");
});

Deno.test("rates that are as good as the best are named, since chance has chosen between them", () => {
  const tie = RATE_GRID.flatMap((learningRate) =>
    syntheticTrials("cnn-pre", learningRate === 0.1 ? [0.9, 0.92] : [0.91, 0.91], {
      experiment: { name: `cnn-pre-rate-${learningRate}`, learningRate },
    })
  ).filter(({ experiment: { learningRate } }) => learningRate === 0.1 || learningRate === 0.3);
  assertStringIncludes(rateAnswer(tie), "0.3 as good up to 0.1 points, so that chance has chosen");
  assert(!rateAnswer(grid(() => 0.1)).includes("chance has chosen"));
});

Deno.test("trials that failed are counted where the grid's means include them", () => {
  const trials = syntheticTrials("mlp-none", [0.9, 0.1], {
    experiment: { name: "mlp-none-rate-1", learningRate: 1 },
  });
  assertStringIncludes(rateTable(trials), "50.50 (1 failed)");
});

Deno.test("the time that BN costs is weighed against the epochs that it saves", () => {
  const answer = (none: number[], pre: number[]) =>
    timeAnswer(modelsAtSharedRate(trials("mlp", none, pre, [])));
  assertStringIncludes(answer(LOW, HIGH), "after 1 epoch, by the clock sooner");
  assertStringIncludes(answer(LOW, HIGH), "training takes 1.00 times as long");
  assertStringIncludes(answer(HIGH, LOW), "it does not reach");
  assertStringIncludes(answer([], HIGH), "no time to compare");
});

Deno.test("the answer on time says at which learning rates its trials ran, and that others may differ", () => {
  const [none, pre] = [trials("mlp", LOW, [], []), trials("mlp", [], HIGH, [])];
  const answer = (...records: typeof none) => timeAnswer(modelsAtSharedRate(records));
  assertStringIncludes(answer(...none, ...pre), "at a learning rate of 0.1: at another one");
  const higher = pre.map((record) => ({
    ...record,
    experiment: { ...record.experiment, learningRate: 1 },
  }));
  assertStringIncludes(answer(...none, ...higher), "at a learning rate of 0.1 and 1: at another");
});

Deno.test("one trial that a busy machine slowed does not count for all", () => {
  const slowed = trials("mlp", [], HIGH, []).map((record, i) => ({
    ...record,
    epochs: record.epochs.map((epoch) => ({ ...epoch, seconds: i === 0 ? 1000 : epoch.seconds })),
  }));
  assertStringIncludes(
    timeAnswer(modelsAtSharedRate([...trials("mlp", LOW, [], []), ...slowed])),
    "training takes 1.00 times as long",
  );
});

Deno.test("times are said to depend on the machine, and are not compared between environments", () => {
  const [none, pre] = [trials("mlp", LOW, [], []), trials("mlp", [], HIGH, [])];
  const answer = (...records: typeof none) => timeAnswer(modelsAtSharedRate(records));
  assertStringIncludes(
    answer(...none, ...pre),
    "Times depend on the machine and on what ran beside",
  );
  assertStringIncludes(answer(...none, ...pre), "They compare only within one run");
  for (const change of [{ cpu: "Another CPU" }, { jobs: 1 }]) {
    const elsewhere = pre.map((record) => ({
      ...record,
      environment: { ...record.environment, ...change },
    }));
    const apart = answer(...none, ...elsewhere);
    assertStringIncludes(apart, "so their times do not compare");
    assert(!apart.includes("times as long"));
  }
});

Deno.test("one long trial is described and not judged", () => {
  const long = syntheticTrials("mlp-pre", [0.92], { experiment: { epochs: 30 } });
  const answer = longAnswer(trials("mlp", [], HIGH, LOW), long);
  assertStringIncludes(answer, "change the test accuracy by 1.83 points");
  assertStringIncludes(answer, "not a verdict");
  assertStringIncludes(longAnswer([], []), "no longer runs");
});

Deno.test("whether the literature agrees follows from the claims' verdicts", () => {
  const table = (verdict: ClaimVerdict) =>
    literatureTable(CLAIMS.map((claim) => ({ claim, verdict, contrasts: [] })));
  const of = (verdict: ClaimVerdict, source: string) =>
    table(verdict).split("\n").filter((line) => line.includes(source)).join();
  assertStringIncludes(of("held", "Bjorck"), "**agrees**");
  assertStringIncludes(of("not held", "Bjorck"), "**disagrees**");
  assertStringIncludes(of("not held", "Santurkar"), "agrees about the shift");
  assert(!/agrees\b/.test(of("not decidable here", "Bjorck")));
  for (const verdict of ["held", "not held"] as const) {
    assertStringIncludes(of(verdict, "Masters"), "32 was not compared");
    assert(!/agrees|sides/.test(of(verdict, "Masters")), "8 and 256 are not 2 to 32");
  }
});
