import type { Experiment } from "../experiment.ts";
import { PLACEMENTS, sweepOf } from "./sweep.ts";

/** Hidden layers of 100 units. */
const SWEPT_DEPTHS = [1, 2, 4, 8, 16] as const;

/** Shallow and deep networks. */
export const DEPTHS: Experiment[] = PLACEMENTS.flatMap((placement) =>
  SWEPT_DEPTHS.map((depth) =>
    sweepOf(placement, { hidden: Array(depth).fill(100) }, `depth-${depth}`)
  )
);
