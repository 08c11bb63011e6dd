import type { Experiment } from "../experiment.ts";
import { PLACEMENTS, sweepOf } from "./sweep.ts";

/** Start values of the sweep; the shared 0.1 has no suffix in its name. */
const SWEPT_RATES = [0.01, 0.03, 0.1, 0.3, 1, 3, 10] as const;

/** Learning rates far below and far above the shared one. */
export const LEARNING_RATES: Experiment[] = PLACEMENTS.flatMap((placement) =>
  SWEPT_RATES.map((rate) =>
    sweepOf(placement, { learningRate: rate }, rate === 0.1 ? "" : `rate-${rate}`)
  )
);
