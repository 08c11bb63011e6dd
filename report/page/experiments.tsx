/**
 * The assignment's four experiments, one by one: what the place of BN means in this model, and what
 * its trials show.
 *
 * @module
 */
import {
  conclusion,
  courseText,
  learnedText,
  mistakesText,
  silenceText,
  spreadText,
  statisticsText,
  trainTestText,
} from "../../findings/findings.ts";
import type { TrialRecord } from "../../experiments/record.ts";
import type { ExperimentSummary } from "../../findings/summary.ts";
import { confusionMatrix } from "../../figures/mod.ts";
import cnnPost from "../text/cnn-post.md" with { type: "text" };
import cnnPre from "../text/cnn-pre.md" with { type: "text" };
import mlpPost from "../text/mlp-post.md" with { type: "text" };
import mlpPre from "../text/mlp-pre.md" with { type: "text" };
import { Plot, Prose } from "./parts.tsx";

/** What the place of BN means in each of the four, whatever the trials show. */
const EXPLANATIONS: Record<string, string> = {
  "mlp-pre": mlpPre,
  "mlp-post": mlpPost,
  "cnn-pre": cnnPre,
  "cnn-post": cnnPost,
};

/** Those of the four experiments that have trials. */
export function theFour(experiments: ExperimentSummary[]): ExperimentSummary[] {
  return experiments.filter(({ name }) => Object.hasOwn(EXPLANATIONS, name));
}

/** One experiment, explained. */
export function ExperimentText({ experiment }: { experiment: ExperimentSummary }) {
  const { name, label, records } = experiment;
  return (
    <>
      <h3>{label}</h3>
      <Prose text={EXPLANATIONS[name]} />
      <Prose text={resultsText(records)} />
      <Plot
        wide={confusionMatrix(records)}
        caption={`${label}: what is taken for what. Of each class (row), the share of its test ` +
          "images classified as each class (column), in percent, mean over the trials; the shade " +
          "is for the mistakes alone."}
      />
      <h4>What BN learned</h4>
      <Prose text={learnedText(records)} />
      <Prose text={silenceText(records)} />
      <h4>In short</h4>
      <Prose text={conclusion(records, SECTIONS)} />
    </>
  );
}

/** Course, scores, spread, training against test, mistakes: each a paragraph with its heading. */
function resultsText(records: readonly TrialRecord[]): string {
  return [
    ["How fast it learns", courseText(records)],
    ["Moving and exact statistics", statisticsText(records)],
    ["What the trials allow to say", spreadText(records)],
    ["Training and test", trainTestText(records)],
    ["Mistakes", mistakesText(records)],
  ].map(([title, text]) => `**${title}.** ${text}`).join("\n\n");
}

/** Where the page shows what a conclusion rests on. */
const SECTIONS = {
  course: "learning curves",
  accuracy: "table of accuracies",
  training: "training and test, above",
  mistakes: "confusion matrix",
  learned: "what BN learned, above",
};
