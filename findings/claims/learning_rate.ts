import { LEARNING_RATES } from "../../experiments/sweeps/learning_rate.ts";
import { type Claim, SIDE_WORDS, testAccuracy } from "./claim.ts";

/** Ten and thirty times the shared rate: fixed before any result was seen. */
const AGGRESSIVE = [1, 3] as const;

/** How high the learning rate may be, with and without batch normalization. */
export const learningRate: Claim = {
  name: "learning-rate",
  statement: "batch normalization seems to allow for more aggressive learning rates",
  source: "assignment",
  question:
    `At start values of ${AGGRESSIVE.join(" and ")}, does the MLP reach more with BN than ` +
    "without?",
  experiments: LEARNING_RATES,
  contrasts: (["pre", "post"] as const).flatMap((placement) =>
    AGGRESSIVE.map((rate) => ({
      subject: `Test accuracy at learning rate ${rate}`,
      first: {
        experiment: `mlp-${placement}-rate-${rate}`,
        words: SIDE_WORDS[placement],
        value: testAccuracy,
      },
      second: {
        experiment: `mlp-none-rate-${rate}`,
        words: SIDE_WORDS.none,
        value: testAccuracy,
      },
      unit: "points" as const,
    }))
  ),
};
