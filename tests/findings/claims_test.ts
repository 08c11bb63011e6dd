/**
 * The claims of findings/design.md: that each finds its trials, and what its numbers are.
 */
import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { testAccuracyOf, type TrialRecord } from "../../experiments/record.ts";
import { readFolder, REFERENCE } from "../../experiments/records.ts";
import { REPORTING_ROWS } from "../../experiments/sweeps/mod.ts";
import { onChoosingImages } from "../../experiments/sweeps/rates.ts";
import { judgeClaims } from "../../findings/claims/claim.ts";
import { highestUsable } from "../../findings/claims/highest_rate.ts";
import { CLAIMS } from "../../findings/claims/mod.ts";
import { atTrainingLoss } from "../../findings/claims/regularization.ts";
import { hasFailed, Trials } from "../../findings/claims/trials.ts";
import { granted } from "../permissions.ts";
import { everything, recordOf } from "./claim_records.ts";

Deno.test("every claim finds trials for each of its comparisons in the rows, six or more pairs of them", () => {
  const records = everything(() => 0.85);
  for (const { claim, parts, beside } of judgeClaims(CLAIMS, records)) {
    for (const { title, comparisons } of [...parts, { title: "beside", comparisons: beside }]) {
      for (const { subject, pairs } of comparisons) {
        const label = `${claim.id}, ${title}, ${subject}: ${pairs.length} pairs`;
        // The CNN's rates are those of the choosing trials, which are in no row.
        const chosen = ["B1", "B2"].includes(claim.id) &&
          (title === "CNN" || subject.includes("of the CNN"));
        assert(chosen ? pairs.length === 0 : pairs.length >= 6, label);
      }
    }
  }
});

Deno.test("where all trials score alike, nothing is held", () => {
  const records = everything(() => 0.85);
  for (const { claim, parts } of judgeClaims(CLAIMS, records)) {
    for (const { verdict } of parts) assert(verdict !== "held", claim.id);
  }
});

Deno.test("ids are those of the design, once each, and without trials none is tested", () => {
  assertEquals(new Set(CLAIMS.map(({ id }) => id)).size, CLAIMS.length);
  for (const { parts } of judgeClaims(CLAIMS, [])) {
    for (const { verdict } of parts) assertEquals(verdict, "not tested");
  }
});

const [{ groups: [{ experiments: [some, other] }] }] = REPORTING_ROWS;

Deno.test("a trial has failed if its loss was lost or fewer than half of the images are right", () => {
  assertEquals(hasFailed(recordOf(some, 11, 0.5)), false);
  assertEquals(hasFailed(recordOf(some, 11, 0.49)), true);
  assertEquals(hasFailed(recordOf(some, 11, 0.9, { diverged: 7 })), true);
});

Deno.test("pairs are of the seeds that all have, and of experiments that train alike", () => {
  const trials = new Trials([
    ...[11, 12, 13].map((seed) => recordOf(some, seed, 0.8)),
    ...[13, 12].map((seed) => recordOf(other, seed, 0.7)),
  ]);
  const pairs = (second: TrialRecord["experiment"]) =>
    trials.pairs([some, second], ([a, b], outcome) => [outcome(a), outcome(b)]);
  assertEquals(pairs(other), [12, 13].map((seed) => ({ seed, first: 0.8, second: 0.7 })));
  assertEquals(pairs({ ...other, measure: ["layers"] }).length, 2);
  assertEquals(pairs({ ...other, epsilon: 0.5 }), []);
});

Deno.test("trials that chose a rate report nothing, but for those on 20,000 images, which have no others", () => {
  const seedsOf = (experiment: TrialRecord["experiment"]) => {
    const records = [11, 12, 111].map((seed) => recordOf(experiment, seed, 0.8));
    return [...new Trials(records).of(experiment).keys()];
  };
  assertEquals(seedsOf(some), [11, 12]);
  assertEquals(seedsOf(onChoosingImages("cnn-pre", 1)), [11, 12, 111]);
});

Deno.test("the highest usable rate is within a point of the same seed's best", () => {
  const at = (learningRate: number, accuracy: number) =>
    recordOf({ ...some, learningRate }, 11, accuracy);
  assertAlmostEquals(highestUsable([at(0.1, 0.85), at(1, 0.845), at(10, 0.83)])!, 0);
  assertAlmostEquals(highestUsable([at(0.1, 0.85), at(1, 0.845), at(10, 0.841)])!, 1);
  assertEquals(highestUsable([at(1, 0.1)]), null);
});

Deno.test("accuracy at a loss lies between two runs, in proportion in the loss's logarithm", () => {
  const at = (loss: number, accuracy: number) =>
    recordOf(some, 11, accuracy, { train: { moving: { loss, accuracy: 1 }, dataset: null } });
  const runs = [at(0.1, 0.88), at(0.4, 0.84)];
  assertAlmostEquals(atTrainingLoss(runs, 0.2)!, 0.86); // halfway from 0.4 to 0.1
  assertAlmostEquals(atTrainingLoss(runs, 0.1)!, 0.88);
  assertEquals(atTrainingLoss(runs, 0.05), undefined);
  assertEquals(atTrainingLoss(runs, 0.5), undefined);
});

Deno.test({
  name: "no verdict of the records depends on whether a trial fails below 20, 50 or 70 %",
  ignore: !granted("read"),
  async fn() {
    const { records } = await readFolder(REFERENCE);
    const verdicts = (records: readonly TrialRecord[]) =>
      judgeClaims(CLAIMS, records).map(({ claim, parts }) => [
        claim.id,
        ...parts.map(({ verdict }) => verdict),
      ]);
    /** Trials from `low` to `high` score something else, and so fail or do not. */
    const scoring = (accuracy: number, low: number, high: number) =>
      records.map((record) => {
        const { test } = record;
        if (testAccuracyOf(record) < low || testAccuracyOf(record) >= high) return record;
        const moving = { ...test.moving, accuracy };
        return {
          ...record,
          test: { moving, dataset: test.dataset && { ...test.dataset, accuracy } },
        };
      });
    assertEquals(verdicts(scoring(0.5, 0.2, 0.5)), verdicts(records));
    assertEquals(verdicts(scoring(0.49, 0.5, 0.7)), verdicts(records));
  },
});
