import type { Experiment } from "../experiment.ts";
import { changed, type Placement, PLACEMENTS, reporting, type Row, TEN_THOUSAND } from "./row.ts";

/** A training whose path is followed, at a constant rate. */
export const followed = (placement: Placement): Experiment =>
  changed(`mlp-${placement}`, {
    ...TEN_THOUSAND,
    epochs: 10,
    learningRate: 0.1,
    schedule: "constant",
    measure: ["path"],
  });

/** C4 and C5: how far the inputs of activations move for the same progress. */
export const movement: Row = {
  id: "C4",
  description: "the path from a training loss of 0.60 to 0.35, at a constant rate",
  groups: [{ experiments: PLACEMENTS.map(followed), seeds: reporting(10) }],
};
