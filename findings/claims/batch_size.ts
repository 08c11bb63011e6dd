import {
  BATCH_SIZES,
  ofBatch,
  ofBatchAtTenth,
  WITHOUT_BN,
} from "../../experiments/sweeps/batch_size.ts";
import { type Claim, compare, compareGains, MARGIN } from "./claim.ts";

const others = (sizes: readonly number[]) => sizes.filter((size) => size !== 64);
const margin = MARGIN.tenThousand;
const quotation = {
  text: "batch normalization works best for moderate minibatches sizes in the 50 ∼ 100 range",
  source: "assignment, from Dive into Deep Learning",
};

export const bestBatch: Claim = {
  id: "D1",
  name: "a batch of 64 beats others",
  question: "With BN, does a batch of 64 score more than any other, each at its own rate?",
  quotation,
  parts: [{
    comparisons: others(BATCH_SIZES).map((size) =>
      compare(`64 − ${size}`, ofBatch("mlp-pre", 64), ofBatch("mlp-pre", size), { margin })
    ),
  }],
  beside: others(BATCH_SIZES).map((size) =>
    compare(`64 − ${size}, both at 0.1`, ofBatchAtTenth(64), ofBatchAtTenth(size))
  ),
};

export const largestGain: Claim = {
  id: "D2",
  name: "BN gains most at a batch of 64",
  question: "Is what BN gains over none largest at a batch of 64?",
  quotation,
  parts: [{
    comparisons: others(WITHOUT_BN).map((size) =>
      compareGains(
        `gain at 64 − gain at ${size}`,
        [
          ofBatch("mlp-pre", 64),
          ofBatch("mlp-none", 64),
          ofBatch("mlp-pre", size),
          ofBatch("mlp-none", size),
        ],
        margin,
      )
    ),
  }],
};
