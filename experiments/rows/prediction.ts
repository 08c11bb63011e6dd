import { ownRate } from "./choice.ts";
import { CHOOSING_IMAGES } from "./rates.ts";
import { changed, reporting, type Row, TEN_THOUSAND } from "./row.ts";

/** D6: the statistics of the batch in prediction, for batches of 8 and of 64. */
export const batchStatistics = (): Row => ({
  id: "D6",
  description: "prediction by the statistics of the batch",
  groups: [{
    experiments: [8, 64].map((batchSize) =>
      changed("mlp-pre", { ...TEN_THOUSAND, batchSize, learningRate: 0.1, measure: ["modes"] })
    ),
    seeds: reporting(8),
  }],
});

/** D7: the moving average after few steps and after many, at a rate that falls and at a constant one. */
export const movingAverage = (): Row => ({
  id: "D7",
  description: "the moving average, step by step",
  groups: [{
    experiments: (["linear", "constant"] as const).map((schedule) =>
      changed("mlp-pre", {
        ...TEN_THOUSAND,
        schedule,
        learningRate: ownRate("mlp-pre", CHOOSING_IMAGES),
        measure: ["steps"],
      })
    ),
    seeds: reporting(12),
  }],
});
