/**
 * Numbers and verdicts in texts written by hand carry a mark, a comment that says where the records of
 * the reference run have them: `0.53<!-- own/MLP pre-post/mean -->`. Here each is held against them.
 */
import { assert, assertEquals } from "@std/assert";
import { readFolder, REFERENCE } from "../experiments/records.ts";
import type { TrialRecord } from "../experiments/record.ts";
import { FAILED } from "../experiments/thresholds.ts";
import { judgeClaims } from "../findings/findings.ts";
import {
  comparePlacementPairs,
  modelsAtOwnRate,
  modelsIn,
  type ModelTrials,
} from "../findings/side_by_side.ts";
import { summarizeExperiments } from "../findings/summary.ts";
import { learningRate } from "../findings/claims/learning_rate.ts";
import { drift } from "../findings/claims/drift.ts";
import { pairedDifference } from "../findings/statistics.ts";
import { testAccuracyOf } from "../findings/trial_numbers.ts";
import { notebookFiles, readNotebook } from "../notebooks/run/notebook.ts";
import { granted } from "./permissions.ts";

const MARKED = /([−\d.]+|_[^_]+_)\s*<!--\s*([^>]*?)\s*-->/g;

/** What the records of the reference run say, by the path of a mark. */
async function readFacts(): Promise<Map<string, number | string>> {
  const of = async (preset: string) => (await readFolder(new URL(`${preset}/`, REFERENCE))).records;
  const [full, tuned, claims] = await Promise.all(["full", "tuned", "claims"].map(of));
  return new Map<string, number | string>([
    ...pairFacts("shared", modelsIn(summarizeExperiments(full))),
    ...pairFacts("own", modelsAtOwnRate(full, tuned)),
    ...judgeClaims(claims).map(({ claim, verdict }) => [`claims/${claim.name}`, verdict] as const),
    ...["mlp", "cnn"].map((model) => [`drift/${model}`, driftVerdict(full, model)] as const),
    ...["none", "pre", "post"].map((placement) =>
      [`learns/${placement}`, highestRateLearned(claims, placement)] as const
    ),
  ]);
}

/** Differences in points: `own/MLP pre-post/mean`, `low`, `high`, `verdict`. */
function pairFacts(rate: string, models: ModelTrials[]) {
  return comparePlacementPairs(models).flatMap(({ model, first, second, difference }) => {
    const { mean, interval } = difference.summary!;
    const values = {
      mean: 100 * mean,
      low: 100 * interval![0],
      high: 100 * interval![1],
      verdict: difference.verdict,
    };
    return Object.entries(values).map(([what, value]) =>
      [`${rate}/${model} ${first}-${second}/${what}`, value] as const
    );
  });
}

/** Whether the inputs of the activations move more with BN before them than without. */
function driftVerdict(full: readonly TrialRecord[], model: string): string {
  const of = (placement: string) => ({
    records: full.filter(({ experiment }) => experiment.name === `${model}-${placement}`),
    value: drift,
  });
  return pairedDifference(of("pre"), of("none"), { comparisons: 4 }).verdict;
}

/** The highest rate of the sweep up to which every trial of a placement learned. */
function highestRateLearned(claims: readonly TrialRecord[], placement: string): number {
  const swept = new Set(learningRate.experiments.map(({ name }) => name));
  const own = claims.filter(({ experiment }) =>
    swept.has(experiment.name) && experiment.placement === placement
  );
  const failed = own.filter((record) => testAccuracyOf(record) <= FAILED)
    .map(({ experiment }) => experiment.learningRate);
  const rates = own.map(({ experiment }) => experiment.learningRate);
  return Math.max(...rates.filter((rate) => rate < Math.min(...failed, Infinity)));
}

/** A text's numbers and words that do not say what the records do, and marks that lead nowhere. */
function faultsOf(text: string, facts: ReadonlyMap<string, number | string>): string[] {
  return [...text.matchAll(MARKED)].flatMap(([, said, path]) => {
    const fact = facts.get(path.replace(/\s+/g, " "));
    if (fact === undefined) return [`${said}: there is no ${path}`];
    const decimals = said.split(".")[1]?.length ?? 0;
    const expected = typeof fact === "string"
      ? `_${fact}_`
      : fact.toFixed(decimals).replace("-", "−");
    return said.replace(/\s+/g, " ") === expected ? [] : [`${said} of ${path} is ${expected}`];
  });
}

Deno.test("a marked number that the records do not have is found, and so is a mark that leads nowhere", () => {
  const facts = new Map<string, number | string>([["a/mean", -0.128], ["b", "not held"]]);
  assertEquals(faultsOf("−0.13<!-- a/mean --> and _not held_<!-- b -->", facts), []);
  assertEquals(faultsOf("0.13<!-- a/mean -->, _held_<!-- b -->, 1<!-- c -->", facts), [
    "0.13 of a/mean is −0.13",
    "_held_ of b is _not held_",
    "1: there is no c",
  ]);
});

Deno.test({
  name: "every marked number and verdict in the report's texts and the notebooks is the records'",
  ignore: !granted("read"),
  async fn() {
    const facts = await readFacts();
    const text = await Deno.readTextFile(new URL("../report/text/reference.md", import.meta.url));
    const cells = await Promise.all(
      (await notebookFiles()).map(async (file) =>
        (await readNotebook(file)).cells.filter(({ cell_type }) => cell_type === "markdown")
          .map(({ source }) => [source].flat().join(""))
      ),
    );
    const texts = [text, ...cells.flat()];
    assert(texts.filter((text) => text.match(MARKED)).length > 2, "there are marks");
    assertEquals(texts.flatMap((text) => faultsOf(text, facts)), []);
  },
});

Deno.test({
  name:
    "the text on the reference run has no number without a mark, but for years and the rates asked of",
  ignore: !granted("read"),
  async fn() {
    const text = await Deno.readTextFile(new URL("../report/text/reference.md", import.meta.url));
    const bare = text.replaceAll(MARKED, "").match(/\d+(\.\d+)?/g)!;
    assertEquals(bare.filter((number) => !/^20[12]\d$/.test(number)), ["1", "3", "1", "3"]);
  },
});
