import { DEFAULTS, type Experiment } from "../experiment.ts";
import { sweepOf } from "./sweep.ts";

/** Batch sizes of the sweep; the shared 64 has no suffix in its name. */
export const SWEPT_BATCHES = [2, 4, 8, 16, 32, 64, 100, 256] as const;

/** Sizes whose weights are also scored with each kind of statistics, after every epoch. */
const SCORED_BATCHES: readonly number[] = [2, 8, 64, 256];

const SHARED = DEFAULTS.batchSize;

/**
 * The learning rate as it is, and in proportion to the batch (Goyal et al. 2017, arXiv:1706.02677),
 * since small batches make more steps.
 */
export const BATCH_RATES = {
  "batch": () => DEFAULTS.learningRate,
  "batch-scaled": (size: number) => DEFAULTS.learningRate * size / SHARED,
};

/** How the learning rate follows the batch size. */
export type BatchRule = keyof typeof BATCH_RATES;

/** At the shared size the two rules are one. */
function suffixOf(rule: BatchRule, size: number): string {
  return size === SHARED ? `batch-${size}` : `${rule}-${size}`;
}

/** Name of the experiment of a batch size. */
export function batchExperiment(rule: BatchRule, size: number): string {
  return `mlp-pre-${suffixOf(rule, size)}`;
}

/** BN before the activation by batch size, with each rule for the rate, smallest batches first. */
export const BATCH_SIZES: Experiment[] = (Object.keys(BATCH_RATES) as BatchRule[]).flatMap((rule) =>
  SWEPT_BATCHES.map((batchSize) => {
    const suffix = suffixOf(rule, batchSize);
    const scored = suffix === `batch-${batchSize}` && SCORED_BATCHES.includes(batchSize);
    const measure: Experiment["measure"] = scored ? ["noise", "modes"] : ["noise"];
    const learningRate = BATCH_RATES[rule](batchSize);
    return sweepOf("pre", { batchSize, learningRate, measure }, suffix);
  })
);

/** Those of the sweep that score the same weights in three ways. */
export const SCORED_BATCH_SIZES: Experiment[] = BATCH_SIZES.filter(({ measure }) =>
  measure.includes("modes")
);
