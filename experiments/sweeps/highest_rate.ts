import type { Experiment } from "../experiment.ts";
import { changed, type Placement, PLACEMENTS, reporting, type Row, TEN_THOUSAND } from "./row.ts";

/** From 0.1 to 10 in steps of 10^¼. */
export const RATES = [0.1, 0.178, 0.316, 0.562, 1, 1.78, 3.16, 5.62, 10];

/** The MLP at one of the rates. */
export const atRate = (placement: Placement, learningRate: number): Experiment =>
  changed(`mlp-${placement}`, { ...TEN_THOUSAND, learningRate });

/** B1 and B2: the highest rate that a model bears; the norms of weights are B4's. */
export const highestRate: Row = {
  id: "B1",
  description: "nine learning rates from 0.1 to 10",
  groups: [{
    experiments: PLACEMENTS.flatMap((placement) => RATES.map((rate) => atRate(placement, rate))),
    seeds: reporting(10),
  }],
};
