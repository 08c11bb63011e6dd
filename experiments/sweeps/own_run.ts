/**
 * The trials of the claims as a user runs them: three seeds that neither report nor choose, and MLPs
 * alone, so that they end within twenty minutes on two ordinary cores. Three pairs give a size and no
 * verdict. Long training, other ε (A4), the map of depths and rates, movement, the rest of an image's
 * batch, the costliest batch sizes and the CNN are the reference run's.
 *
 * @module
 */
import type { Experiment } from "../experiment.ts";
import { ofBatch, WITHOUT_BN } from "./batch_size.ts";
import { atDepth, DEEP } from "./depth.ts";
import { REPORTING_ROWS } from "./mod.ts";
import { once, PLACEMENTS } from "./row.ts";
import { afterOne } from "./speed.ts";

/** Rows whose trials are short. */
const SHORT = ["B1", "C1", "D7", "E1", "D4"];

const experiments: Experiment[] = [
  ...PLACEMENTS.map((placement) => afterOne(`mlp-${placement}`)),
  ...REPORTING_ROWS.filter(({ id }) => SHORT.includes(id)).flatMap(({ groups }) =>
    groups.flatMap(({ experiments }) => experiments)
  ),
  ...WITHOUT_BN.flatMap((size) => [ofBatch("mlp-pre", size), ofBatch("mlp-none", size)]),
  ...PLACEMENTS.flatMap((placement) => DEEP.map((depth) => atDepth(placement, depth))),
];

export const OWN_CLAIMS = {
  name: "claims",
  description: "the claims on three seeds of MLPs, beside the reference run's verdicts",
  experiments: once(experiments),
  trials: 3,
  firstSeed: 23,
};
