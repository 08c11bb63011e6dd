import { type Claim, testAccuracy } from "./claim.ts";
import { SIDE_WORDS, sweepOf } from "./sweeps.ts";

/** Start values of the sweep; the shared 0.1 has no suffix in its name. */
export const SWEPT_RATES = [0.01, 0.03, 0.1, 0.3, 1, 3, 10] as const;

/** Ten and thirty times the shared rate: fixed before any result was seen. */
const AGGRESSIVE = [1, 3] as const;

const suffixOf = (rate: number) => rate === 0.1 ? "" : `rate-${rate}`;

/** How high the learning rate may be, with and without batch normalization. */
export const learningRate: Claim = {
  name: "learning-rate",
  statement: "batch normalization seems to allow for more aggressive learning rates",
  source: "assignment",
  question:
    `At start values of ${AGGRESSIVE.join(" and ")}, does the MLP reach more with BN than ` +
    "without?",
  experiments: (["none", "pre", "post"] as const).flatMap((placement) =>
    SWEPT_RATES.map((rate) => sweepOf(placement, { learningRate: rate }, suffixOf(rate)))
  ),
  contrasts: (["pre", "post"] as const).flatMap((placement) =>
    AGGRESSIVE.map((rate) => ({
      subject: `Test accuracy at learning rate ${rate}`,
      first: {
        experiment: `mlp-${placement}-${suffixOf(rate)}`,
        words: SIDE_WORDS[placement],
        value: testAccuracy,
      },
      second: {
        experiment: `mlp-none-${suffixOf(rate)}`,
        words: SIDE_WORDS.none,
        value: testAccuracy,
      },
      unit: "points" as const,
    }))
  ),
};
