import { DEFAULTS, type Experiment } from "../../experiments/experiment.ts";
import { type Claim, testAccuracy } from "./claim.ts";
import { sweepOf } from "./sweeps.ts";

/** Batch sizes of the sweep; the shared 64 has no suffix in its name. */
export const SWEPT_BATCHES = [2, 4, 8, 16, 32, 64, 100, 256] as const;

/** Sizes whose weights are also scored with each kind of statistics, after every epoch. */
export const SCORED_BATCHES: readonly number[] = [2, 8, 64, 256];

const SHARED = DEFAULTS.batchSize;

/** The rate as it is, and in proportion to the batch, which keeps the sum of the steps. */
const RULES = [
  { name: "batch", words: "same learning rate", rate: () => DEFAULTS.learningRate },
  {
    name: "batch-scaled",
    words: "learning rate in proportion",
    rate: (size: number) => DEFAULTS.learningRate * size / SHARED,
  },
];

/** At the shared size the two rules are one. */
const suffixOf = (rule: string, size: number) =>
  size === SHARED ? `batch-${size}` : `${rule}-${size}`;
const nameOf = (rule: string, size: number) => `mlp-pre-${suffixOf(rule, size)}`;

/** The experiments of one rule, smallest batches first. */
function sweepBatches({ name, rate }: typeof RULES[number]): Experiment[] {
  return SWEPT_BATCHES.map((size) => {
    const scored = suffixOf(name, size) === `batch-${size}` && SCORED_BATCHES.includes(size);
    const measure: Experiment["measure"] = scored ? ["noise", "modes"] : ["noise"];
    return sweepOf(
      "pre",
      { batchSize: size, learningRate: rate(size), measure },
      suffixOf(name, size),
    );
  });
}

/**
 * Which batch size is best with batch normalization. The learning rate is kept in one sweep and
 * changed in proportion in the other (Goyal et al. 2017, arXiv:1706.02677), since small batches make more
 * steps.
 */
export const batchSize: Claim = {
  name: "batch-size",
  statement: "batch normalization works best for moderate minibatches sizes in the 50 ∼ 100 range",
  source: "assignment",
  question:
    `Does the MLP with BN reach more with batches of ${SHARED} than with batches of 8 and ` +
    "of 256? (The statement needs this and says more: that no size outside the range is better.)",
  experiments: RULES.flatMap(sweepBatches),
  contrasts: RULES.flatMap(({ name, words }) =>
    [8, 256].map((size) => ({
      subject: `Test accuracy, ${words}`,
      first: {
        experiment: nameOf(name, SHARED),
        words: `batches of ${SHARED}`,
        value: testAccuracy,
      },
      second: { experiment: nameOf(name, size), words: `of ${size}`, value: testAccuracy },
      unit: "points" as const,
    }))
  ),
};
