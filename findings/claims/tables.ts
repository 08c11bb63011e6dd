/**
 * The claims with their verdicts, as a table and in sentences.
 *
 * Pure functions from records to Markdown.
 *
 * @module
 */
import { type Claim, type Finding, judgeClaim } from "./claim.ts";
import { CLAIMS } from "./mod.ts";
import { amount, contrastSentence, intervalOf } from "./sentences.ts";
import { markdownTable, numeric } from "../../experiments/markdown.ts";
import type { TrialRecord } from "../../experiments/record.ts";

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
      "claim: verdict",
      "comparison",
      ...numeric("difference [interval]"),
      "outcome",
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

/** Which claims held, which did not, and which are left open. */
export function verdictList(findings: readonly Finding[]): string {
  return (["held", "not held", "not decidable here"] as const).map((verdict) => {
    const names = findings.filter((finding) => finding.verdict === verdict)
      .map(({ claim }) => claim.name);
    return `- **${verdict}**: ${names.join(", ") || "none"}`;
  }).join("\n");
}

/** A claim by its name. */
export function claimOf(name: string): Claim {
  const claim = CLAIMS.find((claim) => claim.name === name);
  if (!claim) throw new Error(`There is no claim "${name}".`);
  return claim;
}
