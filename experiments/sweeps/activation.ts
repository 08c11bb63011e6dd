import type { Experiment } from "../experiment.ts";
import { PLACEMENTS, sweepOf } from "./sweep.ts";

/** Sigmoid in place of ReLU. */
export const SIGMOID: Experiment[] = PLACEMENTS.map((placement) =>
  sweepOf(placement, { activation: "sigmoid" }, "sigmoid")
);

/** ReLU, and sigmoid in its place. */
export const ACTIVATIONS: Experiment[] = [
  ...PLACEMENTS.map((placement) => sweepOf(placement)),
  ...SIGMOID,
];
