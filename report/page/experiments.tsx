/**
 * The assignment's four experiments, one by one: what the place of BN means in this model, and what
 * its trials come to.
 *
 * @module
 */
import {
  learnedTable,
  mistakesTable,
  scoreTable,
  statisticsSentence,
} from "../../findings/findings.ts";
import type { ExperimentSummary } from "../../findings/summary.ts";
import { confusionMatrix } from "../../figures/mod.ts";
import cnnPost from "../text/cnn-post.md" with { type: "text" };
import cnnPre from "../text/cnn-pre.md" with { type: "text" };
import mlpPost from "../text/mlp-post.md" with { type: "text" };
import mlpPre from "../text/mlp-pre.md" with { type: "text" };
import { MarkdownTable, Plot, Prose } from "./parts.tsx";

/** What the place of BN means in each of the four, whatever the trials show. */
const EXPLANATIONS: Record<string, string> = {
  "mlp-pre": mlpPre,
  "mlp-post": mlpPost,
  "cnn-pre": cnnPre,
  "cnn-post": cnnPost,
};

/** Those of the four experiments that have trials. */
export function assigned(experiments: ExperimentSummary[]): ExperimentSummary[] {
  return experiments.filter(({ name }) => Object.hasOwn(EXPLANATIONS, name));
}

/** One experiment, explained. */
export function ExperimentText({ experiment }: { experiment: ExperimentSummary }) {
  const { name, label, records } = experiment;
  return (
    <>
      <h3>{label}</h3>
      <Prose text={EXPLANATIONS[name]} />
      <MarkdownTable
        id={`scores-${name}`}
        caption={`${label}, in numbers: accuracies in percent, differences in points, mean ± standard ` +
          "deviation [95 % interval]. Validation, training and test with " +
          "those of the dataset."}
        text={scoreTable(records)}
      />
      <Prose text={statisticsSentence(records)} />
      <Plot
        wide={confusionMatrix(records)}
        caption={`${label}: which classes it confuses. Of each class (row), the share of its test ` +
          "images classified as each class (column), in percent, averaged over the trials; the " +
          "shade is for the mistakes alone."}
      />
      <MarkdownTable
        id={`mistakes-${name}`}
        caption={`${label}: of each class, the share classified correctly, and its most frequent ` +
          "mistake, in percent of its test images."}
        text={mistakesTable(records)}
      />
      <MarkdownTable
        id={`learned-${name}`}
        caption={`${label}: what BN learned. Median over the channels of all trials [where the middle ` +
          "90 % lie]; γ began at 1 and β at 0. Constant: channels with the same value for every training " +
          "image. Faint: a variance below ε, so that BN makes it less than γ²/2."}
        text={learnedTable(records)}
      />
    </>
  );
}
