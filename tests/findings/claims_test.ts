import { assert, assertAlmostEquals, assertEquals, assertStringIncludes } from "@std/assert";
import { type Claim, judgeClaim } from "../../findings/claims/claim.ts";
import { contrastSentence } from "../../findings/claims/sentences.ts";
import { drift, magnitudeChange } from "../../findings/claims/drift.ts";
import { SWEEP_EXPERIMENTS } from "../../experiments/sweeps/mod.ts";
import { CLAIMS } from "../../findings/claims/mod.ts";
import { claimTable, findingText, judgeClaims } from "../../findings/findings.ts";
import type { ActivationSummary, TrialRecord } from "../../experiments/record.ts";
import { syntheticRecord, syntheticTrials } from "../synthetic_records.ts";

const accuracy = ({ test }: TrialRecord) => test.moving.accuracy;

/** A claim that the first beats the second, and that it beats the third. */
const CLAIM: Claim = {
  name: "made-up",
  statement: "the first is best",
  source: "nobody",
  question: "Is the first better than the others?",
  experiments: [],
  contrasts: ["mlp-post", "mlp-none"].map((second) => ({
    subject: "Test accuracy",
    first: { experiment: "mlp-pre", words: "the first", value: accuracy },
    second: { experiment: second, words: second, value: accuracy },
    unit: "points",
  })),
};

/** Three trials of each, as accuracies in percent. */
function judged(pre: number[], post: number[], none: number[]) {
  const trials = (name: string, percents: number[]) =>
    syntheticTrials(name, percents.map((percent) => percent / 100));
  return judgeClaim(CLAIM, [
    ...trials("mlp-pre", pre),
    ...trials("mlp-post", post),
    ...trials("mlp-none", none),
  ]);
}

Deno.test("a claim held if every comparison comes out better", () => {
  assertEquals(judged([90, 91, 92], [80, 81.1, 82.1], [70, 71.1, 72.2]).verdict, "held");
});

Deno.test("a claim did not hold if one comparison comes out worse, whatever the others say", () => {
  const finding = judged([90, 91, 92], [80, 81.1, 82.1], [95, 96.1, 97.2]);
  assertEquals(finding.contrasts.map(({ difference }) => difference.verdict), ["better", "worse"]);
  assertEquals(finding.verdict, "not held");
});

Deno.test("a claim is not decidable if a comparison shows no difference", () => {
  assertEquals(judged([90, 91, 92], [80, 81.1, 82.1], [92, 90, 91]).verdict, "not decidable here");
});

Deno.test("a claim is not decidable with two trials, or with no records at all", () => {
  assertEquals(judged([90, 91], [80, 81.1], [70, 71.1]).verdict, "not decidable here");
  assertEquals(judgeClaim(CLAIM, []).verdict, "not decidable here");
});

Deno.test("a claim's intervals are widened for the number of its comparisons", () => {
  const [{ difference }] = judged([90, 91, 92], [80, 81.1, 82.1], [70, 71.1, 72.2]).contrasts;
  assertEquals(difference.comparisons, 2);
});

Deno.test("a comparison's sentence gives difference, interval, trials, deviation and verdict", () => {
  // differences 10, 9.9, 9.9: mean 9.93, deviation 0.0577; t at 98.75 % is 6.205
  const [contrast] = judged([90, 91, 92], [80, 81.1, 82.1], [70, 71.1, 72.2]).contrasts;
  assertEquals(
    contrastSentence(contrast),
    "Test accuracy: the first minus mlp-post is 9.93 points (95 % interval for 2 comparisons 9.73 " +
      "to 10.14, 3 paired trials, standard deviation between seeds 0.06): better.",
  );
});

Deno.test("an interval that no difference of accuracies can reach is remarked on", () => {
  const remark = "No difference can exceed 100 points";
  const [wide] = judged([90, 91, 10], [10, 81, 82], [70, 71, 72]).contrasts;
  assertStringIncludes(contrastSentence(wide), remark);
  const [narrow] = judged([90, 91, 92], [80, 81.1, 82.1], [70, 71.1, 72.2]).contrasts;
  assertEquals(contrastSentence(narrow).includes(remark), false);
});

Deno.test("a comparison without paired trials says so", () => {
  const [contrast] = judgeClaim(CLAIM, []).contrasts;
  assertStringIncludes(contrastSentence(contrast), "no paired trials");
});

Deno.test("tables and texts of claims state verdict, statement and source", () => {
  const finding = judged([90, 91, 92], [80, 81.1, 82.1], [70, 71.1, 72.2]);
  const rows = claimTable([finding]).split("\n").slice(2);
  assertEquals(rows.map((row) => row.split("|")[1].trim()), ["made-up: **held**", ""]);
  assertStringIncludes(rows[1], "|  | Test accuracy: ");
  const text = findingText(finding);
  for (const part of ["**made-up: held.**", "“the first is best” (nobody)", CLAIM.question]) {
    assertStringIncludes(text, part);
  }
  assertEquals(text.match(/^- /gm)?.length, 2, "one line for each comparison");
});

// ---- The claims themselves ------------------------------------------------------------------------

for (const claim of CLAIMS) {
  Deno.test(`claim ${claim.name} compares experiments that it runs, and says what with what`, () => {
    const names = claim.experiments.map(({ name }) => name);
    for (const { first, second, subject } of claim.contrasts) {
      assert(names.includes(first.experiment), first.experiment);
      assert(names.includes(second.experiment), second.experiment);
      assert(first.words !== second.words && subject !== "");
    }
    assert(claim.contrasts.length > 0);
  });
}

Deno.test("experiments that claims share by name are the same experiment", () => {
  const byName = new Map(SWEEP_EXPERIMENTS.map((experiment) => [experiment.name, experiment]));
  for (const experiment of CLAIMS.flatMap(({ experiments }) => experiments)) {
    assertEquals(experiment, byName.get(experiment.name));
  }
});

Deno.test("without records no claim is decided", () => {
  assertEquals(
    new Set(judgeClaims([]).map(({ verdict }) => verdict)),
    new Set(["not decidable here"]),
  );
});

Deno.test("magnitudes are compared by the logarithm of their ratio, third epoch to last", () => {
  const trial = syntheticRecord({ name: "mlp-none", seed: 1, accuracy: 0.9 });
  const deviations = [7, 7, 1, 5, Math.E]; // of five epochs
  const record = {
    ...trial,
    epochs: trial.epochs.map((epoch, i) => ({
      ...epoch,
      activations: [1, 1 / deviations[i]].map((deviation): ActivationSummary => ({
        layer: "f",
        kind: "affine",
        mean: 0,
        deviation,
        shift: null,
        histogram: { low: 0, high: 0, counts: [] },
      })),
    })),
  };
  // |log(1/1)| = 0 and |log(1/e)| = 1
  assertAlmostEquals(magnitudeChange(record)!, 0.5, 1e-12);
});

Deno.test("a comparison's sentence counts the trials that diverged, on either side", () => {
  const gone = syntheticTrials("mlp-none", [0.1, 0.1], { record: { diverged: 9 } });
  const { contrasts } = judgeClaim(CLAIM, [...syntheticTrials("mlp-pre", [0.9, 0.9]), ...gone]);
  assertStringIncludes(contrastSentence(contrasts[1]), " Diverged: 2 of 2 trials mlp-none.");
});

Deno.test("an interval whose bound would print as zero has more decimals", () => {
  // differences 0.26, 0.36, 0.46 points, of deviation 0.1: half width 6.205347 · 0.1 / √3 = 0.3583
  const [contrast] = judged([90.26, 90.36, 90.46], [90, 90, 90], [80, 80, 80]).contrasts;
  assertEquals(contrast.difference.verdict, "better");
  assertStringIncludes(contrastSentence(contrast), "0.0017 to 0.7183");
});

Deno.test("drift is the mean shift of the layers that feed the activations", () => {
  const layer = (kind: ActivationSummary["kind"], shift: number | null): ActivationSummary => ({
    layer: kind,
    kind,
    mean: 0,
    deviation: 1,
    shift,
    histogram: { low: 0, high: 0, counts: [] },
  });
  const record = (name: string) => {
    const trial = syntheticRecord({ name, seed: 1, accuracy: 0.9, experiment: { epochs: 5 } });
    return {
      ...trial,
      epochs: trial.epochs.map((epoch, i) => ({
        ...epoch,
        activations: [
          layer("affine", i === 0 ? null : i), // 3 and 4 after the third epoch
          layer("batchNorm", i === 0 ? null : 10 * i), // 30 and 40
          layer("activation", i === 0 ? null : 100),
        ],
      })),
    };
  };
  assertEquals(drift(record("mlp-pre")), 35);
  assertEquals(drift(record("mlp-post")), 3.5);
  assertEquals(drift(record("mlp-none")), 3.5);
  assertEquals(magnitudeChange(record("mlp-none")), 0, "all deviations are 1");
  assertEquals(magnitudeChange(syntheticRecord({ name: "mlp-pre", seed: 1, accuracy: 0.9 })), null);
  assertEquals(drift(syntheticRecord({ name: "mlp-pre", seed: 1, accuracy: 0.9 })), null);
});
