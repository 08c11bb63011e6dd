// deno-lint-ignore-file jsx-key -- rendered once, to a string: no list is ever updated
/**
 * The numbers: accuracy of every experiment and of every trial.
 *
 * @module
 */
import { thousands } from "../../experiments/format.ts";
import { numeric } from "../../experiments/markdown.ts";
import type { TrialRecord } from "../../experiments/record.ts";
import { testAccuracy } from "../../figures/mod.ts";
import { laggingTable } from "../../findings/accuracy_tables.ts";
import type { Summary } from "../../findings/statistics.ts";
import { intervalWords, meanAndDeviation, points } from "../../findings/words.ts";
import type { ExperimentSummary } from "../../findings/summary.ts";
import moving from "../text/moving.md" with { type: "text" };
import { MarkdownTable, Plot, Prose, Table } from "./parts.tsx";

/** The section on accuracy. */
export function Accuracy(
  { records, experiments }: { records: readonly TrialRecord[]; experiments: ExperimentSummary[] },
) {
  return (
    <>
      <AccuracyTable experiments={experiments} />
      <StatisticsNotes experiments={experiments} />
      <Plot
        wide={testAccuracy(records)}
        caption={"Test accuracy: each trial as a tick, the mean as a symbol, its 95 % interval " +
          "as a line."}
      />
      <details>
        <summary>Every trial&apos;s values</summary>
        <TrialTable experiments={experiments} />
      </details>
    </>
  );
}

/** Validation and test accuracy of every experiment, with either kind of statistics. */
function AccuracyTable({ experiments }: { experiments: ExperimentSummary[] }) {
  return (
    <Table
      id="accuracy-table"
      caption={
        <>
          Accuracy in percent: mean ± sample standard deviation over the trials, below it the 95 %
          interval of the mean (Student's{" "}
          <var>t</var>). Moving: prediction with the moving averages that training kept. Dataset:
          with the mean and variance over the whole training set, from the same weights.
        </>
      }
      columns={[
        "model",
        ...numeric(
          "test, moving",
          "test, dataset",
          "validation, moving",
          "validation, dataset",
          "trials",
          "parameters",
        ),
      ]}
      rows={experiments.map(({ name, label, records, parameters, validation, test }) => [
        <>
          {label}
          <small>{name}</small>
        </>,
        score(test.moving),
        score(test.dataset),
        score(validation.moving),
        score(validation.dataset),
        records.length,
        thousands(parameters),
      ])}
    />
  );
}

function score(summary: Summary | null) {
  if (!summary) return "–";
  return (
    <>
      {meanAndDeviation(summary)}
      {summary.interval && <small>{intervalWords(summary)}</small>}
    </>
  );
}

/** Why moving statistics score far lower, where they do. */
function StatisticsNotes({ experiments }: { experiments: ExperimentSummary[] }) {
  const table = laggingTable(experiments);
  return table && (
    <>
      <MarkdownTable
        id="lagging"
        caption="Where the moving average scores more than a point lower than dataset statistics."
        text={table}
      />
      <Prose text={moving} />
    </>
  );
}

/** Every trial's values, on demand. */
function TrialTable({ experiments }: { experiments: ExperimentSummary[] }) {
  const records = experiments.flatMap(({ records }) => records);
  return (
    <Table
      id="trials"
      caption={"Accuracy in percent and loss in nats per image, after the last epoch; the training " +
        "loss is the mean over that epoch's batches."}
      columns={[
        "experiment",
        ...numeric(
          "seed",
          "training loss",
          "validation, moving",
          "validation, dataset",
          "test, moving",
          "test, dataset",
          "test loss, moving",
          "test loss, dataset",
          "seconds in all",
        ),
      ]}
      rows={records.map(({ experiment, seed, epochs, validation, test, seconds }) => [
        <code>{experiment.name}</code>,
        seed,
        loss(epochs.at(-1)?.train),
        points(validation.moving.accuracy),
        validation.dataset ? points(validation.dataset.accuracy) : "–",
        points(test.moving.accuracy),
        test.dataset ? points(test.dataset.accuracy) : "–",
        loss(test.moving),
        loss(test.dataset),
        seconds.total.toFixed(1),
      ])}
    />
  );
}

function loss(score: { loss: number | null } | null | undefined): string {
  if (!score) return "–";
  return score.loss === null ? "not finite" : score.loss.toFixed(4);
}
