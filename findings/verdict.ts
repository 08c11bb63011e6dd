/**
 * The rule by which trials decide a claim, fixed before they were run: `design.md` says why it is so.
 *
 * @module
 */
import { equivalenceTest, holm, seedsNeeded, signFlip, signTest } from "./exact_tests.ts";
import { quantiles, summarize, type Summary } from "./statistics.ts";

/**
 * What trials say, the decided first. A claim is held in part where some comparisons come out for it and
 * others alike.
 */
export const VERDICTS = [
  "held",
  "held in part",
  "equivalent",
  "contradicted",
  "open",
  "not tested",
] as const;
export type Verdict = typeof VERDICTS[number];

/** Fewer pairs than this decide nothing: five signs alike happen once in 32. */
export const FEWEST_PAIRS = 6;
/** One-sided error of a comparison that comes out for a claim, and of all together against it. */
const LEVEL = 0.025;
/** Error of equivalence. */
const EQUIVALENCE_LEVEL = 0.05;
/** More seeds than this are not worth asking for. */
const MOST_SEEDS = 60;

/** Two trials of one seed. A trial that failed has no outcome: null. */
export interface Pair {
  seed: number;
  first: number | null;
  second: number | null;
}

/** What a comparison asks. */
export interface Question {
  /**
   * - `more`: is the first higher on average?
   * - `more often`: is it higher in more seeds, as for ranks and counts, which have no mean?
   * - `alike`: do the two lie within the margin of each other?
   */
  asks: "more" | "more often" | "alike";
  /** What is too little to matter; without it nothing is called equivalent. */
  margin?: number;
}

/** A comparison with what came out. */
export interface Judged extends Question {
  /** Seeds that both sides have. */
  pairs: Pair[];
  /** How many trials of each side failed. */
  failed: { first: number; second: number };
  /** Pairs in which the first is higher, lower (where alike is asked, beyond the margin), or neither. */
  signs: { higher: number; lower: number; ties: number };
  /** Of first minus second; null where it has no mean: ranks, failed trials, no pairs. */
  mean: (Summary & { interval90: Summary["interval"] }) | null;
  /** The middle and the ends of the differences of pairs of which none failed. */
  range: { median: number; least: number; greatest: number } | null;
  /** How often chance alone would come out as much for the claim, or as much against it. */
  p: { for: number; against: number };
  /** Of this comparison alone: `held` is "for the claim", `contradicted` "against it". */
  verdict: Exclude<Verdict, "held in part">;
  /** Seeds that would decide what is open; null if it is not, if that is not known, or not worth it. */
  seedsNeeded: number | null;
}

/** Judges one comparison. */
export function judgeComparison(pairs: readonly Pair[], question: Question): Judged {
  const { asks, margin } = question;
  const complete = pairs.filter(({ first, second }) => first !== null && second !== null);
  const differences = complete.map(({ first, second }) => first! - second!);
  const failed = {
    first: pairs.filter(({ first }) => first === null).length,
    second: pairs.filter(({ second }) => second === null).length,
  };
  const signs = signsOf(pairs, asks === "alike" ? margin : 0);
  const hasMean = asks !== "more often" && pairs.length > 0 && complete.length === pairs.length;
  const mean = hasMean
    ? { ...summarize(differences), interval90: summarize(differences, 0.9).interval }
    : null;

  const equivalence = hasMean && margin !== undefined && pairs.length > 1
    ? equivalenceTest(differences, margin)
    : 1;
  const [up, down] = hasMean
    ? [differences, differences.map((d) => -d)].map(signFlip)
    : [signTest(signs.higher, signs.lower), signTest(signs.lower, signs.higher)];
  const p = asks === "alike"
    ? { for: equivalence, against: hasMean ? beyond(differences, margin!) : either(up, down) }
    : { for: up, against: down };

  const decide = (): Judged["verdict"] => {
    if (pairs.length === 0) return "not tested";
    if (pairs.length < FEWEST_PAIRS) return "open";
    if (equivalence <= EQUIVALENCE_LEVEL) return "equivalent";
    if (asks !== "alike" && p.for <= LEVEL) return "held";
    return p.against <= LEVEL ? "contradicted" : "open";
  };
  const verdict = decide();
  return {
    ...question,
    pairs: [...pairs],
    failed,
    signs,
    mean,
    range: rangeOf(differences),
    p,
    verdict,
    seedsNeeded: verdict === "open" ? seedsFor(mean, pairs.length, margin) : null,
  };
}

/** p that the mean does not lie beyond the margin, on the side where it is. */
function beyond(differences: readonly number[], margin: number): number {
  return Math.min(
    signFlip(differences.map((d) => d - margin)),
    signFlip(differences.map((d) => -d - margin)),
  );
}

/** p of either side, neither of which was asked for. */
function either(up: number, down: number): number {
  return Math.min(1, 2 * Math.min(up, down));
}

/** One that learned is higher than one that failed; two that failed are a tie, and so is what lies within the margin. */
function signsOf(pairs: readonly Pair[], margin = 0): Judged["signs"] {
  const signs = { higher: 0, lower: 0, ties: 0 };
  for (const { first, second } of pairs) {
    const difference = first === second ? 0 : (first ?? -Infinity) - (second ?? -Infinity);
    signs[difference > margin ? "higher" : difference < -margin ? "lower" : "ties"] += 1;
  }
  return signs;
}

function rangeOf(differences: readonly number[]): Judged["range"] {
  if (differences.length === 0) return null;
  const [least, median, greatest] = quantiles(differences, [0, 0.5, 1]);
  return { median, least, greatest };
}

/** n ≈ 10.5·(s/d)², where d is the larger of the mean's size and the margin; more than there are. */
function seedsFor(mean: Judged["mean"], pairs: number, margin = 0): number | null {
  if (!mean?.standardDeviation) return null;
  const seeds = seedsNeeded(mean.standardDeviation, Math.max(Math.abs(mean.mean), margin));
  return seeds > MOST_SEEDS ? null : Math.max(FEWEST_PAIRS, pairs + 1, seeds);
}

/**
 * Judges a claim by its comparisons.
 *
 * - held: every one comes out for it, each at 2.5 % one-sided. All of them must, so that none needs a
 *   correction (Berger, Technometrics 24, 1982).
 * - contradicted: at least one comes out against it, at 2.5 % for all together (Holm); where the claim
 *   says "always" or "only", one that is equivalent suffices.
 * - equivalent: every one is; held in part: each is one or the other.
 * - not tested: one of them has no pairs.
 * - open: none of these.
 *
 * @param wording Whether the claim says "always" or "only".
 */
export function judge(
  comparisons: readonly Judged[],
  wording: "tends" | "always" = "tends",
): Verdict {
  const verdicts = comparisons.map(({ verdict }) => verdict);
  if (verdicts.length === 0 || verdicts.includes("not tested")) return "not tested";
  const isFor = ({ asks, verdict }: Judged) =>
    verdict === (asks === "alike" ? "equivalent" : "held");
  if (comparisons.every(isFor)) {
    return comparisons.every(({ asks }) => asks === "alike") ? "equivalent" : "held";
  }
  const against = holm(
    comparisons.map(({ verdict, p }) => verdict === "contradicted" ? p.against : 1),
    LEVEL,
  );
  const equivalents = comparisons.filter(({ asks, verdict }) =>
    asks !== "alike" && verdict === "equivalent"
  );
  if (against.includes(true) || (wording === "always" && equivalents.length > 0)) {
    return "contradicted";
  }
  if (equivalents.length === comparisons.length) return "equivalent";
  return verdicts.every((verdict) => verdict === "held" || verdict === "equivalent")
    ? "held in part"
    : "open";
}
