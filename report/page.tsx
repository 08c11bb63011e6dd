// deno-lint-ignore-file jsx-key -- rendered once, to a string: no list is ever updated
/**
 * The report as one HTML page: records in, a string out. Every number and every sentence about
 * results is computed from the records; with other records the page says other things.
 *
 * @module
 */
import type { ComponentChildren } from "preact";
import { renderToStringAsync } from "preact-render-to-string";
import plotly from "plotly.js-cartesian-dist-min/plotly-cartesian.min.js" with { type: "text" };
import {
  abstractText,
  driftTable,
  pairSentences,
  pairTable,
  timeTable,
} from "../findings/findings.ts";
import { FASHION_MNIST } from "../data/dataset_name.ts";
import { FOUR, type Preset } from "../experiments/presets.ts";
import { missingTrials } from "../experiments/missing.ts";
import { pathOf, type RecordFile } from "../experiments/records.ts";
import type { TrialRecord } from "../experiments/record.ts";
import {
  comparePlacementPairs,
  modelsIn,
  type ModelTrials,
  type PlacementPair,
} from "../findings/side_by_side.ts";
import { type ExperimentSummary, summarizeExperiments } from "../findings/summary.ts";
import draw from "../figures/picture/draw.js" with { type: "text" };
import type { Study } from "./evidence.ts";
import {
  accuracyByTime,
  activationDrift,
  activationMoments,
  gammaBeta,
  learningCurves,
  testAccuracy,
} from "../figures/mod.ts";
import { assigned, ExperimentText } from "./page/experiments.tsx";
import { Configuration, Models } from "./page/models.tsx";
import { list, MarkdownTable, Plot, Prose, unbroken, WithPictures } from "./page/parts.tsx";
import { Provenance } from "./page/provenance.tsx";
import { AccuracyTable, StatisticsNotes, TrialTable } from "./page/results.tsx";
import { Claims, LearningRates, LongerTraining, PairPlot } from "./page/study.tsx";
import { Abstract, TITLE, Title, type TitleBlock } from "./page/title.tsx";
import css from "./style.css" with { type: "text" };
import limits from "./text/limits.md" with { type: "text" };
import method from "./text/method.md" with { type: "text" };
import question from "./text/question.md" with { type: "text" };
import reference from "./text/reference.md" with { type: "text" };
import references from "./text/references.md" with { type: "text" };

/** What the page is made of. */
export interface PageContent {
  /**
   * The command that makes this page.
   * @default "deno task report"
   */
  command?: string;
  records: readonly TrialRecord[];
  /** Their files, which the page lists so that a program can tell which records it shows. */
  files?: readonly RecordFile[];
  /** What the preset of the records does not hold. */
  study?: Study;
  /** Where the records were read from, to name it where there are none. */
  folder?: URL;
  /** One sentence for each file that should be a record and cannot be read. */
  damaged?: readonly string[];
  /** The preset that the records should complete; trials that it lacks are named. */
  preset?: Preset;
  /** Who hands it in, for which course, and when. */
  title?: TitleBlock;
  /** The version of the source that makes this page, as version control names it. */
  commit?: string;
  /**
   * Whether figures carry a picture of themselves, for paper and for readers without scripts.
   * @default true
   */
  pictures?: boolean;
}

/** The page, complete with styles, figures and the code that draws them; it requests nothing. */
export async function renderPage(content: PageContent): Promise<string> {
  const scripts = content.records.length > 0 ? [plotly, draw].map(asInline) : [];
  const policy = await securityPolicy(scripts);
  const page = (
    <WithPictures.Provider value={content.pictures ?? true}>
      <Page {...content} scripts={scripts} policy={policy} />
    </WithPictures.Provider>
  );
  return "<!DOCTYPE html>\n" + await renderToStringAsync(page) + "\n";
}

/**
 * The page holds all it needs; this makes the browser hold it to that, and run these scripts alone.
 * Plotly writes styles.
 */
async function securityPolicy(scripts: readonly string[]): Promise<string> {
  const hashes = await Promise.all(scripts.map(async (code) => {
    const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(code));
    return `'sha256-${new Uint8Array(hash).toBase64()}'`;
  }));
  return [
    "default-src 'none'",
    `script-src ${hashes.join(" ") || "'none'"}`,
    "style-src 'unsafe-inline'",
    "img-src data: blob:",
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
}

/** A script as it stands in a page, to the letter: its hash is of that. */
function asInline(code: string): string {
  // In a script element only this ends the element, and only in a string or a comment can it occur.
  return code.replace(/<(?=\/script|!--)/gi, "\\x3c").replaceAll("\r\n", "\n");
}

type CompletePage = PageContent & { scripts: readonly string[]; policy: string };

function Page({ scripts, policy, ...content }: CompletePage) {
  const { records, files = [], title } = content;
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content={policy} />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>{TITLE}</title>
        <link rel="icon" href="data:," />
        <style dangerouslySetInnerHTML={{ __html: css }} />
      </head>
      <body>
        <main>
          <Title title={title} />
          {records.length === 0 ? <NoRecords {...content} /> : <Results {...content} />}
        </main>
        <Json id="records" value={files} />
        {scripts.map((code) => <script dangerouslySetInnerHTML={{ __html: code }} />)}
      </body>
    </html>
  );
}

function Json({ id, value }: { id: string; value: unknown }) {
  const json = JSON.stringify(value).replaceAll("<", "\\u003c");
  return <script id={id} type="application/json" dangerouslySetInnerHTML={{ __html: json }} />;
}

function NoRecords({ folder, damaged = [] }: PageContent) {
  return (
    <>
      <p class="lead">
        There are no records of trials {folder && <>in {pathOf(folder)}</>}{" "}
        yet, hence nothing to report.
      </p>
      <p>
        <code>{COMMAND}</code> runs trials and writes the page that shows them.
      </p>
      <Notes sentences={damaged} />
    </>
  );
}

const COMMAND = "deno task report";

/** A part of the page with a heading of its own. */
interface Section {
  id: string;
  title: string;
  body: ComponentChildren;
}

function Results(content: PageContent) {
  const { records, damaged = [], preset } = content;
  const summary = summarizeExperiments(records);
  const missing = preset ? missingTrials(preset, records) : [];
  const models = modelsIn(summary);
  const pairs = comparePlacementPairs(models);
  const sections = sectionsOf(content, summary.experiments, models, pairs);
  return (
    <>
      <Abstract text={abstractText(summary, pairs)} />
      <Notes
        sentences={[
          ...damaged,
          ...summary.warnings,
          ...missing.map(({ name, seeds }) =>
            `${name}: no trial with ${seeds.length === 1 ? "seed" : "seeds"} ${
              list(seeds)
            } of preset ${preset!.name}.`
          ),
          ...(preset ? [] : missingOfFour(summary.experiments)),
        ]}
      />
      <nav aria-label="Contents">
        <ol>
          {sections.map(({ id, title }) => (
            <li>
              <a href={`#${id}`}>{title}</a>
            </li>
          ))}
        </ol>
      </nav>
      {sections.map(({ id, title, body }, i) => (
        <section aria-labelledby={id}>
          <h2 id={id}>{i + 1} {title}</h2>
          {body}
        </section>
      ))}
    </>
  );
}

function sectionsOf(
  { records, study, preset, command = COMMAND, commit }: PageContent,
  experiments: ExperimentSummary[],
  models: ModelTrials[],
  pairs: PlacementPair[],
): Section[] {
  const four = assigned(experiments);
  const has = (part: keyof Study["records"]) => study && study.records[part].length > 0;
  const sections: (Section | false | undefined)[] = [
    { id: "question", title: "The question", body: <Prose text={question} /> },
    { id: "method", title: "Method", body: <Prose text={method} /> },
    { id: "models", title: "The models", body: <Models experiments={experiments} /> },
    {
      id: "protocol",
      title: "Training",
      body: <Configuration experiments={experiments} preset={preset} />,
    },
    {
      id: "accuracy",
      title: "Accuracy",
      body: (
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
      ),
    },
    {
      id: "differences",
      title: "Before against after the activation",
      body: <Differences pairs={pairs} />,
    },
    {
      id: "curves",
      title: "Learning curves and time",
      body: <Course records={records} models={models} />,
    },
    four.length > 0 && {
      id: "experiments",
      title: "The experiments one by one",
      body: four.map((experiment) => <ExperimentText experiment={experiment} />),
    },
    four.length > 0 && {
      id: "inside",
      title: "Inside the networks",
      body: models.filter(isOneOf(four)).map((model) => <Inside {...model} />),
    },
    has("rates") && {
      id: "rates",
      title: "Learning rates",
      body: <LearningRates study={study!} />,
    },
    has("claims") && {
      id: "claims",
      title: "The assignment's claims",
      body: <Claims study={study!} />,
    },
    has("long") && {
      id: "longer",
      title: "Longer training",
      body: <LongerTraining study={study!} />,
    },
    has("claims") && records.every(({ data }) => data.checksum === FASHION_MNIST) && {
      id: "reference",
      title: "The reference run, discussed",
      body: <Prose text={reference} />,
    },
    { id: "limits", title: "Limits", body: <Prose text={limits} /> },
    { id: "references", title: "References", body: <Prose text={references} /> },
    {
      id: "reproduce",
      title: "How to reproduce this",
      body: (
        <Provenance
          records={records}
          study={study}
          preset={preset}
          command={command}
          commit={commit}
        />
      ),
    },
  ];
  return sections.filter((section): section is Section => Boolean(section));
}

/** Which of the assignment's four models have no trials, where some of them have. */
function missingOfFour(experiments: readonly ExperimentSummary[]): string[] {
  const there = new Set(experiments.map(({ name }) => name));
  const missing = FOUR.filter((name) => !there.has(name));
  return missing.length === FOUR.length
    ? []
    : missing.map((name) => `${name}: no trial, and the assignment asks for its four models.`);
}

/** Whether a model has trials of these experiments: a sweep has too many models to look into all. */
function isOneOf(experiments: readonly ExperimentSummary[]) {
  const records = new Set(experiments.flatMap(({ records }) => records));
  return ({ trials }: ModelTrials) => Object.values(trials).flat().some((one) => records.has(one));
}

function Notes({ sentences }: { sentences: readonly string[] }) {
  if (sentences.length === 0) return null;
  return (
    <aside class="note" aria-label="Notes on the records">
      <p>
        <strong>Before you read on</strong>
      </p>
      <ul>{sentences.map((sentence) => <li>{unbroken(sentence)}</li>)}</ul>
    </aside>
  );
}

function Differences({ pairs }: { pairs: PlacementPair[] }) {
  if (pairs.length === 0) {
    return (
      <p>
        There is nothing to compare: no two of these experiments differ in the place of batch
        normalization alone.
      </p>
    );
  }
  return (
    <>
      <Prose text={pairSentences(pairs)} />
      <MarkdownTable
        id="pairs-table"
        caption={"Differences of test accuracy in percentage points, with exact statistics where " +
          "there is BN, paired by seed."}
        text={pairTable(pairs)}
      />
      <PairPlot
        pairs={pairs}
        caption={"Each difference with its interval. Filled: the interval excludes 0. Open: the " +
          "trials show no difference."}
      />
      <p>
        An interval tells what other seeds would do on the same split of the same data.
      </p>
    </>
  );
}

function Course({ records, models }: { records: readonly TrialRecord[]; models: ModelTrials[] }) {
  return (
    <>
      <Plot
        wide={learningCurves(records)}
        narrow={learningCurves(records, { columns: 1 })}
        caption={"Solid: validation accuracy after each epoch, in prediction mode with moving " +
          "statistics; thick the mean, thin every trial. Dashed: mean training accuracy over the " +
          "epoch's batches as they were trained on, in training mode, while the weights were still " +
          "changing; it can therefore lie below the validation accuracy."}
      />
      <Plot
        wide={accuracyByTime(records)}
        narrow={accuracyByTime(records, { columns: 1 })}
        caption={"Validation accuracy by seconds of training, on the machine of these trials. Thin: " +
          "trials; thick: their mean accuracy at their median time."}
      />
      <MarkdownTable
        id="time-table"
        caption={"Training time of a trial (median), and when a model reaches what the same model without " +
          "BN reaches at its end. Times depend on the machine and on what ran beside the trials; epochs " +
          "hold for any."}
        text={timeTable(models)}
      />
    </>
  );
}

/** A name as part of an element's id. */
function idOf(name: string): string {
  return name.replace(/\W+/g, "-");
}

/** What happens in the layers of one model: drift of the activations' inputs, γ and β. */
function Inside({ model, trials }: ModelTrials) {
  const records = [...trials.none, ...trials.pre, ...trials.post];
  const course = records.some(({ epochs }) => epochs.length > 1);
  return (
    <>
      <h3>{model}</h3>
      {course && (
        <>
          <Plot
            wide={activationMoments(records)}
            caption={"Inputs of the activations: mean and standard deviation of each layer after each epoch, on " +
              "the first validation images. Thin: trials; thick: means."}
          />
          <Plot
            wide={activationDrift(records)}
            caption={"Drift: how far the inputs of the activations moved since the epoch before, in " +
              "standard deviations of each unit."}
          />
          <MarkdownTable
            id={`drift-${idOf(model)}`}
            caption={"Drift of the inputs of the activations per epoch, mean over layers, and the " +
              "smallest and largest standard deviation of a layer."}
            text={driftTable(records)}
          />
        </>
      )}
      <Plot
        wide={gammaBeta(records)}
        narrow={gammaBeta(records, { columns: 1 })}
        caption={"What BN learned. Box: the middle half of the channels of all trials; whiskers: " +
          "the middle 90 %; small marks: extremes. Third panel: channels whose input never varies."}
      />
    </>
  );
}
