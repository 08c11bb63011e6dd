import type { Experiment } from "../experiment.ts";
import { atOwnRate, type Choice, choice } from "./choice.ts";
import { changed, type Placement, PLACEMENTS, reporting, type Row, TEN_THOUSAND } from "./row.ts";

/** Hidden layers of 100 units. */
export const DEPTHS = [1, 2, 4, 8, 16];
/** Those that D3 compares. */
export const DEEP = [4, 8, 16];
/** Learning rates of the map. */
export const MAP_RATES = [0.03, 0.1, 0.3, 1, 3];

const ofDepth = (depth: number): Partial<Experiment> => ({
  ...TEN_THOUSAND,
  hidden: Array(depth).fill(100),
});

/** A cell of the map. */
export const inMap = (placement: Placement, depth: number, learningRate: number): Experiment =>
  changed(`mlp-${placement}`, { ...ofDepth(depth), learningRate });

/** The rate of each depth of D3. */
export const DEPTH_CHOICES: Choice[] = PLACEMENTS.flatMap((placement) =>
  DEEP.map((depth) => choice(`mlp-${placement}`, MAP_RATES, 2, ofDepth(depth)))
);

/** A depth at its own rate, a cell of the map too. */
export const atDepth = (placement: Placement, depth: number): Experiment =>
  atOwnRate(`mlp-${placement}`, ofDepth(depth));

/** B3, and D3: a map of depth and rate. */
export const depthMap: Row = {
  id: "B3",
  description: "1 to 16 hidden layers at five learning rates",
  groups: [{
    experiments: PLACEMENTS.flatMap((placement) =>
      DEPTHS.flatMap((depth) => MAP_RATES.map((rate) => inMap(placement, depth, rate)))
    ),
    seeds: reporting(10),
  }],
};
