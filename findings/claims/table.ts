/**
 * Claims as tables and in sentences.
 *
 * @module
 */
import { markdownTable } from "../../experiments/markdown.ts";
import { type Verdict, VERDICTS } from "../verdict.ts";
import type { JudgedClaim, JudgedComparison } from "./claim.ts";
import { besideSentence, comparisonSentence, seedWords, sizeWords, testWords } from "./words.ts";

/**
 * Claim, size with interval, seeds for it, verdict: a row for each comparison, decided claims first. Where
 * comparisons of a claim come out differently, each one's own verdict stands in parentheses, and with
 * what is open the seeds that would decide it.
 */
export function claimTable(claims: readonly JudgedClaim[]): string {
  const rank = ({ verdict }: { verdict: Verdict }) => VERDICTS.indexOf(verdict);
  const parts = claims.flatMap(({ claim, parts }) => parts.map((part) => ({ claim, ...part })))
    .toSorted((a, b) => rank(a) - rank(b));
  const rows = parts.flatMap(({ claim, title, verdict, comparisons }) => {
    const unlike = comparisons.some((one) => one.verdict !== verdict);
    return comparisons.map((comparison, i) => {
      const own = [unlike ? comparison.verdict : "", whyUndecided(comparison)].filter(Boolean).join(
        ", ",
      );
      return [
        i === 0 ? claim.id : "",
        i === 0 ? [claim.name, title].filter(Boolean).join(": ") : "",
        comparison.subject,
        sizeWords(comparison),
        seedWords(comparison),
        [i === 0 && `**${verdict}**`, own && `(${own})`].filter(Boolean).join(" "),
      ];
    });
  });
  return markdownTable(
    ["", "claim", "comparison", "size (interval)", "seeds in favour", "verdict"],
    rows,
  );
}

/** What it would take to decide a comparison: seeds, or trials at all. */
function whyUndecided({ verdict, seedsNeeded }: JudgedComparison): string {
  if (verdict === "not tested") return "trials missing";
  if (verdict !== "open") return "";
  return seedsNeeded
    ? `about ${seedsNeeded} seeds would decide`
    : "more than 60 seeds, or not known";
}

/** What the design names and no trial tests. */
export const LEFT_OUT =
  "Planned and not tested: B5, C6, C7, D5, and D4 for the CNN (findings/design.md).";

/** Before minus after by ε, the scale of the input and the activation: T2 of findings/design.md. */
export function placeTable(claims: readonly JudgedClaim[]): string {
  return claimTable(claims.filter(({ claim: { id } }) => ["A3", "A4", "E3"].includes(id)));
}

/** With against without, by what it is good for: T3 of findings/design.md. */
export function withAndWithoutTable(claims: readonly JudgedClaim[]): string {
  const ids = ["A1", "A2", "A2b", "B1", "B2", "B3", "D3"];
  return claimTable(claims.filter(({ claim: { id } }) => ids.includes(id)));
}

/** A claim in words: what is asked and by whom, each comparison, and the tests behind them. */
export function claimText({ claim, parts, beside }: JudgedClaim): string {
  const { id, name, question, quotation } = claim;
  const said = quotation
    ? [
      quotation.paraphrase
        ? `In our words: ${quotation.text} (${quotation.source}).`
        : `> ${quotation.text}\n>\n> (${quotation.source})`,
    ]
    : [];
  const of = (title: string | undefined, verdict: Verdict) =>
    `${title ? `${title}: ` : ""}**${verdict}**`;
  return [
    `### ${id}: ${name}`,
    ...said,
    question,
    ...parts.map(({ title, verdict, comparisons }) =>
      [
        of(title, verdict) + ".",
        ...comparisons.map((one) => `- ${comparisonSentence(one)} (${testWords(one)})`),
      ].join("\n")
    ),
    ...beside.length > 0
      ? [
        ["Beside it, without a verdict:", ...beside.map((one) => `- ${besideSentence(one)}`)].join(
          "\n",
        ),
      ]
      : [],
  ].join("\n\n");
}
