/**
 * What a comparison comes to, in a few words: size first, then its interval and the seeds, then the
 * verdict.
 *
 * @module
 */
import { shareInterval } from "../exact_tests.ts";
import { points, signed } from "../words.ts";
import type { JudgedComparison, Unit } from "./claim.ts";

/** Places of batch normalization as comparisons name them. */
export const WORDS = { none: "none", pre: "before", post: "after" } as const;
/** Where there is BN. */
export const PLACES = ["pre", "post"] as const;

/** How a number of each unit is written: what it is multiplied by, its decimals, its name. */
const UNITS: Record<
  Exclude<Unit, "log ratio" | "tenfolds">,
  [factor: number, decimals: number, name: string]
> = {
  points: [100, 1, " points"],
  nats: [1, 3, " nats"],
  logarithms: [1, 3, ""],
  cells: [1, 0, " cells"],
  trials: [1, 1, ""],
};

/** A number of a comparison: `1.2 points`, or a factor for the logarithm of one. */
export function amount(value: number, unit: Unit): string {
  return numberOf(value, unit) + nameOf(unit);
}

function numberOf(value: number, unit: Unit): string {
  switch (unit) {
    case "log ratio":
      return Math.exp(value).toPrecision(3);
    case "tenfolds":
      return (10 ** value).toPrecision(2);
    default: {
      const [factor, decimals] = UNITS[unit];
      return signed(factor * value, decimals);
    }
  }
}

function nameOf(unit: Unit): string {
  return unit === "log ratio" || unit === "tenfolds" ? "×" : UNITS[unit][2];
}

/** The size with its interval: `1.2 points (1.0 to 1.3)`; of what has no mean the middle and the ends. */
export function sizeWords(comparison: JudgedComparison): string {
  const { mean, range, unit, failed, pairs, asks, signs } = comparison;
  if (pairs.length === 0) return "–";
  if (unit === "trials") return shareWords(signs.higher, pairs.length);
  const count = `${failed.first} and ${failed.second} of ${pairs.length} failed`;
  if (mean) {
    const interval = asks === "alike" ? mean.interval90 : mean.interval;
    return amount(mean.mean, unit) + bracket(interval, unit);
  }
  if (!range) return count;
  const middle = range.greatest - range.least < 1e-9
    ? `${amount(range.median, unit)} in each`
    : `median ${amount(range.median, unit)}${bracket([range.least, range.greatest], unit)}`;
  return failed.first + failed.second > 0 ? `${count}; the others ${middle}` : middle;
}

/** `3 of 10 failed (7 to 65 %)` */
function shareWords(k: number, n: number): string {
  const [low, high] = shareInterval(k, n).map((share) => points(share, 0));
  return `${k} of ${n} failed (${low} to ${high} %)`;
}

function bracket(interval: readonly [number, number] | null, unit: Unit): string {
  return interval ? ` (${interval.map((bound) => numberOf(bound, unit)).join(" to ")})` : "";
}

/** In how many seeds it came out as asked, higher or within the margin: `10 of 10`. */
export function seedWords({ asks, signs, pairs }: JudgedComparison): string {
  if (pairs.length === 0) return "–";
  return `${asks === "alike" ? signs.ties : signs.higher} of ${pairs.length}`;
}

/** The test behind a comparison, for whoever asks: its name, p, the deviation, the margin. */
export function testWords({ asks, mean, margin, unit, p, pairs }: JudgedComparison): string {
  if (pairs.length === 0) return "no pairs";
  const test = !mean ? "sign test" : asks === "alike" ? "two one-sided t tests" : "sign-flip test";
  const chance = (p: number) => p < 0.0001 ? "below 0.0001" : p.toPrecision(2);
  return [
    `${test}, p ${chance(p.for)} for it and ${chance(p.against)} against it`,
    mean?.standardDeviation
      ? `standard deviation of the differences ${amount(mean.standardDeviation, unit)}`
      : "",
    margin === undefined ? "" : `margin ±${amount(margin, unit)}`,
  ].filter(Boolean).join("; ");
}

/** A comparison in one sentence that says no more than its verdict. */
export function comparisonSentence(comparison: JudgedComparison): string {
  const { asks, subject, unit, mean, margin, verdict, signs, pairs, seedsNeeded } = comparison;
  const size = sizeWords(comparison);
  const lead = `${subject}: ${size}`;
  switch (verdict) {
    case "not tested":
      return `${subject}: **not tested**, there are no trials of both.`;
    case "held":
      return `${lead}, higher in ${signs.higher} of ${pairs.length} seeds: **held**.`;
    case "contradicted":
      if (asks === "alike") {
        return `${lead}, beyond ±${amount(margin!, unit)} in ${signs.higher + signs.lower} of ` +
          `${pairs.length} seeds: **contradicted**.`;
      }
      return `${lead}, lower in ${signs.lower} of ${pairs.length} seeds: **contradicted**.`;
    case "equivalent": {
      const there = mean?.interval && mean.interval[0] * mean.interval[1] > 0
        ? " There is a difference, but it is too small to matter."
        : "";
      return `${lead}, within the ±${amount(margin!, unit)} that we treat as no difference: ` +
        `**equivalent**.${there}`;
    }
    case "open":
      return `${lead}, higher in ${signs.higher} and lower in ${signs.lower} of ${pairs.length} seeds: ` +
        `**open**. ${seedsNeeded ? `About ${seedsNeeded} seeds would decide.` : NOT_WORTH}`;
  }
}

/** What is shown beside a claim: its size, and nothing that would pass for a verdict. */
export function besideSentence(comparison: JudgedComparison): string {
  const { subject, pairs, signs } = comparison;
  if (pairs.length === 0) return `${subject}: there are no trials.`;
  return `${subject}: ${
    sizeWords(comparison)
  }, higher in ${signs.higher} and lower in ${signs.lower} of ` +
    `${pairs.length} seeds.`;
}

const NOT_WORTH = "Deciding it would take more than 60 seeds, or a number that we cannot estimate.";
