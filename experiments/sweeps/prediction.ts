import type { Experiment } from "../experiment.ts";
import { atOwnRate } from "./choice.ts";
import { CHOOSING_IMAGES } from "./rates.ts";
import { changed, reporting, type Row, TEN_THOUSAND } from "./row.ts";

/** Batches whose own statistics predict. */
export const BATCHES = [8, 64];
/** How the learning rate goes on, where the moving average is followed. */
export const SCHEDULES = ["linear", "constant"] as const;

/** A training that is scored with the statistics of its batches too. */
export const scoredByBatch = (batchSize: number): Experiment =>
  changed("mlp-pre", { ...TEN_THOUSAND, batchSize, learningRate: 0.1, measure: ["modes"] });

/** D6: the statistics of the batch in prediction, for batches of 8 and of 64. */
export const batchStatistics: Row = {
  id: "D6",
  description: "prediction by the statistics of the batch",
  groups: [{ experiments: BATCHES.map(scoredByBatch), seeds: reporting(8) }],
};

/** A training that is scored after some steps. */
export const scoredBySteps = (schedule: Experiment["schedule"]): Experiment =>
  atOwnRate("mlp-pre", { ...TEN_THOUSAND, schedule, measure: ["steps"] }, {
    ...CHOOSING_IMAGES,
    schedule: "linear",
  });

/** D7: the moving average after few steps and after many, at a rate that falls and at a constant one. */
export const movingAverage: Row = {
  id: "D7",
  description: "the moving average, step by step",
  groups: [{
    experiments: SCHEDULES.map(scoredBySteps),
    seeds: reporting(12),
  }],
};
