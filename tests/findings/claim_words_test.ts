import { assertEquals, assertStringIncludes } from "@std/assert";
import type { JudgedComparison, Unit } from "../../findings/claims/claim.ts";
import {
  comparisonSentence,
  seedWords,
  sizeWords,
  testWords,
} from "../../findings/claims/words.ts";
import { judgeComparison, type Question } from "../../findings/verdict.ts";

/** A comparison of pairs whose first is higher by these; null for a first that failed. */
function judged(
  differences: readonly (number | null)[],
  question: Question = { asks: "more", margin: 0.003 },
  unit: Unit = "points",
): JudgedComparison {
  const pairs = differences.map((d, i) => ({ seed: 11 + i, first: d, second: 0 }));
  const comparison = { subject: "BN before − none", unit, pairsIn: () => pairs };
  return { ...comparison, ...judgeComparison(pairs, question) };
}

const CLEAR = [0.012, 0.01, 0.013, 0.011, 0.012, 0.009, 0.012, 0.011, 0.01, 0.012];

Deno.test("size first, then the interval, the seeds, and the verdict", () => {
  assertEquals(
    comparisonSentence(judged(CLEAR)),
    "BN before − none: 1.1 points (1.0 to 1.2), higher in 10 of 10 seeds: **held**.",
  );
  assertEquals(
    comparisonSentence(judged(CLEAR.map((d) => -d))),
    "BN before − none: −1.1 points (−1.2 to −1.0), lower in 10 of 10 seeds: **contradicted**.",
  );
});

Deno.test("seeds count for what is asked: higher, or where alike is asked within the margin", () => {
  const small = CLEAR.map((d) => d / 10);
  assertEquals(seedWords(judged([...CLEAR.slice(1), -0.01])), "9 of 10");
  assertEquals(
    seedWords(judged([...small.slice(1), -0.01], { asks: "alike", margin: 0.003 })),
    "9 of 10",
  );
});

Deno.test("a trifle is equivalent, with what is treated as no difference, and that it is there", () => {
  assertEquals(
    comparisonSentence(judged(CLEAR.map((d) => d / 10))),
    "BN before − none: 0.1 points (0.1 to 0.1), within the ±0.3 points that we treat as no difference: " +
      "**equivalent**. There is a difference, but it is too small to matter.",
  );
});

Deno.test("what is open says how many seeds would decide, where that is worth it", () => {
  const noise = [0.02, -0.02, 0.01, -0.015, 0.018, -0.01, 0.02, -0.012];
  const open = comparisonSentence(judged(noise, { asks: "more", margin: 0.01 }));
  assertStringIncludes(open, "higher in 4 and lower in 4 of 8 seeds: **open**. About 32 seeds");
  assertStringIncludes(
    comparisonSentence(judged(noise)),
    "**open**. Deciding it would take more than 60 seeds, or a number that we cannot estimate.",
  );
});

Deno.test("where trials failed there is no mean, but how many, and the middle of the others", () => {
  const size = sizeWords(judged([null, null, 0.01, 0.02, 0.03, 0.01, 0.01, 0.01]));
  assertEquals(size, "2 and 0 of 8 failed; the others median 1.0 points (1.0 to 3.0)");
});

Deno.test("ranks and ratios are factors, with the middle and the ends, or the mean and its interval", () => {
  const rates = judged([0.5, 0.5, 1, 0.5, 0.5, 0.25], { asks: "more often" }, "tenfolds");
  assertEquals(sizeWords(rates), "median 3.2× (1.8 to 10)");
  const ratio = judged([0.1, 0.12, 0.09, 0.11, 0.1, 0.08], { asks: "more" }, "log ratio");
  assertEquals(sizeWords(ratio), "1.11× (1.09 to 1.12)");
});

Deno.test("no pairs are not tested", () => {
  assertEquals(
    comparisonSentence(judged([])),
    "BN before − none: **not tested**, there are no trials of both.",
  );
});

Deno.test("the test behind a comparison is named, with p, deviation and margin", () => {
  assertEquals(
    testWords(judged(CLEAR)),
    "sign-flip test, p 0.00098 for it and 1.0 against it; standard deviation of the differences " +
      "0.1 points; margin ±0.3 points",
  );
  assertStringIncludes(
    testWords(judged([null, 0.1, 0.1, 0.1, 0.1, 0.1])),
    "sign test, p 0.11 for it",
  );
  assertStringIncludes(
    testWords(judged(CLEAR, { asks: "alike", margin: 0.005 })),
    "two one-sided t tests, p 1.0 for it",
  );
});
