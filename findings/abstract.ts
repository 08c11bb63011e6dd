/**
 * The report's abstract, from the records alone.
 *
 * @module
 */
import { datasetNames } from "../experiments/record.ts";
import { escapeMarkdown } from "../experiments/escape.ts";
import { count } from "../experiments/format.ts";
import type { ExperimentSummary } from "./summary.ts";
import { formatValue } from "./setting.ts";
import { meanAndDeviation } from "./words.ts";

/** What was trained, and what the models score. */
export function basisText(experiments: readonly ExperimentSummary[]): string {
  const trials = experiments.reduce((sum, { records }) => sum + records.length, 0);
  const same = (key: "epochs" | "learningRate" | "batchSize" | "schedule") => {
    const values = new Set(experiments.map(({ experiment }) => formatValue(experiment[key])));
    return values.size === 1 ? [...values][0] : undefined;
  };
  const [epochs, rate, batch] = [same("epochs"), same("learningRate"), same("batchSize")];
  const settings = [
    epochs && `${epochs} ${epochs === "1" ? "epoch" : "epochs"}`,
    batch && `batches of ${batch}`,
    rate && same("schedule") === "linear" && `a learning rate that falls from ${rate} to zero`,
  ].filter(Boolean).join(", ");
  const scores = experiments.map(({ label, test }) =>
    `- ${label}: ${meanAndDeviation(test.dataset ?? test.moving)}${test.moving.failed ? "" : " %"}`
  );
  const data = datasetNames(experiments.flatMap(({ records }) => records));
  return `${count(trials, "trial")} of ${count(experiments.length, "experiment")} on the data ` +
    `${[...data.values()].map(escapeMarkdown).join(", ")}${
      settings ? `, with ${settings}` : ""
    }. Test accuracy in prediction ` +
    `mode, with dataset statistics where there is BN, mean ± standard deviation between seeds:\n\n` +
    scores.join("\n");
}
