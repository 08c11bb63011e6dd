import { type TrialRecord, validationAccuracyOf } from "../../experiments/record.ts";
import { atRate, RATES } from "../../experiments/sweeps/highest_rate.ts";
import { onChoosingImages, SIX_SEEDS } from "../../experiments/sweeps/rates.ts";
import type { Placement } from "../../experiments/sweeps/row.ts";
import { type Claim, compareSets } from "./claim.ts";
import { hasFailed } from "./trials.ts";
import { WORDS } from "./words.ts";

/** A rate is usable if its validation accuracy is at most this far below the same seed's best. */
const USABLE = 0.01;

/** log₁₀ of the highest usable rate of one seed's trials; null if all failed. */
export function highestUsable(records: readonly TrialRecord[]): number | null {
  const learned = records.filter((record) => !hasFailed(record));
  if (learned.length === 0) return null;
  const best = Math.max(...learned.map(validationAccuracyOf));
  const usable = learned.filter((record) => validationAccuracyOf(record) >= best - USABLE);
  return Math.log10(Math.max(...usable.map(({ experiment }) => experiment.learningRate)));
}

/** log₁₀ of the highest rate at which a seed's trial does not fail; null if all failed. */
function highestLearning(records: readonly TrialRecord[]): number | null {
  const rates = records.filter((record) => !hasFailed(record))
    .map(({ experiment }) => experiment.learningRate);
  return rates.length > 0 ? Math.log10(Math.max(...rates)) : null;
}

function higherRate(id: string, place: "pre" | "post"): Claim {
  const over = (placement: Placement) => RATES.map((rate) => atRate(placement, rate));
  const overOfCnn = (placement: Placement) =>
    SIX_SEEDS.map((rate) => onChoosingImages(`cnn-${placement}`, rate));
  const compared = (of: typeof over, what = "usable rate", highest = highestUsable) =>
    compareSets(`highest ${what}, BN ${WORDS[place]} ÷ none`, of(place), of("none"), highest, {
      asks: "more often",
      unit: "tenfolds",
    });
  return {
    id,
    name: `BN ${WORDS[place]} allows a higher learning rate`,
    question:
      `Does a model allow a higher learning rate with BN ${WORDS[place]} the activation than ` +
      "without: is the highest rate within 1 point of the same seed's best higher?",
    quotation: {
      text: "batch normalization seems to allow for more aggressive learning rates",
      source: "assignment, from Dive into Deep Learning; so Ioffe & Szegedy 2015, abstract",
    },
    parts: [
      { title: "MLP", comparisons: [compared(over)] },
      { title: "CNN", comparisons: [compared(overOfCnn)] },
    ],
    beside: [
      compared(over, "rate of the MLP that does not fail", highestLearning),
      compared(overOfCnn, "rate of the CNN that does not fail", highestLearning),
    ],
  };
}

export const higherRateBefore = higherRate("B1", "pre");
export const higherRateAfter = higherRate("B2", "post");
