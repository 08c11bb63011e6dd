/**
 * The learning rate of each model, chosen on the validation images.
 *
 * One shared rate is no fair comparison of placements: what suits one may be too low or too high for
 * another. So each is also run at its own best of a stated grid. Seeds that choose are not those that
 * report, and the test images have no part in the choice.
 *
 * @module
 */
import { DEFAULTS, type Experiment, experimentOf } from "./experiment.ts";
import { mean } from "./mean.ts";
import { type TrialRecord, validationAccuracyOf } from "./record.ts";

/** Start values that are tried; each falls linearly to zero over the run. */
export const RATE_GRID = [0.01, 0.03, 0.1, 0.3, 1, 3] as const;

/** The models whose rates are chosen. */
export const RATED_MODELS = [
  "mlp-none",
  "mlp-pre",
  "mlp-post",
  "cnn-none",
  "cnn-pre",
  "cnn-post",
] as const;

/** One of them: architecture and placement. */
export type RatedModel = typeof RATED_MODELS[number];

/** A part of the images, or the choice would cost as much as all that it serves. */
const IMAGES = { train: 20_000, validation: 5_000, test: 10_000 };

/** Every model at every rate of the grid. */
export const RATE_EXPERIMENTS: Experiment[] = RATED_MODELS.flatMap((model) =>
  RATE_GRID.map((learningRate) =>
    experimentOf(model, { learningRate, images: IMAGES, measure: [] }, `rate-${learningRate}`)
  )
);

/** What the grid chose; a test holds it to the records of the reference run. */
export const BEST_RATES: Record<RatedModel, typeof RATE_GRID[number]> = {
  "mlp-none": 0.3,
  "mlp-pre": 1,
  "mlp-post": 0.3,
  "cnn-none": 0.3,
  "cnn-pre": 1,
  "cnn-post": 0.3,
};

/** Each model at its own best rate, where that is not the shared one. */
export const TUNED_EXPERIMENTS: Experiment[] = RATED_MODELS
  .filter((model) => BEST_RATES[model] !== DEFAULTS.learningRate)
  .map((model) => experimentOf(model, { learningRate: BEST_RATES[model] }, "tuned"));

/** A rate of the grid with what it reached. */
export interface RateScore {
  learningRate: number;
  /** Validation accuracy of each trial, with dataset statistics where there is BN. */
  accuracies: number[];
  mean: number;
}

/** What the records of the grid say of one model, lowest rate first. */
export function rateScores(model: RatedModel, records: readonly TrialRecord[]): RateScore[] {
  return RATE_GRID.flatMap((learningRate) => {
    const name = `${model}-rate-${learningRate}`;
    const accuracies = records.filter(({ experiment }) => experiment.name === name)
      .map(validationAccuracyOf);
    if (accuracies.length === 0) return [];
    return [{ learningRate, accuracies, mean: mean(accuracies) }];
  });
}

/** The rate with the highest mean validation accuracy; of equals the lowest. Undefined without records. */
export function bestRate(model: RatedModel, records: readonly TrialRecord[]): number | undefined {
  const scores = rateScores(model, records);
  const highest = Math.max(...scores.map(({ mean }) => mean));
  return scores.find(({ mean }) => mean === highest)?.learningRate;
}
