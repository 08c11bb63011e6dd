import type { Experiment } from "../experiment.ts";
import { PLACEMENTS, sweepOf } from "./sweep.ts";

/** Long enough for the moving statistics to forget their initial values. */
export const DRIFT_EPOCHS = 10;

/** How the activations are distributed after each epoch. */
export const DRIFT: Experiment[] = PLACEMENTS.map((placement) =>
  sweepOf(placement, { epochs: DRIFT_EPOCHS, measure: ["histograms"] }, "drift")
);
