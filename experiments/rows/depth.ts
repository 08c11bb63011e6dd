import type { Experiment } from "../experiment.ts";
import { type Choice, choice } from "./choice.ts";
import { atRates, PLACEMENTS, reporting, type Row, TEN_THOUSAND } from "./row.ts";

/** Hidden layers of 100 units. */
export const DEPTHS = [1, 2, 4, 8, 16];
/** Learning rates of the map. */
export const MAP_RATES = [0.03, 0.1, 0.3, 1, 3];

const ofDepth = (depth: number): Partial<Experiment> => ({
  ...TEN_THOUSAND,
  hidden: Array(depth).fill(100),
});

/** The rate of each depth from 4 on, for D3. */
export const DEPTH_CHOICES: Choice[] = PLACEMENTS.flatMap((placement) =>
  DEPTHS.filter((depth) => depth >= 4)
    .map((depth) => choice(`mlp-${placement}`, MAP_RATES, 2, ofDepth(depth)))
);

/** B3, and D3 at each one's own rate: a map of depth and rate. */
export const depthMap = (): Row => ({
  id: "B3",
  description: "1 to 16 hidden layers at five learning rates",
  groups: [{
    experiments: DEPTHS.flatMap((depth) =>
      atRates(PLACEMENTS.map((placement) => `mlp-${placement}` as const), MAP_RATES, ofDepth(depth))
    ),
    seeds: reporting(10),
  }],
});
