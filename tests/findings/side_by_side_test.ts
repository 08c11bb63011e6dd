import { assertEquals, assertStringIncludes } from "@std/assert";
import type { TrialRecord } from "../../experiments/record.ts";
import { placementSentences, placementTable } from "../../findings/findings.ts";
import { comparePlacements, modelsIn } from "../../findings/side_by_side.ts";
import { summarizeExperiments } from "../../findings/summary.ts";
import { syntheticTrials } from "../synthetic_records.ts";

/** So many trials of one experiment, as far ahead of 85 % as given, in points, with a little noise. */
const trials = (name: string, ahead: number, count: number) =>
  syntheticTrials(
    name,
    Array.from({ length: count }, (_, i) => 0.85 + ahead / 100 + 0.0005 * (i % 3 - 1)),
  );
const compared = (records: readonly TrialRecord[]) =>
  comparePlacements(modelsIn(summarizeExperiments(records)));

Deno.test("before is compared with after, and each with no BN, model by model", () => {
  const records = [
    ...[trials("mlp-none", 0, 6), trials("mlp-pre", 2, 6), trials("mlp-post", 1, 6)],
    ...[trials("cnn-none", 0, 6), trials("cnn-pre", 1, 6), trials("cnn-post", 2, 6)],
  ].flat();
  assertEquals(compared(records).map(({ subject, verdict }) => `${subject}: ${verdict}`), [
    "MLP, before − after: held",
    "MLP, before − none: held",
    "MLP, after − none: held",
    "CNN, before − after: contradicted",
    "CNN, before − none: held",
    "CNN, after − none: held",
  ]);
});

Deno.test("a model without trials of one side has no such comparison, and models that differ have none", () => {
  const pre = trials("mlp-pre", 2, 6);
  assertEquals(compared([...pre, ...trials("mlp-post", 0, 6)]).length, 1);
  const longer = syntheticTrials("mlp-post", [0.85], { experiment: { epochs: 6 } });
  assertEquals(compared([...pre, ...longer]), []);
  assertEquals(compared([]), []);
});

Deno.test("two MLPs of different sizes are two models", () => {
  const subjects = compared(
    ["mlp-pre", "mlp-post", "mlp256-pre", "mlp256-post"].flatMap((name) => trials(name, 1, 6)),
  ).map(({ subject }) => subject);
  assertEquals(subjects, ["MLP, before − after", "starter MLP, before − after"]);
});

Deno.test("the table gives size, seeds and verdict, and of few pairs says that they are few", () => {
  const table = (count: number) =>
    placementTable(compared([...trials("mlp-pre", 0, count), ...trials("mlp-post", 2, count)]));
  assertStringIncludes(
    table(6),
    "| MLP, before − after | −2.0 points | 0 of 6 seeds | contradicted |",
  );
  assertStringIncludes(table(3), "| 0 of 3 seeds | open: fewer than 6 pairs |");
});

Deno.test("sentences are of before against after, and of few pairs the size alone", () => {
  const sentences = (count: number) =>
    placementSentences(
      compared(["none", "pre", "post"].flatMap((place, i) => trials(`mlp-${place}`, i, count))),
    );
  assertEquals(
    sentences(6),
    "- MLP, before − after: −1.0 points, lower in 6 of 6 seeds: **contradicted**.",
  );
  assertEquals(
    sentences(3),
    "- MLP, before − after: −1.0 points, higher in 0 and lower in 3 of 3 seeds.",
  );
});
