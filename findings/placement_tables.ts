/**
 * The placements side by side, as tables and in one sentence for each comparison.
 *
 * Pure functions from comparisons to Markdown.
 *
 * @module
 */
import { markdownTable, numeric } from "../experiments/markdown.ts";
import { PLACEMENT_WORDS } from "./setting.ts";
import type { PlacementPair } from "./side_by_side.ts";
import { differenceSentence, intervalName, intervalWords, meanAndDeviation } from "./words.ts";

/** "pre − post" as the tables name it. */
function pairName({ first, second }: PlacementPair): string {
  return `${first} − ${second}`;
}

/** Which difference this is, in words: for figures. */
export function pairLabel({ model, first, second }: PlacementPair): string {
  return `${model}: ${PLACEMENT_WORDS[first]} minus ${PLACEMENT_WORDS[second]}`;
}

/** Every comparison in points: mean ± standard deviation between seeds, interval, verdict. */
export function pairTable(pairs: readonly PlacementPair[]): string {
  if (pairs.length === 0) {
    return "No two of these experiments differ in the place of batch normalization alone.";
  }
  const table = markdownTable(
    [
      "comparison",
      ...numeric("n", "difference", "interval"),
      "verdict",
    ],
    pairs.map((pair) => {
      const { summary, verdict } = pair.difference;
      return [
        `${pair.model} ${pairName(pair)}`,
        String(summary?.n ?? 0),
        summary ? meanAndDeviation(summary) : "–",
        intervalWords(summary),
        `**${verdict}**`,
      ];
    }),
  );
  return `${table}\n\nDifferences in points, mean ± standard deviation of n pairs of one seed; the interval is ` +
    `the ${intervalName(pairs[0].difference)}.`;
}

/** Every comparison in a sentence of its own. */
export function pairSentences(pairs: readonly PlacementPair[]): string {
  return pairs.map(({ model, first, second, difference }) =>
    "- " + differenceSentence(
      { subject: model, first: PLACEMENT_WORDS[first], second: PLACEMENT_WORDS[second] },
      difference,
    )
  ).join("\n");
}
