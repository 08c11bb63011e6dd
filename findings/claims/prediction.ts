import type { TrialRecord } from "../../experiments/record.ts";
import { batchExperiment, SCORED_BATCH_SIZES } from "../../experiments/sweeps/batch_size.ts";
import { testAccuracyOf } from "../trial_numbers.ts";
import type { Claim } from "./claim.ts";

const nameOf = (size: number) => batchExperiment("batch", size);

/** Whether prediction should use the statistics of the dataset rather than those of the batch. */
export const predictionStatistics: Claim = {
  name: "prediction-statistics",
  statement:
    "the noise in the sample mean and the sample variance arising from estimating each on " +
    "minibatches are no longer desirable once we have trained the model",
  source: "assignment",
  question:
    "On the same weights, is test accuracy higher with dataset statistics of the training " +
    "images than with those of the test batch, in batches of 8 and of 64?",
  experiments: SCORED_BATCH_SIZES,
  contrasts: [8, 64].map((size) => ({
    subject: `Test accuracy, batches of ${size}`,
    first: { experiment: nameOf(size), words: "dataset statistics", value: testAccuracyOf },
    second: {
      experiment: nameOf(size),
      words: "those of the batch",
      value: ({ companions }: TrialRecord) => companions?.accuracy ?? null,
    },
    unit: "points" as const,
  })),
};

/** Whether the moving average, which every library predicts with, lags behind the weights. */
export const movingAverageLag: Claim = {
  name: "moving-average-lag",
  statement:
    "a moving average is unreliable early in training and with few steps; statistics taken " +
    "anew from the data are not",
  source: "Wu & Johnson 2021, arXiv:2105.07576",
  question:
    "On the same weights after the first epoch, is validation accuracy higher with dataset " +
    "statistics than with the moving average, in batches of 64 and of 256?",
  experiments: SCORED_BATCH_SIZES,
  contrasts: [64, 256].map((size) => ({
    subject: `Validation accuracy after one epoch, batches of ${size}`,
    first: {
      experiment: nameOf(size),
      words: "dataset statistics",
      value: ({ epochs }: TrialRecord) => epochs[0].modes?.dataset.accuracy ?? null,
    },
    second: {
      experiment: nameOf(size),
      words: "the moving average",
      value: ({ epochs }: TrialRecord) => epochs[0].validation.accuracy,
    },
    unit: "points" as const,
  })),
};
