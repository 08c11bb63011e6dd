/**
 * The results as the README shows them: one picture and a few lines, from the reference records.
 *
 * @module
 */
import { pairSentences, tunedTable } from "../findings/findings.ts";
import { RATED_MODELS } from "../experiments/rates.ts";
import type { TrialRecord } from "../experiments/record.ts";
import { comparePlacementPairs, modelsAtOwnRate } from "../findings/side_by_side.ts";
import { type Figure, testAccuracy } from "../figures/mod.ts";

/** The models of the assignment, and the same without BN, at the rate that all share. */
export function readmeFigure(full: readonly TrialRecord[]): Figure {
  const names: readonly string[] = RATED_MODELS;
  return testAccuracy(full.filter(({ experiment }) => names.includes(experiment.name)));
}

/** Accuracies at the shared and at each model's own rate, and what they say of the placements. */
export function readmeText(full: readonly TrialRecord[], tuned: readonly TrialRecord[]): string {
  const pairs = comparePlacementPairs(modelsAtOwnRate(full, tuned))
    .filter(({ second }) => second === "post");
  return `${tunedTable(full, tuned)}\n\nEach at its own rate:\n\n${pairSentences(pairs)}`;
}

const BEGIN = "<!-- results: deno task readme:figure -->";
const END = "<!-- end of results -->";

/**
 * The README with this text between its marks.
 *
 * @throws {Error} If it has no marks.
 */
export function withResults(readme: string, text: string): string {
  const [start, end] = [readme.indexOf(BEGIN), readme.indexOf(END)];
  if (start < 0 || end < start) {
    throw new Error(`README.md needs the lines ${BEGIN} and ${END}: the results stand between.`);
  }
  const [before, after] = [readme.slice(0, start), readme.slice(end + END.length)];
  return `${before}${BEGIN}\n\n${text}\n\n${END}${after}`;
}
