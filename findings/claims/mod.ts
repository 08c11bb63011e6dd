/**
 * The claims that the `claims` preset tests: the assignment's, and those of the literature beside
 * them.
 *
 * @module
 */
import { boundedActivation, saturatingActivation } from "./activation.ts";
import { batchSize } from "./batch_size.ts";
import type { Claim } from "./claim.ts";
import { depth } from "./depth.ts";
import { preActivationDrift, preActivationMagnitudes } from "./drift.ts";
import { inputScaling } from "./input_scaling.ts";
import { learningRate } from "./learning_rate.ts";
import { movingAverageLag, predictionStatistics } from "./prediction.ts";
import { regularization } from "./regularization.ts";

/** All claims, in the order in which tables show them. */
export const CLAIMS: readonly Claim[] = [
  inputScaling,
  preActivationDrift,
  preActivationMagnitudes,
  learningRate,
  batchSize,
  depth,
  regularization,
  predictionStatistics,
  movingAverageLag,
  saturatingActivation,
  boundedActivation,
];
