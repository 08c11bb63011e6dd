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
import mlpPre from "../../notebooks/03_mlp_before_activation.ipynb" with { type: "text" };
import cnnPre from "../../notebooks/04_cnn_before_activation.ipynb" with { type: "text" };
import mlpPost from "../../notebooks/05_mlp_after_activation.ipynb" with { type: "text" };
import cnnPost from "../../notebooks/06_cnn_after_activation.ipynb" with { type: "text" };
import { MarkdownTable, Plot, Prose } from "./parts.tsx";

/** What the place of BN means in each of the four, whatever the trials show: as its notebook says it. */
const EXPLANATIONS: Record<string, string> = {
  "mlp-pre": markedIn(mlpPre),
  "mlp-post": markedIn(mlpPost),
  "cnn-pre": markedIn(cnnPre),
  "cnn-post": markedIn(cnnPost),
};

/** The texts of a notebook that are marked for the report, by the cell's tag `report`. */
function markedIn(notebook: string): string {
  const { cells } = JSON.parse(notebook) as {
    cells: { metadata: { tags?: string[] }; source: string[] }[];
  };
  return cells.filter(({ metadata }) => metadata.tags?.includes("report"))
    .map(({ source }) => source.join("")).join("\n\n");
}

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
          "deviation [95 % interval]. With dataset statistics, " +
          "where a record has them."}
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
          "image. Faint: a variance below ε, so that BN makes it less than γ²/2; constant channels are among them."}
        text={learnedTable(records)}
      />
    </>
  );
}
