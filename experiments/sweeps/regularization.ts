import type { Experiment } from "../experiment.ts";
import { changed, type Placement, PLACEMENTS, reporting, type Row, TEN_THOUSAND } from "./row.ts";

/** Epochs of training, each with a schedule of its own; without BN forty too. */
export const lengthsOf = (placement: Placement): number[] =>
  placement === "none" ? [2, 5, 10, 20, 40] : [2, 5, 10, 20];

/** A training of some length. */
export const ofLength = (placement: Placement, epochs: number): Experiment =>
  changed(`mlp-${placement}`, { ...TEN_THOUSAND, epochs, learningRate: 0.1 });

/** D4: test accuracy at equal training loss, between runs of different lengths. */
export const regularization: Row = {
  id: "D4",
  description: "2 to 40 epochs, to compare at equal training loss",
  groups: [{
    experiments: PLACEMENTS.flatMap((placement) =>
      lengthsOf(placement).map((epochs) => ofLength(placement, epochs))
    ),
    seeds: reporting(10),
  }],
};
