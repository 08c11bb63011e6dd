/**
 * The report's abstract, in words from the records alone.
 *
 * @module
 */
import { escapeMarkdown } from "../experiments/escape.ts";
import { datasetNames } from "../experiments/record.ts";
import { placementAnswer, placementParagraph } from "./side_by_side_findings.ts";
import type { PlacementPair } from "./side_by_side.ts";
import { count } from "../experiments/format.ts";
import { meanAndDeviation, points } from "./statistics.ts";
import { type ExperimentSummary, formatValue, type ResultSummary } from "./summary.ts";

/**
 * What was trained, what the models score, whether the place of batch normalization matters, and how
 * far apart the two kinds of statistics are.
 *
 * @param summary Of the report's own trials.
 * @param pairs Their comparisons.
 * @param own The comparisons at own learning rates, where there are any.
 */
export function abstractText(
  { experiments }: ResultSummary,
  pairs: readonly PlacementPair[],
  own: readonly PlacementPair[] = [],
): string {
  return [
    basisText(experiments),
    pairs.length > 0
      ? placementAnswer(pairs)
      : "No two of these experiments differ in the place of batch normalization alone, so they do " +
        "not answer the question.",
    own.length > 0
      ? "**Each at its own learning rate**, chosen on the validation images. " +
        placementParagraph(own)
      : "",
    gapText(experiments),
  ].filter((text) => text !== "").join("\n\n");
}

function basisText(experiments: readonly ExperimentSummary[]): string {
  const trials = experiments.reduce((sum, { records }) => sum + records.length, 0);
  const same = (key: "epochs" | "learningRate" | "batchSize") => {
    const values = new Set(experiments.map(({ experiment }) => formatValue(experiment[key])));
    return values.size === 1 ? [...values][0] : undefined;
  };
  const [epochs, rate, batch] = [same("epochs"), same("learningRate"), same("batchSize")];
  const settings = [
    epochs && `${epochs} ${epochs === "1" ? "epoch" : "epochs"}`,
    batch && `batches of ${batch}`,
    rate && `a learning rate that falls from ${rate} to zero`,
  ].filter(Boolean).join(", ");
  const scores = experiments.map(({ label, test }) =>
    `- ${label}: ${meanAndDeviation(test.dataset ?? test.moving)} %`
  );
  const data = datasetNames(experiments.flatMap(({ records }) => records));
  return `${count(trials, "trial")} of ${count(experiments.length, "experiment")} on the data ` +
    `${[...data.values()].map(escapeMarkdown).join(", ")}${
      settings ? `, with ${settings}` : ""
    }. Test accuracy in prediction ` +
    `mode, with exact statistics where there is BN, mean ± deviation between seeds:\n\n` +
    scores.join("\n");
}

/** How far apart moving and exact statistics are where they are furthest apart. */
function gapText(experiments: readonly ExperimentSummary[]): string {
  const gaps = experiments.flatMap(({ label, gap }) => gap ? [{ label, mean: gap.mean }] : []);
  if (gaps.length === 0) return "";
  const { label, mean } = gaps.reduce((a, b) => Math.abs(b.mean) > Math.abs(a.mean) ? b : a);
  if (points(Math.abs(mean)) === "0.00") {
    return "**Moving or exact statistics.** Test accuracy is the same with either, within 0.01 " +
      "points, in the mean of the trials.";
  }
  return `**Moving or exact statistics.** With exact statistics, which the assignment asks for, and ` +
    `with the moving average that libraries keep, test accuracy differs by at most ` +
    `${points(Math.abs(mean))} points in the mean of the trials (${label}, exact ` +
    `${mean < 0 ? "lower" : "higher"}).`;
}
