import { changed, PLACEMENTS, reporting, type Row, TEN_THOUSAND } from "./row.ts";

/** Lengths of training, each with a schedule of its own; without BN the longest one too. */
const LENGTHS = [2, 5, 10, 20];
const LONGEST = 40;

/** D4: test accuracy at equal training loss, between runs of different lengths. */
export const regularization = (): Row => ({
  id: "D4",
  description: "2 to 40 epochs, to compare at equal training loss",
  groups: [{
    experiments: PLACEMENTS.flatMap((placement) =>
      (placement === "none" ? [...LENGTHS, LONGEST] : LENGTHS).map((epochs) =>
        changed(`mlp-${placement}`, { ...TEN_THOUSAND, epochs, learningRate: 0.1 })
      )
    ),
    seeds: reporting(10),
  }],
});
