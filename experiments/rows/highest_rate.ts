import { atRates, reporting, type Row, TEN_THOUSAND } from "./row.ts";

/** From 0.1 to 10 in steps of 10^¼. */
export const RATES = [0.1, 0.178, 0.316, 0.562, 1, 1.78, 3.16, 5.62, 10];

/** B1 and B2: the highest rate that a model bears; norms for B4. */
export const highestRate = (): Row => ({
  id: "B1",
  description: "nine learning rates from 0.1 to 10",
  groups: [{
    experiments: atRates(["mlp-none", "mlp-pre", "mlp-post"], RATES, TEN_THOUSAND),
    seeds: reporting(10),
  }],
});
