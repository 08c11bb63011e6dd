import {
  BATCH_SIZES,
  batchExperiment,
  type BatchRule,
} from "../../experiments/sweeps/batch_size.ts";
import { DEFAULTS } from "../../experiments/experiment.ts";
import { type Claim, compare } from "./claim.ts";

const SHARED = DEFAULTS.batchSize;

/** How the learning rate follows the batch size, in words. */
export const BATCH_RULES: [BatchRule, words: string][] = [
  ["batch", "same learning rate"],
  ["batch-scaled", "learning rate in proportion"],
];

/** Which batch size is best with batch normalization. */
export const batchSize: Claim = {
  name: "batch-size",
  statement: "batch normalization works best for moderate minibatches sizes in the 50 ∼ 100 range",
  source: "assignment",
  question:
    `Does the MLP with BN reach more with batches of ${SHARED} than with batches of 8 and ` +
    "of 256? (The statement needs this and says more: that no size outside the range is better.)",
  experiments: BATCH_SIZES,
  contrasts: BATCH_RULES.flatMap(([rule, words]) =>
    [8, 256].map((size) =>
      compare(
        `Test accuracy, ${words}`,
        [batchExperiment(rule, SHARED), `batches of ${SHARED}`],
        [batchExperiment(rule, size), `of ${size}`],
      )
    )
  ),
};
