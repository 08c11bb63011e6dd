/**
 * The results as the README shows them: one picture and a few lines, from the reference records.
 *
 * @module
 */
import { pairSentences, tunedTable } from "../findings/findings.ts";
import { RATED_MODELS } from "../experiments/rates.ts";
import type { TrialRecord } from "../experiments/record.ts";
import { comparePlacementPairs, modelsAtOwnRate } from "../findings/side_by_side.ts";
import { count } from "../experiments/format.ts";
import { depthMap, type Figure, speedAndQuality, testAccuracy } from "../figures/mod.ts";
import { judgeClaim } from "../findings/evidence/claim.ts";
import { headline } from "../findings/evidence/headline.ts";
import { claims } from "../findings/evidence/mod.ts";
import { VERDICTS } from "../findings/verdict.ts";

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

/** The pictures on top, by their files' names: what is speed and what quality, and where training works. */
export function designFigures(records: readonly TrialRecord[]): Record<string, Figure> {
  return { "speed_and_quality.png": speedAndQuality(records), "depth_map.png": depthMap(records) };
}

/** What the trials of findings/design.md say: the headline, and how many claims came out how. */
export function designText(records: readonly TrialRecord[]): string {
  const { table, sentences } = headline(records);
  const verdicts = claims().flatMap((claim) => judgeClaim(claim, records).parts)
    .map(({ verdict }) => verdict);
  const counts = VERDICTS.map((verdict) =>
    [verdict, verdicts.filter((one) => one === verdict).length] as const
  );
  const words = counts.filter(([, n]) => n > 0).map(([verdict, n]) => `${n} ${verdict}`);
  return [
    table,
    ...sentences,
    `Of ${count(verdicts.length, "verdict")} on claims: ${
      words.join(", ")
    } (\`deno task verdicts\`).`,
  ].join("\n\n");
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
