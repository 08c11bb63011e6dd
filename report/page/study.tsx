/**
 * What a single preset does not hold: learning rates, the assignment's claims, longer training.
 *
 * @module
 */
import {
  claimTable,
  findingText,
  judgeClaims,
  longTable,
  rateTable,
  tunedTable,
  verdictList,
} from "../../findings/findings.ts";
import { comparePlacementPairs, modelsAtOwnRate } from "../../findings/side_by_side.ts";
import type { TrialRecord } from "../../experiments/record.ts";
import type { Study } from "../evidence.ts";
import { learningCurves, rateGrid } from "../../figures/mod.ts";
import { claimDifferences } from "../../figures/paired_differences.ts";
import { MarkdownTable, Plot, Prose } from "./parts.tsx";
import { DifferencePlot, Pairs } from "./placement.tsx";

/** Where the trials of this part come from, if not from the folder that the page is about. */
function StudySource({ study }: { study: Study }) {
  if (!study.isReference) return null;
  return (
    <p class="source">
      This section shows the trials of the reference run, which the repository holds, not those of
      the tables above: the preset of this page does not contain them.
    </p>
  );
}

/** How trials that belong together were run: how many, on how many images, how long, with which seeds. */
function protocolText(records: readonly TrialRecord[]): string {
  const all = <T,>(value: (record: TrialRecord) => T) => [...new Set(records.map(value))];
  const numbers = (value: (record: TrialRecord) => number) =>
    all(value).sort((a, b) => a - b).map((n) => n.toLocaleString("en-US")).join(", ");
  return `${records.length.toLocaleString("en-US")} trials of ` +
    `${all(({ experiment }) => experiment.name).length} experiments; training images: ` +
    `${numbers(({ experiment }) => experiment.images.train)}; epochs: ` +
    `${numbers(({ experiment }) => experiment.epochs)}; seeds: ${numbers(({ seed }) => seed)}.`;
}

/** The sweep of learning rates, and the comparison again at each model's own rate. */
export function LearningRates({ study }: { study: Study }) {
  const { records: { full, tuned, rates } } = study;
  const own = comparePlacementPairs(modelsAtOwnRate(full, tuned));
  return (
    <>
      <StudySource study={study} />
      <p>
        One shared rate is no fair comparison of placements: it may suit one and be too low or too
        high for another. So every model was trained at every rate of a grid, with seeds that are
        used for nothing else, and scored on the validation images. A grid of few seeds describes:
        rates a tenth of a point apart are a choice by chance.
      </p>
      <Prose text={protocolText(rates)} />
      <Plot
        wide={rateGrid(rates)}
        caption={"Validation accuracy by the start value of the learning rate: mean of the trials that " +
          "learned; the strip below holds those that did not."}
      />
      <MarkdownTable
        id="rates-table"
        caption={"Validation accuracy in percent at each rate, with dataset statistics where there is BN: " +
          "mean of all trials, those that failed included; the best of each model is bold, and the " +
          "last column has all rates within one point of it."}
        text={rateTable(rates)}
      />
      {tuned.length > 0 && (
        <>
          <h3>Each at its own rate</h3>
          <MarkdownTable
            id="tuned-table"
            caption={"Test accuracy in percent with dataset statistics, at the shared and at the own " +
              "rate: mean ± standard deviation."}
            text={tunedTable(full, tuned)}
          />
          <Pairs
            id="own-pairs"
            pairs={own}
            caption="Differences of test accuracy in points at own rates, paired by seed."
            plotCaption="Differences at own rates: mean and widened interval of each."
          />
        </>
      )}
    </>
  );
}

/** A figure of more rows than this would be cut on paper. */
const ROWS_ON_A_PAGE = 16;

function pagesOf<T>(rows: readonly T[]): T[][] {
  const pages = Math.ceil(rows.length / ROWS_ON_A_PAGE);
  const size = Math.ceil(rows.length / pages);
  return Array.from({ length: pages }, (_, i) => rows.slice(i * size, (i + 1) * size));
}

/** The assignment's claims, judged. */
export function Claims({ study }: { study: Study }) {
  const findings = judgeClaims(study.records.claims);
  return (
    <>
      <StudySource study={study} />
      <p>
        Each claim of the assignment&apos;s text is written down as comparisons of small trials that
        differ in one factor. It held if every comparison comes out in its favour, did not hold if
        at least one comes out against it, and is not decidable here otherwise.
      </p>
      <Prose text={protocolText(study.records.claims)} />
      <Prose text={verdictList(findings)} />
      {pagesOf(claimDifferences(findings)).map((rows) => (
        <DifferencePlot
          rows={rows}
          caption={"Comparisons of the claims: mean and interval of each difference. Positive " +
            "numbers speak for the claim."}
        />
      ))}
      <MarkdownTable
        id="claims-table"
        caption="Every claim with its verdict and the differences behind it, intervals in brackets."
        text={claimTable(findings)}
      />
      <details>
        <summary>Every claim in words</summary>
        <Prose text={findings.map(findingText).join("\n\n")} />
      </details>
    </>
  );
}

/** What more epochs give. */
export function LongerTraining({ study }: { study: Study }) {
  const { records: { full, long } } = study;
  return (
    <>
      <StudySource study={study} />
      <p>
        A single long trial has no interval: this describes these runs and gives no verdict.
      </p>
      <Plot
        wide={learningCurves(long)}
        narrow={learningCurves(long, { columns: 1 })}
        caption="Learning curves of the longer runs, one trial of each model; signs as above."
      />
      <MarkdownTable
        id="long-table"
        caption={"Test accuracy, and training minus test accuracy in points, after few and after " +
          "many epochs."}
        text={longTable(full, long)}
      />
    </>
  );
}
