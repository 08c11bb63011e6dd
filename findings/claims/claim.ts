/**
 * What a claim is: a question, the words that make it, and comparisons of trials by number. What
 * follows from them is `findings/verdict.ts`'s, by one rule for all.
 *
 * @module
 */
import type { Experiment } from "../../experiments/experiment.ts";
import type { TrialRecord } from "../../experiments/record.ts";
import {
  judge,
  judgeComparison,
  type Judged,
  type Pair,
  type Question,
  type Verdict,
} from "../verdict.ts";
import { type Outcome, Trials } from "./trials.ts";

/** How the numbers of a comparison are written. */
export type Unit =
  | "points"
  | "nats"
  | "logarithms"
  | "log ratio"
  | "tenfolds"
  | "cells"
  | "trials";

/** A comparison that would have to come out as its question asks, if the claim holds. */
export interface Comparison extends Question {
  /** What is compared, in words: `MLP, before the activation − none`. */
  subject: string;
  unit: Unit;
  pairsIn(trials: Trials): Pair[];
}

/** A part of a claim that has a verdict of its own: one model, one length of training. */
export interface Part {
  /** What it is about, where a claim has several. */
  title?: string;
  comparisons: Comparison[];
}

/** A claim. */
export interface Claim {
  /** As in findings/design.md. */
  id: string;
  /** A few words. */
  name: string;
  question: string;
  /** The words of who says it, or what they say in ours; absent where nobody claims it. */
  quotation?: { text: string; source: string; paraphrase?: boolean };
  /** Whether it says "always" or "only". */
  wording?: "tends" | "always";
  parts: Part[];
  /** What is shown by its size, without a verdict. */
  beside?: Comparison[];
}

/** A comparison with what came out. */
export type JudgedComparison = Comparison & Judged;

/** A part with its verdict. */
export interface JudgedPart {
  title?: string;
  verdict: Verdict;
  comparisons: JudgedComparison[];
}

/** A claim with what came out. */
export interface JudgedClaim {
  claim: Claim;
  parts: JudgedPart[];
  beside: JudgedComparison[];
}

/** The comparisons of a claim; those of the same words in several parts under their part's name too. */
export function comparisonsOf({ parts }: JudgedClaim): JudgedComparison[] {
  const subjects = parts.flatMap(({ comparisons }) => comparisons.map(({ subject }) => subject));
  const isOnce = (subject: string) => subjects.indexOf(subject) === subjects.lastIndexOf(subject);
  return parts.flatMap(({ title, comparisons }) =>
    comparisons.map((one) => ({
      ...one,
      subject: isOnce(one.subject) ? one.subject : `${title}: ${one.subject}`,
    }))
  );
}

/** Judges one comparison by trials, of which it takes its own. */
export function judgeBy(trials: Trials, comparison: Comparison): JudgedComparison {
  return { ...comparison, ...judgeComparison(comparison.pairsIn(trials), comparison) };
}

/** Judges claims by trials, of which each takes its own. */
export function judgeClaims(
  claims: readonly Claim[],
  records: readonly TrialRecord[],
): JudgedClaim[] {
  const trials = new Trials(records);
  const judged = (comparisons: readonly Comparison[]) =>
    comparisons.map((comparison) => judgeBy(trials, comparison));
  return claims.map((claim) => ({
    claim,
    parts: claim.parts.map(({ title, comparisons }) => {
      const all = judged(comparisons);
      return { title, verdict: judge(all, claim.wording), comparisons: all };
    }),
    beside: judged(claim.beside ?? []),
  }));
}

/** Margins of findings/design.md, as fractions. */
export const MARGIN = { all: 0.003, tenThousand: 0.005, statistics: 0.002 };

/** Options of a comparison of two experiments. */
interface Options extends Partial<Question> {
  unit?: Unit;
  /** Undefined where a trial that learned has none. */
  value?: (record: TrialRecord) => number | undefined;
}

/** A comparison of two experiments, by test accuracy unless another number is named. */
export function compare(
  subject: string,
  first: Experiment,
  second: Experiment,
  { asks = "more", margin, unit = "points", value }: Options = {},
): Comparison {
  return {
    ...{ subject, asks, margin, unit },
    pairsIn: (trials) =>
      trials.pairs([first, second], ([a, b], outcome) => [outcome(a), outcome(b)], value),
  };
}

/** A comparison of two sets of experiments, by one number of all trials of a seed in each. */
export function compareSets(
  subject: string,
  first: readonly Experiment[],
  second: readonly Experiment[],
  number: (records: readonly TrialRecord[]) => Outcome,
  { asks = "more", margin, unit = "points" }: Omit<Options, "value"> = {},
): Comparison {
  return {
    ...{ subject, asks, margin, unit },
    pairsIn: (trials) =>
      trials.pairs([...first, ...second], (records) => [
        number(records.slice(0, first.length)),
        number(records.slice(first.length)),
      ]),
  };
}

/** A comparison of two differences: (a − b) against (c − d). Where one of the four failed, it is a tie. */
export function compareGains(
  subject: string,
  experiments: [a: Experiment, b: Experiment, c: Experiment, d: Experiment],
  margin?: number,
): Comparison {
  return {
    ...{ subject, asks: "more", margin, unit: "points" },
    pairsIn: (trials) =>
      trials.pairs(experiments, (records, outcome) => {
        const numbers = records.map(outcome);
        if (numbers.includes(null)) return [null, null];
        const [a, b, c, d] = numbers as number[];
        return [a - b, c - d];
      }),
  };
}
