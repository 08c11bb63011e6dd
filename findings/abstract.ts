/**
 * The report's abstract, from the records alone.
 *
 * @module
 */
import { datasetNames } from "../experiments/record.ts";
import { escapeMarkdown } from "../experiments/escape.ts";
import { count } from "../experiments/format.ts";
import { pairSentences } from "./placement_tables.ts";
import type { PlacementPair } from "./side_by_side.ts";
import type { ExperimentSummary, ResultSummary } from "./summary.ts";
import { formatValue } from "./setting.ts";
import { meanAndDeviation } from "./words.ts";

/**
 * What was trained, what the models score, and before against after the activation.
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
  const placements = (title: string, all: readonly PlacementPair[]) => {
    const sentences = pairSentences(all.filter(({ second }) => second === "post"));
    return sentences ? [title, sentences] : [];
  };
  return [
    basisText(experiments),
    ...placements("BN before against BN after the activation:", pairs),
    ...placements("The same, each model at its own learning rate:", own),
  ].join("\n\n");
}

/** What was trained, and what the models score. */
export function basisText(experiments: readonly ExperimentSummary[]): string {
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
    `mode, with dataset statistics where there is BN, mean ± standard deviation between seeds:\n\n` +
    scores.join("\n");
}
