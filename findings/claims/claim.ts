/**
 * What a claim is, and how trials judge it.
 *
 * A claim is data: the words that make it, the experiments that test it, and comparisons of which
 * each would have to come out in its favour. The verdict follows from the comparisons by one rule,
 * the same for all claims.
 *
 * @module
 */
import type { Experiment } from "../../experiments/experiment.ts";
import type { TrialRecord } from "../../experiments/record.ts";
import { type PairedDifference, pairedDifference } from "../statistics.ts";
import { testAccuracyOf } from "../trial_numbers.ts";

/** Each placement in the words of a comparison's side. */
export const SIDE_WORDS: Record<Experiment["placement"], string> = {
  none: "without BN",
  pre: "with BN before the activation",
  post: "with BN after it",
};

/** One side of a comparison: an experiment and a number of its trials, of which more is better. */
export interface ClaimSide {
  /** Name of the experiment. */
  experiment: string;
  /** The side in words, as in "with BN before the activation". */
  words: string;
  value: (record: TrialRecord) => number | null;
}

/** A comparison that would have to come out for the first side, if the claim holds. */
export interface Contrast {
  /** What is compared, in words: the number and the circumstances. */
  subject: string;
  first: ClaimSide;
  second: ClaimSide;
  /** How the numbers are written: fractions as percentage points, others as they are. */
  unit: "points" | "standard deviations" | "e-folds";
}

/** An experiment by its name, and the side that it stands for in words. */
type NamedSide = [experiment: string, words: string];

/** A comparison of two experiments by one number of their trials, test accuracy unless another is named. */
export function compare(
  subject: string,
  first: NamedSide,
  second: NamedSide,
  { value = testAccuracyOf, unit = "points" }:
    & Partial<Pick<ClaimSide, "value">>
    & Partial<Pick<Contrast, "unit">> = {},
): Contrast {
  const side = ([experiment, words]: NamedSide) => ({ experiment, words, value });
  return { subject, first: side(first), second: side(second), unit };
}

/** Each place of BN against none: {@linkcode compare} once for either. */
export function againstNone(
  subject: string,
  nameOf: (placement: Experiment["placement"]) => string,
  options: Parameters<typeof compare>[3] = {},
): Contrast[] {
  const side = (placement: Experiment["placement"]): NamedSide => [
    nameOf(placement),
    SIDE_WORDS[placement],
  ];
  return (["pre", "post"] as const).map((placement) =>
    compare(subject, side(placement), side("none"), options)
  );
}

/** A claim and what tests it. */
export interface Claim {
  /** Name in tables and addresses, for example `input-scaling`. */
  name: string;
  /** The claim: the assignment's in its own words, others in ours. */
  statement: string;
  source: string;
  /** What the comparisons ask, in one sentence. */
  question: string;
  experiments: Experiment[];
  contrasts: Contrast[];
}

/** What trials say of a claim. */
export type ClaimVerdict = "held" | "not held" | "not decidable here";

/** A comparison with what came out. */
export interface JudgedContrast extends Contrast {
  difference: PairedDifference;
  /** How many trials of each side there are, and how many of them diverged. */
  trials: Record<"first" | "second", { count: number; diverged: number }>;
}

/** A claim with its verdict and the numbers behind it. */
export interface Finding {
  claim: Claim;
  verdict: ClaimVerdict;
  contrasts: JudgedContrast[];
}

/**
 * Judges a claim by its comparisons, paired by seed and widened for their number:
 *
 * - held, if every one of them comes out better;
 * - not held, if at least one comes out worse;
 * - not decidable here, otherwise: some show no difference, or have too few trials.
 *
 * @param records Of any experiments; those of the claim are picked by name.
 */
export function judgeClaim(claim: Claim, records: readonly TrialRecord[]): Finding {
  const byName = Map.groupBy(records, ({ experiment }) => experiment.name);
  const side = ({ experiment, value }: ClaimSide) => ({
    records: byName.get(experiment) ?? [],
    value,
  });
  const trialsOf = ({ experiment }: ClaimSide) => {
    const trials = byName.get(experiment) ?? [];
    const diverged = trials.filter(({ diverged }) => diverged !== null).length;
    return { count: trials.length, diverged };
  };
  const contrasts = claim.contrasts.map((contrast) => ({
    ...contrast,
    trials: { first: trialsOf(contrast.first), second: trialsOf(contrast.second) },
    difference: pairedDifference(side(contrast.first), side(contrast.second), {
      comparisons: claim.contrasts.length,
    }),
  }));
  const verdicts = contrasts.map(({ difference }) => difference.verdict);
  const verdict = verdicts.includes("worse")
    ? "not held"
    : verdicts.every((verdict) => verdict === "better")
    ? "held"
    : "not decidable here";
  return { claim, verdict, contrasts };
}
