/**
 * What is seen inside one trained model, as numbers and in words. The notebooks train a short model
 * for it, since records hold no weights.
 *
 * @module
 */
import { points, scientific, signed } from "./statistics.ts";

/** What must be said of a short model wherever it is shown. */
export interface ShortModelFacts {
  seed: number;
  /** Training images, from the first one. */
  images: number;
  epochs: number;
  /** Share of test images that it classifies rightly. */
  accuracy: number;
  /** How many test images that was. */
  testImages: number;
}

/** What a short model is, and that it is no result. */
export function shortModelText(facts: ShortModelFacts): string {
  const number = (n: number) => n.toLocaleString("en-US");
  return `This is a **short model**: seed ${facts.seed}, ${facts.epochs} epochs of the first ` +
    `${number(facts.images)} training images. It classifies ${
      points(facts.accuracy, 1)
    } % of the ` +
    `first ${number(facts.testImages)} test images rightly. It is here to be looked into; the ` +
    `results are those of the recorded trials.`;
}

/** How the values of one layer's output are distributed over some images. */
export interface LayerView {
  layer: string;
  mean: number;
  deviation: number;
  low: number;
  high: number;
  /** Share of values that are exactly 0. */
  zeros: number;
  /** Share of values below 0. */
  negative: number;
  /** Share of values that are the lowest of their channel: after ReLU and BN, what was 0. */
  atFloor: number;
}

/** How often the units of an activation layer fire. */
export interface UnitActivity {
  layer: string;
  /** For each unit or channel, the share of images (or positions) at which its output is above 0. */
  shares: number[];
}

/** Fires on less than this share of the images: a unit that is hardly used. */
const RARE = 0.02;

/** How often the units fire, and how many hardly ever do. */
export function activityText(activities: readonly UnitActivity[]): string {
  return activities.map(({ layer, shares }) => {
    const sorted = shares.toSorted((a, b) => a - b);
    const at = (q: number) => sorted[Math.round(q * (sorted.length - 1))];
    const never = shares.filter((share) => share === 0).length;
    const rare = shares.filter((share) => share > 0 && share < RARE).length;
    return `- \`${layer}\`: a unit fires on ${points(at(0.5), 0)} % of the inputs in the median, ` +
      `the middle 90 % of the units on ${points(at(0.05), 0)} to ${points(at(0.95), 0)} %; ` +
      `${never} of ${shares.length} units never fire, ${rare} more on less than ` +
      `${points(RARE, 0)} %.`;
  }).join("\n");
}

/**
 * What a layer gets, as far as signs and zeros go.
 *
 * @param view Of the output that it gets.
 * @param who The layer, as the sentence's subject.
 */
export function seenText({ negative, low, zeros, atFloor }: LayerView, who: string): string {
  return negative > 0
    ? `So ${who} gets numbers of both signs: ${
      points(negative, 0)
    } % are negative, the lowest is ` +
      `${signed(low, 2)}; ${points(zeros, 0)} % are exactly 0, and ${
        points(atFloor, 0)
      } % are the ` +
      `lowest value of their channel.`
    : `So ${who} gets no negative number; ${points(zeros, 0)} % are exactly 0.`;
}

/** Ten steps of float32: what sums of some dozen numbers may be off by. */
const FLOAT32 = 1.2e-6;

/**
 * Whether a number that should be 0 is no more than rounding.
 *
 * @param what Its name, as the sentence's subject.
 * @param other The number of ordinary size that it is divided by.
 * @param ratio The quotient.
 */
export function roundingText(what: string, other: string, ratio: number): string {
  const size = scientific(ratio);
  return ratio <= FLOAT32
    ? `${what} is ${size} times ${other}: no more than float32 rounding, hence 0 for all that can be ` +
      `computed.`
    : `${what} is ${size} times ${other}: more than float32 rounding explains, hence not 0.`;
}
