/**
 * Experiments that differ in one factor, by placement, for the sweeps of the claims.
 *
 * @module
 */
import { type Experiment, experimentOf } from "../../experiments/experiment.ts";
import { BUDGET } from "./claim.ts";

type Placement = Experiment["placement"];

/** Each placement in the words of a comparison's side. */
export const SIDE_WORDS: Record<Placement, string> = {
  none: "without BN",
  pre: "with BN before the activation",
  post: "with BN after it",
};

/** The MLP within the claims' budget, one factor changed; without a change it has no suffix. */
export function sweepOf(
  placement: Placement,
  changes: Partial<Experiment> = {},
  suffix = "",
): Experiment {
  return experimentOf(`mlp-${placement}`, { ...BUDGET, ...changes }, suffix);
}
