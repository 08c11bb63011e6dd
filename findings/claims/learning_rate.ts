import { LEARNING_RATES } from "../../experiments/sweeps/learning_rate.ts";
import { type Claim, compare, SIDE_WORDS } from "./claim.ts";

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
    AGGRESSIVE.map((rate) =>
      compare(
        `Test accuracy at learning rate ${rate}`,
        [`mlp-${placement}-rate-${rate}`, SIDE_WORDS[placement]],
        [`mlp-none-rate-${rate}`, SIDE_WORDS.none],
      )
    )
  ),
};
