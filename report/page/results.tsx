/**
 * The numbers: accuracy of every experiment and of every trial.
 *
 * @module
 */
import { laggingTable } from "../../findings/accuracy_tables.ts";
import type { Summary } from "../../findings/statistics.ts";
import { points } from "../../findings/words.ts";
import type { ExperimentSummary } from "../../findings/summary.ts";
import moving from "../text/moving.md" with { type: "text" };
import { MarkdownTable, Prose, Table } from "./parts.tsx";

/** Validation and test accuracy of every experiment, with either kind of statistics. */
export function AccuracyTable({ experiments }: { experiments: ExperimentSummary[] }) {
  return (
    <Table
      id="accuracy-table"
      caption={
        <>
          Accuracy in percent: mean ± sample standard deviation over the trials, below it the 95 %
          interval of the mean (Student's{" "}
          <var>t</var>). Moving: prediction with the moving averages that training kept. Exact: with
          the mean and variance over the whole training set, from the same weights.
        </>
      }
    >
      <thead>
        <tr>
          <th scope="col" rowSpan={2}>Model</th>
          <th scope="colgroup" colSpan={2} class="group">Test</th>
          <th scope="colgroup" colSpan={2} class="group">Validation</th>
          <th scope="col" rowSpan={2} class="number">Trials</th>
          <th scope="col" rowSpan={2} class="number">Parameters</th>
        </tr>
        <tr>
          {["moving", "exact", "moving", "exact"].map((kind) => (
            <th scope="col" class="number">{kind}</th>
          ))}
        </tr>
      </thead>
      <tbody>
        {experiments.map(({ name, label, records, parameters, validation, test }) => (
          <tr>
            <th scope="row">
              {label}
              <small>{name}</small>
            </th>
            {[test.moving, test.dataset, validation.moving, validation.dataset].map((summary) => (
              <td class="number">{summary ? <Accuracy {...summary} /> : "–"}</td>
            ))}
            <td class="number">{records.length}</td>
            <td class="number">{parameters.toLocaleString("en-US")}</td>
          </tr>
        ))}
      </tbody>
    </Table>
  );
}

function Accuracy({ mean, deviation, interval }: Summary) {
  return (
    <>
      {points(mean)}
      {deviation !== null && ` ± ${points(deviation)}`}
      {interval && <small>{points(interval[0])} to {points(interval[1])}</small>}
    </>
  );
}

/** Why moving statistics score far lower, where they do. */
export function StatisticsNotes({ experiments }: { experiments: ExperimentSummary[] }) {
  const table = laggingTable(experiments);
  return table && (
    <>
      <MarkdownTable
        id="lagging"
        caption="Where the moving average scores more than a point lower than exact statistics."
        text={table}
      />
      <Prose text={moving} />
    </>
  );
}

/** Every trial's values, on demand. */
export function TrialTable({ experiments }: { experiments: ExperimentSummary[] }) {
  return (
    <Table
      id="trials"
      caption={"Accuracy in percent and loss in nats per image, after the last epoch; the training " +
        "loss is the mean over that epoch's batches."}
    >
      <thead>
        <tr>
          <th scope="col" rowSpan={2}>Experiment</th>
          <th scope="col" rowSpan={2} class="number">Seed</th>
          <th scope="col" rowSpan={2} class="number">Training loss</th>
          <th scope="colgroup" colSpan={2} class="group">Validation</th>
          <th scope="colgroup" colSpan={2} class="group">Test</th>
          <th scope="colgroup" colSpan={2} class="group">Test loss</th>
          <th scope="col" rowSpan={2} class="number">Seconds in all</th>
        </tr>
        <tr>
          {Array.from({ length: 3 }, () => ["moving", "exact"]).flat().map((kind) => (
            <th scope="col" class="number">{kind}</th>
          ))}
        </tr>
      </thead>
      <tbody>
        {experiments.flatMap(({ records }) => records).map((record) => {
          const { validation, test } = record;
          return (
            <tr>
              <th scope="row">
                <code>{record.experiment.name}</code>
              </th>
              <td class="number">{record.seed}</td>
              <td class="number">{loss(record.epochs.at(-1)?.train)}</td>
              <td class="number">{points(validation.moving.accuracy)}</td>
              <td class="number">
                {validation.dataset ? points(validation.dataset.accuracy) : "–"}
              </td>
              <td class="number">{points(test.moving.accuracy)}</td>
              <td class="number">{test.dataset ? points(test.dataset.accuracy) : "–"}</td>
              <td class="number">{loss(test.moving)}</td>
              <td class="number">{loss(test.dataset)}</td>
              <td class="number">{record.seconds.total.toFixed(1)}</td>
            </tr>
          );
        })}
      </tbody>
    </Table>
  );
}

function loss(score: { loss: number | null } | null | undefined): string {
  if (!score) return "–";
  return score.loss === null ? "not finite" : score.loss.toFixed(4);
}
