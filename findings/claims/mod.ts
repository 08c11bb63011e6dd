/**
 * The claims of findings/design.md, in its order.
 *
 * @module
 */
import { afterIfBounded, betterWithBn, onlyWithBn } from "./activation.ts";
import { bestBatch, largestGain } from "./batch_size.ts";
import type { Claim } from "./claim.ts";
import { deepNets, whereItTrains } from "./depth.ts";
import { higherRateAfter, higherRateBefore } from "./highest_rate.ts";
import { forgiven, rawBytes, standardizing } from "./input_scaling.ts";
import { lessMovement, sizesStay } from "./movement.ts";
import { beforeOrAfter, epsilonOrScale } from "./placement.ts";
import { batchNoise, movingLags } from "./prediction.ts";
import { regularizes } from "./regularization.ts";
import { fasterLearning, finalQuality, mostlySpeed } from "./speed.ts";

export const CLAIMS: Claim[] = [
  fasterLearning,
  finalQuality,
  mostlySpeed,
  beforeOrAfter,
  epsilonOrScale,
  higherRateBefore,
  higherRateAfter,
  whereItTrains,
  rawBytes,
  standardizing,
  forgiven,
  lessMovement,
  sizesStay,
  bestBatch,
  largestGain,
  deepNets,
  regularizes,
  batchNoise,
  movingLags,
  onlyWithBn,
  betterWithBn,
  afterIfBounded,
];
