// deno-lint-ignore-file jsx-key -- rendered once, to a string: no list is ever updated
/**
 * The report as one HTML page: records in, a string out. Every number and every sentence about
 * results is computed from the records; with other records the page says other things.
 *
 * @module
 */
import type { ComponentChildren } from "preact";
import { renderToString } from "preact-render-to-string";
import plotly from "plotly.js-cartesian-dist-min/plotly-cartesian.min.js" with { type: "text" };
import { DEFAULTS, type Experiment, REASONS } from "../experiments/experiment.ts";
import type { Preset } from "../experiments/presets.ts";
import { pathOf, type TrialRecord } from "../experiments/records.ts";
import { differenceSentence, points, type Summary } from "../experiments/statistics.ts";
import {
  type ExperimentSummary,
  formatValue,
  missingTrials,
  movingStatisticsNotes,
  PLACEMENT_WORDS,
  type PlacementComparison,
  type ResultSummary,
  summarizeExperiments,
  words,
} from "../experiments/summary.ts";
import draw from "./draw.js" with { type: "text" };
import { type Figure, learningCurves, testAccuracy } from "./figures.ts";
import css from "./style.css" with { type: "text" };

/** What the page is made of. */
export interface PageContent {
  /**
   * The command that makes this page.
   * @default "deno task report"
   */
  command?: string;
  records: readonly TrialRecord[];
  /** Where the records were read from, to name it where there are none. */
  folder?: URL;
  /** One sentence for each file that should be a record and cannot be read. */
  damaged?: readonly string[];
  /** The preset that the records should complete; trials that it lacks are named. */
  preset?: Preset;
}

/** The page, complete with styles, figures and the code that draws them; it requests nothing. */
export function renderPage(content: PageContent): string {
  return "<!DOCTYPE html>\n" + renderToString(<Page {...content} />) + "\n";
}

// The page holds all it needs; this makes the browser hold it to that.
const SECURITY_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data: blob:";

function Page(content: PageContent) {
  const { records } = content;
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content={SECURITY_POLICY} />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>{TITLE}</title>
        <link rel="icon" href="data:," />
        <style dangerouslySetInnerHTML={{ __html: css }} />
      </head>
      <body>
        <main>
          <h1>{TITLE}</h1>
          {records.length === 0 ? <NoRecords {...content} /> : <Results {...content} />}
        </main>
        {records.length > 0 && <Script code={plotly} />}
        {records.length > 0 && <Script code={draw} />}
      </body>
    </html>
  );
}

function Script({ code }: { code: string }) {
  // In a script element only this ends the element, and only in a string or a comment can it occur.
  const inline = code.replace(/<(?=\/script|!--)/gi, "\\x3c");
  return <script dangerouslySetInnerHTML={{ __html: inline }} />;
}

function NoRecords({ folder, damaged = [], command = COMMAND }: PageContent) {
  return (
    <>
      <p class="lead">
        There are no records of trials {folder && <>in {pathOf(folder)}</>}{" "}
        yet, hence nothing to report.
      </p>
      <p>
        <code>{command}</code> runs the trials and writes this page.
      </p>
      <Notes sentences={damaged} />
    </>
  );
}

const TITLE = "Batch normalization before or after the activation";
const COMMAND = "deno task report";

function Results({ records, damaged = [], preset, command = COMMAND }: PageContent) {
  const summary = summarizeExperiments(records);
  const missing = preset ? missingTrials(preset, records) : [];
  return (
    <>
      <Answer records={records} summary={summary} />
      <Notes
        sentences={[
          ...damaged,
          ...summary.warnings,
          ...missing.map(({ name, seeds }) =>
            `${name}: no trial with ${seeds.length === 1 ? "seed" : "seeds"} ${
              list(seeds)
            } of preset ${preset!.name}.`
          ),
        ]}
      />

      <h2>Accuracy</h2>
      <AccuracyTable experiments={summary.experiments} />
      <StatisticsNotes experiments={summary.experiments} />
      <Plot
        wide={testAccuracy(records)}
        caption="Test accuracy: each trial as a tick, the mean as a symbol, its 95 % interval as a line."
      />

      <h2>Before against after the activation</h2>
      <Comparisons comparisons={summary.comparisons} />

      <h2>Learning curves</h2>
      <Plot
        wide={learningCurves(records)}
        narrow={learningCurves(records, { columns: 1 })}
        caption={"Solid: validation accuracy after each epoch, in prediction mode with moving " +
          "statistics; thick the mean, thin every trial. Dashed: mean training accuracy over the " +
          "epoch's batches as they were trained on, in training mode, while the weights were still " +
          "changing; it can therefore lie below the validation accuracy."}
      />

      <h2>Configuration</h2>
      <Configuration experiments={summary.experiments} />

      <h2>Data, software and machine</h2>
      <Provenance records={records} preset={preset} command={command} />

      <h2>Every trial</h2>
      <TrialTable experiments={summary.experiments} />
    </>
  );
}

function Answer({ records, summary }: { records: readonly TrialRecord[]; summary: ResultSummary }) {
  const { experiments, comparisons } = summary;
  const basis = `${count(records.length, "trial")} of ${count(experiments.length, "experiment")}`;
  return (
    <>
      <p class="lead">
        Does batch normalization (BN) serve a network better before the activation,{" "}
        <Formula>g(BN(f(x)))</Formula>, or after it, <Formula>BN(g(f(x)))</Formula>?{" "}
        {comparisons.length > 0
          ? `What ${basis} say, predicting with the exact statistics of the training images:`
          : `The records of ${basis} do not answer this: ${NO_COMPARISON}`}
      </p>
      {comparisons.length > 0 && (
        <ul class="lead">
          {comparisons.map((comparison) => <li>{sentence(comparison, "dataset", false)}</li>)}
        </ul>
      )}
    </>
  );
}

const NO_COMPARISON =
  "no two of these experiments differ in the place of batch normalization alone.";

/** Functions and variables in italics, as in print; BN is upright. */
function Formula({ children }: { children: string }) {
  return (
    <span class="formula">
      {children.split(/([a-z])/).map((part) => /[a-z]/.test(part) ? <var>{part}</var> : part)}
    </span>
  );
}

function sentence(
  comparison: PlacementComparison,
  kind: "moving" | "dataset",
  nameStatistics: boolean,
): string {
  const statistics = kind === "moving" ? "moving statistics" : "exact statistics";
  return unbroken(differenceSentence({
    subject: nameStatistics ? `${comparison.model}, ${statistics}` : comparison.model,
    first: "before the activation",
    second: "after it",
  }, comparison[kind]));
}

/** No line ends between a number and its % sign. */
function unbroken(text: string): string {
  return text.replace(/(\d) %/g, "$1\u00a0%");
}

function Notes({ sentences }: { sentences: readonly string[] }) {
  if (sentences.length === 0) return null;
  return (
    <aside class="note" aria-label="Notes on the records">
      <p>
        <strong>Before you read on</strong>
      </p>
      <ul>{sentences.map((sentence) => <li>{sentence}</li>)}</ul>
    </aside>
  );
}

function AccuracyTable({ experiments }: { experiments: ExperimentSummary[] }) {
  return (
    <Table
      id="accuracy"
      caption={
        <>
          Accuracy in percent: mean ± sample deviation over the trials, below it the 95 % interval
          of the mean (Student's{" "}
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

function StatisticsNotes({ experiments }: { experiments: ExperimentSummary[] }) {
  const notes = movingStatisticsNotes(experiments);
  if (notes.length === 0) return null;
  return (
    <div class="note">
      <p>
        <strong>Why moving statistics score so much lower here</strong>
      </p>
      {notes.map((note) => <p>{unbroken(note)}</p>)}
    </div>
  );
}

function Comparisons({ comparisons }: { comparisons: PlacementComparison[] }) {
  if (comparisons.length === 0) {
    return <p>There is nothing to compare: {NO_COMPARISON}</p>;
  }
  const rows = comparisons.flatMap((comparison) =>
    (["moving", "dataset"] as const).map((kind) => ({ comparison, kind }))
  );
  return (
    <>
      <ul>{rows.map(({ comparison, kind }) => <li>{sentence(comparison, kind, true)}</li>)}</ul>
      <Table
        id="differences"
        caption={
          <>
            Test accuracy before minus after the activation, in percentage points, paired by seed:
            mean ± sample deviation of the differences and the 95&nbsp;% interval of their mean.
          </>
        }
      >
        <thead>
          <tr>
            <th scope="col">Model</th>
            <th scope="col">Statistics</th>
            <th scope="col" class="number">Pairs</th>
            <th scope="col" class="number">Difference</th>
            <th scope="col" class="number">95 % interval</th>
            <th scope="col">BN before the activation is</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ comparison, kind }) => {
            const { seeds, summary, verdict } = comparison[kind];
            return (
              <tr>
                <th scope="row">{comparison.model}</th>
                <td>{kind === "moving" ? "moving" : "exact"}</td>
                <td class="number">{seeds.length}</td>
                <td class="number">{summary ? difference(summary) : "–"}</td>
                <td class="number">
                  {summary?.interval
                    ? `${points(summary.interval[0])} to ${points(summary.interval[1])}`
                    : "–"}
                </td>
                <td>{verdict}</td>
              </tr>
            );
          })}
        </tbody>
      </Table>
      <p>
        An interval tells what other seeds would do on the same split of the same data, and each
        holds at 95&nbsp;% by itself, not all of them together.
      </p>
    </>
  );
}

function difference({ mean, deviation }: Summary): string {
  return points(mean) + (deviation === null ? "" : ` ± ${points(deviation)}`);
}

function Configuration({ experiments }: { experiments: ExperimentSummary[] }) {
  const keys = Object.keys(experiments[0].experiment).filter((key) =>
    isSetting(key, experiments)
  ) as Array<
    Exclude<keyof Experiment, "name">
  >;
  const value = (experiment: Experiment, key: keyof Experiment) =>
    key === "placement" ? PLACEMENT_WORDS[experiment.placement] : formatValue(experiment[key]);
  const values = (key: keyof Experiment) =>
    new Set(experiments.map(({ experiment }) => value(experiment, key)));
  const shared = keys.filter((key) => values(key).size === 1);
  const differing = keys.filter((key) => values(key).size > 1);
  return (
    <>
      <Table id="shared" caption="What all experiments share, and why each value is what it is.">
        <thead>
          <tr>
            <th scope="col">Hyperparameter</th>
            <th scope="col">Value</th>
            <th scope="col">Reason</th>
          </tr>
        </thead>
        <tbody>
          {shared.map((key) => (
            <tr>
              <th scope="row">{words(key)}</th>
              <td>{value(experiments[0].experiment, key)}</td>
              <td class="prose">{reason(experiments[0].experiment, key)}</td>
            </tr>
          ))}
        </tbody>
      </Table>
      {differing.length > 0 && (
        <Table id="differing" caption="What differs between the experiments.">
          <thead>
            <tr>
              <th scope="col">Experiment</th>
              {differing.map((key) => <th scope="col">{words(key)}</th>)}
            </tr>
          </thead>
          <tbody>
            {experiments.map(({ name, experiment }) => (
              <tr>
                <th scope="row">
                  <code>{name}</code>
                </th>
                {differing.map((key) => <td>{value(experiment, key)}</td>)}
              </tr>
            ))}
          </tbody>
        </Table>
      )}
    </>
  );
}

/** Whether a key of an experiment is a setting that these experiments have; an MLP has no filters. */
function isSetting(key: string, experiments: ExperimentSummary[]): boolean {
  return key !== "name" &&
    (key !== "filters" || experiments.some(({ experiment }) => experiment.filters > 0));
}

/** A default's reason; for another value, what the default would be. */
function reason(experiment: Experiment, key: keyof Experiment): string {
  const defaults: Partial<Experiment> = DEFAULTS;
  const reasons: Partial<Record<keyof Experiment, string>> = REASONS;
  const usual = defaults[key];
  if (usual !== undefined && formatValue(usual) !== formatValue(experiment[key])) {
    return `Chosen for these experiments; the default is ${formatValue(usual)}.`;
  }
  return reasons[key] ?? "Chosen for these experiments.";
}

interface ProvenanceContent {
  records: readonly TrialRecord[];
  preset?: Preset;
  command: string;
}

function Provenance({ records, preset, command }: ProvenanceContent) {
  const all = (value: (record: TrialRecord) => string | number) =>
    list([...new Set(records.map(value))]);
  const started = records.map((record) => record.started).sort();
  const seconds = records.reduce((sum, record) => sum + record.seconds.total, 0);
  const entries: [string, ComponentChildren][] = [
    ["Data", all(({ data }) => data.name)],
    ["Checksum of the data", <code>{all(({ data }) => data.checksum)}</code>],
    ["Seeds", list([...new Set(records.map(({ seed }) => seed))].sort((a, b) => a - b))],
    ["Package", `@batchnorm/from-scratch ${all(({ version }) => version)}`],
    ["Kernels", all(({ kernels }) => kernels)],
    ["Deno", all(({ environment }) => environment.deno)],
    [
      "TensorFlow.js",
      all(({ environment }) => `${environment.tensorflow}, ${environment.backend} backend`),
    ],
    [
      "Machine",
      all(({ environment: { cpu, cores, os } }) => `${cpu}, ${count(cores, "core")}, ${os}`),
    ],
    ["Trials side by side", all(({ environment }) => environment.jobs)],
    ["Trials started", `${started[0]} to ${started.at(-1)}`],
    ["Time in trials", `${duration(seconds)}, added up over ${count(records.length, "trial")}`],
  ];
  if (preset) entries.unshift(["Preset", `${preset.name}: ${preset.description}`]);
  return (
    <>
      <dl>
        {entries.map(([term, description]) => (
          <>
            <dt>{term}</dt>
            <dd>{description}</dd>
          </>
        ))}
      </dl>
      <p>
        To make this page again: <code>{command}</code>.
      </p>
    </>
  );
}

function TrialTable({ experiments }: { experiments: ExperimentSummary[] }) {
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
          <th scope="col" rowSpan={2} class="number">Seconds</th>
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

/** A table; a wide one scrolls in a box of its own, which the keyboard can reach. */
function Table(
  { id, caption, children }: {
    id: string;
    caption: ComponentChildren;
    children: ComponentChildren;
  },
) {
  return (
    <div class="scroll" tabIndex={0} role="region" aria-labelledby={id}>
      <table>
        <caption id={id}>{caption}</caption>
        {children}
      </table>
    </div>
  );
}

/** A figure; `draw.js` draws the data that stand beside it as JSON. */
function Plot(
  { wide, narrow = wide, caption }: { wide: Figure; narrow?: Figure; caption: string },
) {
  const json = JSON.stringify({ data: wide.data, wide: wide.layout, narrow: narrow.layout })
    .replaceAll("<", "\\u003c");
  return (
    <figure>
      <div class="plot" role="img" aria-label={wide.description} />
      <script type="application/json" dangerouslySetInnerHTML={{ __html: json }} />
      <noscript>
        <p>This figure is drawn by a script; its numbers stand in the tables.</p>
      </noscript>
      <figcaption>{caption}</figcaption>
    </figure>
  );
}

function loss(score: { loss: number | null } | null | undefined): string {
  if (!score) return "–";
  return score.loss === null ? "not finite" : score.loss.toFixed(4);
}

function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? "" : "s"}`;
}

function list(items: readonly (string | number)[]): string {
  return items.join(", ");
}

function duration(seconds: number): string {
  if (seconds < 120) return `${seconds.toFixed(0)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 120 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
