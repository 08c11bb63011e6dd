/**
 * A few trials of one's own beside the reference run: not a verdict, which three pairs cannot give, but
 * whether they are what the reference run lets expect.
 *
 * @module
 */
import { markdownTable } from "../../experiments/markdown.ts";
import type { TrialRecord } from "../../experiments/record.ts";
import { changed } from "../../experiments/sweeps/row.ts";
import { predictionInterval, type Summary } from "../statistics.ts";
import type { Verdict } from "../verdict.ts";
import { compare, type Comparison, judgeBy, MARGIN, type Unit } from "./claim.ts";
import { CLAIMS } from "./mod.ts";
import { Trials } from "./trials.ts";
import { amount, sizeWords } from "./words.ts";

/** One comparison, of one's own trials and of the reference run's. */
export interface Beside {
  subject: string;
  unit: Unit;
  /** Of one's own differences; null where a trial failed, or where a comparison has no mean. */
  own: Summary | null;
  /** Own pairs, and in how many the first is higher. */
  pairs: number;
  higher: number;
  /** The reference run's size with its interval, and its verdict. */
  reference: { size: string; verdict: Verdict };
  /** Where the mean of so many more pairs lies, 19 times in 20. */
  predicted: [low: number, high: number] | null;
  /** Null where nothing is predicted. */
  inLine: boolean | null;
}

/** The comparisons of the assignment's four models, at the rate that all share. */
export function assignmentComparisons(): Comparison[] {
  return (["mlp", "cnn"] as const).map((model) =>
    compare(
      `${model.toUpperCase()}, before − after`,
      changed(`${model}-pre`),
      changed(`${model}-post`),
      { margin: MARGIN.all },
    )
  );
}

/** Those of all claims, by the claims' names. */
export function claimComparisons(): Comparison[] {
  return CLAIMS.flatMap(({ id, name, parts }) =>
    parts.flatMap(({ title, comparisons }) =>
      comparisons.map((comparison) => ({
        ...comparison,
        subject: [`${id}, ${name}`, title, comparison.subject].filter(Boolean).join(": "),
      }))
    )
  );
}

/**
 * One's own trials beside the reference run's, for comparisons that both have; none where the data are
 * not the same.
 *
 * @param own Records of the same experiments; their seeds are others.
 */
export function besideReference(
  comparisons: readonly Comparison[],
  own: readonly TrialRecord[],
  reference: readonly TrialRecord[],
): Beside[] {
  const data = new Set([...own, ...reference].map(({ data }) => data.checksum));
  if (data.size !== 1) return [];
  const [mine, theirs] = [new Trials(own), new Trials(reference)];
  return comparisons.flatMap((comparison) => {
    const [here, judged] = [mine, theirs].map((trials) => judgeBy(trials, comparison));
    const pairs = here.pairs.length;
    if (pairs === 0 || judged.pairs.length === 0) return [];
    const predicted = here.mean && judged.mean ? predictionInterval(judged.mean, pairs) : null;
    return [{
      subject: comparison.subject,
      unit: comparison.unit,
      own: here.mean,
      pairs,
      higher: here.signs.higher,
      reference: { size: sizeWords(judged), verdict: judged.verdict },
      predicted,
      inLine: predicted && here.mean!.mean >= predicted[0] && here.mean!.mean <= predicted[1],
    }];
  });
}

/** The same as a table. */
export function besideTable(rows: readonly Beside[]): string {
  return markdownTable(
    ["difference", "these trials", "reference run", "its verdict", "expected here", ""],
    rows.map(({ subject, unit, own, pairs, higher, reference, predicted, inLine }) => [
      subject,
      own
        ? `${amount(own.mean, unit)} (${higher} of ${pairs} higher)`
        : `${higher} of ${pairs} higher`,
      reference.size,
      reference.verdict,
      predicted ? predicted.map((bound) => amount(bound, unit)).join(" to ") : "–",
      inLine === null ? "" : inLine ? "in line" : "**not in line**",
    ]),
  );
}
