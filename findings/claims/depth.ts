import { DEPTHS } from "../../experiments/sweeps/depth.ts";
import { type Claim, SIDE_WORDS, testAccuracy } from "./claim.ts";

/** What the text calls deeper: more hidden layers than our MLP has. */
const DEEPER = [4, 8, 16] as const;

/** Whether batch normalization helps deep networks. */
export const depth: Claim = {
  name: "depth",
  statement: "adding it always helps when dealing with deeper layers",
  source: "assignment",
  question:
    `With ${DEEPER.join(", ")} hidden layers of 100, does the MLP reach more with BN than ` +
    "without?",
  experiments: DEPTHS,
  contrasts: (["pre", "post"] as const).flatMap((placement) =>
    DEEPER.map((depth) => ({
      subject: `Test accuracy with ${depth} hidden layers`,
      first: {
        experiment: `mlp-${placement}-depth-${depth}`,
        words: SIDE_WORDS[placement],
        value: testAccuracy,
      },
      second: {
        experiment: `mlp-none-depth-${depth}`,
        words: SIDE_WORDS.none,
        value: testAccuracy,
      },
      unit: "points" as const,
    }))
  ),
};
