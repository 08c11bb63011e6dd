/**
 * The results as the README shows them: two pictures, a table and a few lines, from the reference records.
 *
 * @module
 */
import type { TrialRecord } from "../experiments/record.ts";
import { count } from "../experiments/format.ts";
import { depthMap, type Figure, speedAndQuality } from "../figures/mod.ts";
import { judgeClaims } from "../findings/claims/claim.ts";
import { headline } from "../findings/claims/headline.ts";
import { CLAIMS } from "../findings/claims/mod.ts";
import { VERDICTS } from "../findings/verdict.ts";

/** The pictures on top, by their files' names: what is speed and what quality, and where training works. */
export function readmeFigures(records: readonly TrialRecord[]): Record<string, Figure> {
  return { "speed_and_quality.png": speedAndQuality(records), "depth_map.png": depthMap(records) };
}

/** What the trials of findings/design.md say: the headline, and how many claims came out how. */
export function readmeText(records: readonly TrialRecord[]): string {
  const { table, sentences, notes } = headline(records);
  const verdicts = judgeClaims(CLAIMS, records).flatMap(({ parts }) => parts)
    .map(({ verdict }) => verdict);
  const counts = VERDICTS.map((verdict) =>
    [verdict, verdicts.filter((one) => one === verdict).length] as const
  );
  const words = counts.filter(([, n]) => n > 0).map(([verdict, n]) => `${n} ${verdict}`);
  return [
    table,
    ...sentences,
    ...notes,
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
