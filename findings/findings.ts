/**
 * What the records say, in words and tables: the one place where results become sentences. Notebooks,
 * the report and the commands print what stands here.
 *
 * Pure functions from records to Markdown.
 *
 * @module
 */
import {
  amount,
  type Claim,
  contrastSentence,
  type Finding,
  intervalOf,
  judgeClaim,
} from "./claims/claim.ts";
import { CLAIMS } from "./claims/mod.ts";
import { GUESSING } from "./claim_findings.ts";
import { DEFAULTS } from "../experiments/experiment.ts";
import { markdownTable } from "../experiments/markdown.ts";
import { atOwnRate } from "./side_by_side.ts";
import {
  BEST_RATES,
  bestRate,
  RATE_GRID,
  RATED_MODELS,
  type RatedModel,
  rateScores,
} from "../experiments/rates.ts";
import type { TrialRecord } from "../experiments/record.ts";
import { meanAndDeviation, points, type Summary } from "./statistics.ts";
import { type ResultSummary, summarizeExperiments } from "./summary.ts";

export * from "./side_by_side_findings.ts";

/** All claims judged by the records of the `claims` preset. */
export function judgeClaims(
  records: readonly TrialRecord[],
  claims: readonly Claim[] = CLAIMS,
): Finding[] {
  return claims.map((claim) => judgeClaim(claim, records));
}

/** One row for each comparison; a claim and its verdict stand in the first row of theirs. */
export function claimTable(findings: readonly Finding[]): string {
  return markdownTable(
    [
      { title: "claim: verdict" },
      { title: "comparison" },
      { title: "difference [interval]", numeric: true },
      { title: "outcome" },
    ],
    findings.flatMap(({ claim, verdict, contrasts }) =>
      contrasts.map((contrast, i) => {
        const { first, second, subject, difference: { summary, verdict: outcome } } = contrast;
        const interval = summary?.interval ? ` [${intervalOf(contrast).join(", ")}]` : "";
        return [
          i === 0 ? `${claim.name}: **${verdict}**` : "",
          `${subject}: ${first.words} minus ${second.words}`,
          summary ? amount(contrast, summary.mean) + interval : "–",
          outcome,
        ];
      })
    ),
  );
}

/** A claim's statement, question, verdict and every comparison in a sentence of its own. */
export function findingText({ claim, verdict, contrasts }: Finding): string {
  return [
    `**${claim.name}: ${verdict}.** “${claim.statement}” (${claim.source})`,
    claim.question,
    contrasts.map((contrast) => `- ${contrastSentence(contrast)}`).join("\n"),
  ].join("\n\n");
}

/**
 * The findings of these claims, one below the other.
 *
 * @throws {RangeError} If there is none of a claim.
 */
export function findingsText(findings: readonly Finding[], names: readonly string[]): string {
  const there = findings.map(({ claim }) => claim.name);
  const missing = names.find((name) => !there.includes(name));
  if (missing !== undefined) {
    throw new RangeError(`There is no finding of claim "${missing}": ${there.join(", ")}.`);
  }
  return findings.filter(({ claim }) => names.includes(claim.name)).map(findingText).join("\n\n");
}

/** Test accuracy of each experiment, in percent: mean ± sample deviation and interval. */
export function accuracyTable({ experiments }: ResultSummary): string {
  const cell = (summary: Summary | null) => summary ? meanAndDeviation(summary) : "–";
  const interval = (summary: Summary | null) =>
    summary?.interval ? summary.interval.map((bound) => points(bound)).join(" to ") : "–";
  return markdownTable(
    [
      { title: "model" },
      { title: "trials", numeric: true },
      { title: "moving statistics", numeric: true },
      { title: "exact statistics", numeric: true },
      { title: "95 % interval", numeric: true },
      { title: "exact − moving", numeric: true },
    ],
    experiments.map(({ label, test, gap }) => [
      label,
      String(test.moving.n),
      cell(test.moving),
      cell(test.dataset),
      interval(test.dataset ?? test.moving),
      gap ? points(gap.mean) : "–",
    ]),
  );
}

/**
 * Validation accuracy of every model at every rate of the grid, mean of all trials, those that failed
 * included and counted in brackets; the best in bold.
 */
export function rateTable(records: readonly TrialRecord[]): string {
  return markdownTable(
    [
      { title: "model" },
      ...RATE_GRID.map((rate) => ({ title: String(rate), numeric: true })),
      { title: "best", numeric: true },
    ],
    RATED_MODELS.map((model) => {
      const best = bestRate(model, records);
      const scores = new Map(
        rateScores(model, records).map((score) => [score.learningRate, score]),
      );
      return [
        model,
        ...RATE_GRID.map((rate) => {
          const score = scores.get(rate);
          const failed = score?.accuracies.filter((accuracy) => accuracy <= GUESSING).length ?? 0;
          const text = score ? points(score.mean) + (failed > 0 ? ` (${failed} failed)` : "") : "–";
          return rate === best ? `**${text}**` : text;
        }),
        best === undefined ? "–" : String(best),
      ];
    }),
  );
}

/**
 * Each model at the shared rate and at its own best one: the same trials by the same seeds.
 *
 * @param shared Records at the shared rate.
 * @param tuned Records at the own best rates, of the models whose best is another.
 */
export function tunedTable(
  shared: readonly TrialRecord[],
  tuned: readonly TrialRecord[],
): string {
  const own = (model: RatedModel) => atOwnRate(model, shared, tuned);
  const accuracy = (records: readonly TrialRecord[]) => {
    if (records.length === 0) return "–";
    const [{ test }] = summarizeExperiments(records).experiments;
    return meanAndDeviation(test.dataset ?? test.moving);
  };
  return markdownTable(
    [
      { title: "model" },
      { title: `at ${DEFAULTS.learningRate}`, numeric: true },
      { title: "own rate", numeric: true },
      { title: "at its own rate", numeric: true },
    ],
    RATED_MODELS.map((model) => {
      const best = own(model);
      return [
        model,
        accuracy(shared.filter(({ experiment }) => experiment.name === model)),
        String(BEST_RATES[model]),
        accuracy(best),
      ];
    }),
  );
}

export * from "./trial_findings.ts";
export * from "./inside_findings.ts";
export * from "./claim_findings.ts";
export * from "./abstract_findings.ts";
export * from "./target_findings.ts";
