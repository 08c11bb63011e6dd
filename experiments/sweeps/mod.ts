/**
 * The sweeps: one factor changed at a time, each for a claim. What has to come out is in
 * findings/claims/.
 *
 * @module
 */
import type { Experiment } from "../experiment.ts";
import { ACTIVATIONS } from "./activation.ts";
import { BATCH_SIZES } from "./batch_size.ts";
import { DEPTHS } from "./depth.ts";
import { DRIFT } from "./drift.ts";
import { INPUT_SCALINGS } from "./input_scaling.ts";
import { LEARNING_RATES } from "./learning_rate.ts";
import { OVERFIT } from "./regularization.ts";

const SWEEPS = [
  INPUT_SCALINGS,
  DRIFT,
  LEARNING_RATES,
  BATCH_SIZES,
  DEPTHS,
  OVERFIT,
  ACTIVATIONS,
];

/** Every experiment of the sweeps, once: sweeps share those of the same name. */
export const SWEEP_EXPERIMENTS: Experiment[] = [
  ...new Map(SWEEPS.flat().map((experiment) => [experiment.name, experiment])).values(),
];
