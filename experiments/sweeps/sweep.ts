/**
 * Experiments that differ in one factor, by placement: small enough to run each in seconds.
 *
 * @module
 */
import { type Experiment, experimentOf } from "../experiment.ts";

/** The base of all sweeps. */
export const BUDGET = {
  images: { train: 10_000, validation: 5_000, test: 10_000 },
  measure: [],
} satisfies Partial<Experiment>;

/** Where batch normalization stands in a sweep. */
export const PLACEMENTS = ["none", "pre", "post"] as const;

/** The MLP within the sweeps' budget, one factor changed; without a change it has no suffix. */
export function sweepOf(
  placement: Experiment["placement"],
  changes: Partial<Experiment> = {},
  suffix = "",
): Experiment {
  return experimentOf(`mlp-${placement}`, { ...BUDGET, ...changes }, suffix);
}
