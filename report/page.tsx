// deno-lint-ignore-file jsx-key -- rendered once, to a string: no list is ever updated
/**
 * The report as one HTML page: records in, a string out. Every number and every verdict is computed
 * from the records; with other records the page says other things.
 *
 * @module
 */
import type { ComponentChildren } from "preact";
import { renderToStringAsync } from "preact-render-to-string";
import plotly from "plotly.js-cartesian-dist-min/plotly-cartesian.min.js" with { type: "text" };
import { type Comparison, judgeClaims, type JudgedComparison } from "../findings/claims/claim.ts";
import { CLAIMS } from "../findings/claims/mod.ts";
import { headline } from "../findings/claims/headline.ts";
import {
  assignmentComparisons,
  besideReference,
  claimComparisons,
} from "../findings/claims/in_line.ts";
import { basisText } from "../findings/abstract.ts";
import { FOUR, type Preset } from "../experiments/presets.ts";
import { missingTrials } from "../experiments/missing.ts";
import { pathOf, type RecordFile } from "../experiments/records.ts";
import type { TrialRecord } from "../experiments/record.ts";
import {
  comparePlacements,
  modelsIn,
  type ModelTrials,
  placementSentences,
} from "../findings/side_by_side.ts";
import { type ExperimentSummary, summarizeExperiments } from "../findings/summary.ts";
import draw from "../figures/picture/draw.js" with { type: "text" };
import { assigned, ExperimentText } from "./page/experiments.tsx";
import { Configuration, Models } from "./page/models.tsx";
import { Prose, unbroken, WithPictures } from "./page/parts.tsx";
import { BesideReference, Claims, Differences, Headline, WhereItTrains } from "./page/evidence.tsx";
import { Provenance } from "./page/provenance.tsx";
import { Accuracy } from "./page/results.tsx";
import { Abstract, TITLE, Title, type TitleBlock } from "./page/title.tsx";
import { Inside, LearningCurves } from "./page/training.tsx";
import css from "./style.css" with { type: "text" };
import limits from "./text/limits.md" with { type: "text" };
import limitsOfDesign from "./text/limits_design.md" with { type: "text" };
import method from "./text/method.md" with { type: "text" };
import question from "./text/question.md" with { type: "text" };
import references from "./text/references.md" with { type: "text" };
import trials from "./text/trials.md" with { type: "text" };
import trialsOfDesign from "./text/trials_design.md" with { type: "text" };

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
  /** All trials of findings/design.md. */
  design?: readonly TrialRecord[];
  /** Those of the reference run, which others stand beside. */
  reference?: readonly TrialRecord[];
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
        <code>deno task report</code> runs trials and writes the page that shows them.
      </p>
      <Notes sentences={damaged} />
    </>
  );
}

/** A part of the page with a heading of its own. */
type Section = [id: string, title: string, body: ComponentChildren];

function Results(content: PageContent) {
  const { records, damaged = [], preset } = content;
  const summary = summarizeExperiments(records);
  const missing = preset ? missingTrials(preset, records) : [];
  const models = modelsIn(summary);
  const differences = comparePlacements(models);
  const said = content.design && headline(content.design);
  const sections = sectionsOf(content, summary.experiments, models, differences, said);
  return (
    <>
      <Abstract text={abstractOf(summary.experiments, differences, said)} />
      <Notes
        sentences={[
          ...damaged,
          ...summary.warnings,
          ...missing.map(({ name, seeds }) =>
            `${name}: no trial with ${seeds.length === 1 ? "seed" : "seeds"} ${
              seeds.join(", ")
            } of preset ${preset!.name}.`
          ),
          ...(preset ? [] : missingOfFour(summary.experiments)),
        ]}
      />
      <nav aria-label="Contents">
        <ol>
          {sections.map(([id, title]) => (
            <li>
              <a href={`#${id}`}>{title}</a>
            </li>
          ))}
        </ol>
      </nav>
      {sections.map(([id, title, body], i) => (
        <section aria-labelledby={id}>
          <h2 id={id}>{i + 1} {title}</h2>
          {body}
        </section>
      ))}
    </>
  );
}

/** The abstract: of the design's trials what the headline says, else before against after. */
function abstractOf(
  experiments: readonly ExperimentSummary[],
  differences: readonly JudgedComparison[],
  said?: ReturnType<typeof headline>,
): string {
  const basis = basisText(experiments);
  const placements = placementSentences(differences);
  const rest = said
    ? said.sentences
    : placements
    ? ["BN before against BN after the activation:", placements]
    : [];
  return [basis, ...rest].join("\n\n");
}

/** What the page consists of, in order; a part without a body is left out. */
function sectionsOf(
  content: PageContent,
  experiments: ExperimentSummary[],
  models: ModelTrials[],
  differences: JudgedComparison[],
  said?: ReturnType<typeof headline>,
): Section[] {
  const { records, design, reference = [], preset, command = "deno task report", commit } = content;
  const four = assigned(experiments);
  const besides = (comparisons: () => Comparison[]) =>
    reference.length > 0 ? besideReference(comparisons(), records, reference) : [];
  const ofAssignment = besides(assignmentComparisons);
  const beside = ofAssignment.length > 0 ? ofAssignment : besides(claimComparisons);
  const judged = design && judgeClaims(CLAIMS, design);
  const sections: Section[] = [
    ["question", "The question", <Prose text={question} />],
    ["headline", "Speed and quality", design && said && <Headline records={design} said={said} />],
    ["map", "Where training works", design && <WhereItTrains records={design} />],
    ["method", "Method", <Prose text={`${method}\n${trials}\n${design ? trialsOfDesign : ""}`} />],
    ["models", "The models", <Models experiments={experiments} />],
    ["protocol", "Training", <Configuration experiments={experiments} preset={preset} />],
    ["accuracy", "Accuracy", <Accuracy records={records} experiments={experiments} />],
    [
      "differences",
      "Before against after the activation",
      !design && differences.length > 0 && <Differences comparisons={differences} />,
    ],
    ["beside", "Beside the reference run", beside.length > 0 && <BesideReference rows={beside} />],
    ["curves", "Learning curves", <LearningCurves records={records} />],
    [
      "experiments",
      "The experiments one by one",
      four.length > 0 && four.map((experiment) => <ExperimentText experiment={experiment} />),
    ],
    [
      "inside",
      "Inside the networks",
      four.length > 0 && models.filter(isOneOf(four)).map((model) => <Inside {...model} />),
    ],
    ["claims", "The claims", judged && <Claims claims={judged} />],
    ["limits", "Limits", <Prose text={limits + (design ? limitsOfDesign : "")} />],
    ["references", "References", <Prose text={references} />],
    [
      "reproduce",
      "How to reproduce this",
      <Provenance {...{ records: design ?? records, reference, preset, command, commit }} />,
    ],
  ];
  return sections.filter(([, , body]) => body);
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
