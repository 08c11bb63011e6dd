import { changed, PLACEMENTS, reporting, type Row, TEN_THOUSAND } from "./row.ts";

/** C4 and C5: how far the inputs of activations move for the same progress. */
export const movement = (): Row => ({
  id: "C4",
  description: "the path from a training loss of 0.60 to 0.35, at a constant rate",
  groups: [{
    experiments: PLACEMENTS.map((placement) =>
      changed(`mlp-${placement}`, {
        ...TEN_THOUSAND,
        epochs: 10,
        learningRate: 0.1,
        schedule: "constant",
        measure: ["path"],
      })
    ),
    seeds: reporting(10),
  }],
});
