/**
 * The rule of findings/design.md on made-up pairs.
 */
import { assertAlmostEquals, assertEquals } from "@std/assert";
import { judge, judgeComparison, type Pair, type Question } from "../../findings/verdict.ts";

const MORE: Question = { asks: "more", margin: 0.003 };
const ALIKE: Question = { asks: "alike", margin: 0.005 };
const OFTEN: Question = { asks: "more often" };

/** Pairs whose first is higher by these; null for a first that failed. */
function pairsOf(differences: readonly (number | null)[]): Pair[] {
  return differences.map((d, i) => ({
    seed: 11 + i,
    first: d === null ? null : 0.8 + d,
    second: 0.8,
  }));
}

const verdictOf = (differences: readonly (number | null)[], question: Question) =>
  judgeComparison(pairsOf(differences), question).verdict;

const CLEAR = [0.012, 0.01, 0.013, 0.011, 0.012, 0.009, 0.012, 0.011, 0.01, 0.012];
const TRIFLE = CLEAR.map((d) => d / 10);
const NOISE = [0.02, -0.02, 0.01, -0.015, 0.018, -0.01, 0.02, -0.012];

Deno.test("1.1 points more in ten of ten seeds: held", () => {
  const judged = judgeComparison(pairsOf(CLEAR), MORE);
  assertEquals(judged.verdict, "held");
  assertEquals(judged.signs, { higher: 10, lower: 0, ties: 0 });
  assertEquals(judged.p.for, 1 / 1024);
  assertAlmostEquals(judged.mean!.mean, 0.0112);
});

Deno.test("1.1 points less in ten of ten seeds: contradicted", () => {
  assertEquals(verdictOf(CLEAR.map((d) => -d), MORE), "contradicted");
});

Deno.test("equivalence comes first: a trifle in ten of ten seeds is not held", () => {
  const judged = judgeComparison(pairsOf(TRIFLE), MORE);
  assertEquals(judged.p.for, 1 / 1024);
  assertEquals(judged.verdict, "equivalent");
});

Deno.test("fewer than six pairs are open, however clear, and none are not tested", () => {
  assertEquals(verdictOf(CLEAR.slice(0, 5), MORE), "open");
  assertEquals(verdictOf(CLEAR.slice(0, 6), MORE), "held");
  assertEquals(verdictOf([], MORE), "not tested");
});

Deno.test("noise is open, and says how many seeds would decide, if it is worth it", () => {
  const judged = judgeComparison(pairsOf(NOISE), { ...MORE, margin: 0.01 });
  assertEquals(judged.verdict, "open");
  const { standardDeviation } = judged.mean!;
  assertEquals(judged.seedsNeeded, Math.ceil(10.5 * (standardDeviation! / 0.01) ** 2));
  assertEquals(judgeComparison(pairsOf(NOISE), MORE).seedsNeeded, null); // some 300
});

Deno.test("one failed trial, and the signs decide: no mean is given", () => {
  const judged = judgeComparison(pairsOf([null, ...CLEAR.slice(1)]), MORE);
  assertEquals(judged.mean, null);
  assertEquals(judged.failed, { first: 1, second: 0 });
  assertEquals(judged.signs, { higher: 9, lower: 1, ties: 0 });
  assertEquals(judged.verdict, "held"); // 9 of 10
  assertEquals(verdictOf([null, null, ...CLEAR.slice(2)], MORE), "open"); // 8 of 10
});

Deno.test("one that learned beats one that failed by any distance, and two that failed are a tie", () => {
  const pairs = [
    ...Array.from({ length: 6 }, (_, i) => ({ seed: i, first: 0.1, second: null })),
    ...Array.from({ length: 4 }, (_, i) => ({ seed: 6 + i, first: null, second: null })),
  ];
  const judged = judgeComparison(pairs, MORE);
  assertEquals(judged.signs, { higher: 6, lower: 0, ties: 4 });
  assertEquals(judged.verdict, "held"); // 6 of 6
  const failed = pairs.map((pair) => ({ ...pair, first: null, second: null }));
  assertEquals(judgeComparison(failed, MORE).verdict, "open");
});

Deno.test("ranks are judged by signs, ties left out, and have a middle and ends but no mean", () => {
  const judged = judgeComparison(pairsOf([1, 1, 0.5, 1, 0, 1, 1, 2, 1, 0]), OFTEN);
  assertEquals(judged.signs, { higher: 8, lower: 0, ties: 2 });
  assertEquals(judged.verdict, "held");
  assertEquals(judged.mean, null);
  assertAlmostEquals(judged.range!.median, 1);
  assertAlmostEquals(judged.range!.greatest, 2);
});

Deno.test("a claim that two are alike comes out for it by equivalence, against it beyond the margin", () => {
  assertEquals(verdictOf(TRIFLE, ALIKE), "equivalent");
  assertEquals(verdictOf(CLEAR, ALIKE), "contradicted");
  assertEquals(verdictOf(CLEAR.map((d) => -d), ALIKE), "contradicted");
  // 0.45 points: a difference is there, and may be smaller than 0.5 or larger
  assertEquals(verdictOf(CLEAR.map((d) => 0.4 * d + (d > 0.011 ? 0.002 : -0.001)), ALIKE), "open");
});

Deno.test("where one side alone failed, two are not alike", () => {
  assertEquals(verdictOf(Array(8).fill(null), ALIKE), "contradicted");
  const one = judgeComparison(pairsOf([null, ...TRIFLE]), ALIKE);
  assertEquals(one.signs, { higher: 0, lower: 1, ties: 10 }); // trifles are ties
  assertEquals(one.verdict, "open");
});

// —— Claims ———————————————————————————————————————————————————————————————————————————————————

const judged = (differences: readonly (number | null)[], question = MORE) =>
  judgeComparison(pairsOf(differences), question);
const held = judged(CLEAR);
const less = judged(CLEAR.map((d) => -d));
const trifle = judged(TRIFLE);
const open = judged(NOISE);
const alike = judged(TRIFLE, ALIKE);

Deno.test("a claim is held if every comparison is, each at 2.5 % without correction", () => {
  assertEquals(judge([held]), "held");
  assertEquals(judge([held, held, alike]), "held");
  assertEquals(judge([held, open]), "open");
});

Deno.test("one comparison against it contradicts a claim, whatever the others", () => {
  assertEquals(judge([held, less, open]), "contradicted");
});

Deno.test("against a claim of several comparisons a p of 2.5 % is not enough", () => {
  const six = judged(CLEAR.slice(0, 6).map((d) => -d)); // p 1/64
  assertEquals(six.verdict, "contradicted");
  assertEquals(judge([six]), "contradicted");
  assertEquals(judge([six, held]), "open"); // 1/64 > 2.5 %/2
});

Deno.test("a claim is equivalent if all of it is, and held in part if some of it is", () => {
  assertEquals(judge([trifle, trifle]), "equivalent");
  assertEquals(judge([alike, alike]), "equivalent");
  assertEquals(judge([held, trifle]), "held in part");
});

Deno.test('"always" is contradicted by one comparison that is equivalent', () => {
  assertEquals(judge([held, trifle], "always"), "contradicted");
  assertEquals(judge([held, alike], "always"), "held");
});

Deno.test("a claim with a comparison that has no pairs is not tested", () => {
  assertEquals(judge([held, judged([])]), "not tested");
  assertEquals(judge([]), "not tested");
});
