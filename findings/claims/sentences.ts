/**
 * A claim's comparisons in sentences that say no more than their verdicts.
 *
 * @module
 */
import { count } from "../../experiments/format.ts";
import type { Contrast, JudgedContrast } from "./claim.ts";
import { intervalName, points, signed } from "../words.ts";

/** A comparison in one sentence that says no more than its verdict. */
export function contrastSentence(contrast: JudgedContrast): string {
  const { subject, first, second, difference } = contrast;
  const { summary, verdict } = difference;
  const sides = `${first.words} minus ${second.words}`;
  if (summary === null) return `${subject}: no paired trials of ${sides}.`;
  const pairs = count(summary.n, "paired trial");
  const basis = summary.interval === null
    ? pairs
    : `${intervalName(difference)} ${intervalOf(contrast).join(" to ")}, ${pairs}, ` +
      `standard deviation between seeds ${amount(contrast, summary.standardDeviation!)}`;
  return `${subject}: ${sides} is ${amount(contrast, summary.mean)} ${contrast.unit} (${basis}): ` +
    `${verdict}.${divergedWords(contrast)}${impossibleWords(contrast)}`;
}

/** Differences of accuracies lie within 100 points; an interval that does not is no description. */
function impossibleWords({ unit, difference: { summary } }: JudgedContrast): string {
  const beyond = unit === "points" && summary?.interval?.some((bound) => Math.abs(bound) > 1);
  return beyond
    ? " No difference can exceed 100 points: the interval of Student's t does not describe so few " +
      "and so unlike trials."
    : "";
}

/** A bound of 0.00 would not tell on which side of 0 it lies. */
export function intervalOf(contrast: Pick<JudgedContrast, "difference" | "unit">): string[] {
  const bounds = contrast.difference.summary?.interval ?? [];
  const short = bounds.map((bound) => amount(contrast, bound));
  const bare = short.some((text) => Number(text.replace("−", "-")) === 0);
  return bare ? bounds.map((bound) => amount(contrast, bound, 2)) : short;
}

/** Trials that diverged; a mean and an interval tell little of them. */
function divergedWords({ first, second, trials }: JudgedContrast): string {
  const sides = [{ ...first, ...trials.first }, { ...second, ...trials.second }]
    .filter(({ diverged }) => diverged > 0)
    .map(({ words, count, diverged }) => `${diverged} of ${count} trials ${words}`);
  return sides.length > 0 ? ` Diverged: ${sides.join(", ")}.` : "";
}

/** A number of a comparison as tables show it, with more decimals where it takes them. */
export function amount({ unit }: Pick<Contrast, "unit">, value: number, more = 0): string {
  return unit === "points" ? points(value, 2 + more) : signed(value, 3 + more);
}
