import { DEPTHS } from "../../experiments/sweeps/depth.ts";
import { type Claim, compare, SIDE_WORDS } from "./claim.ts";

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
    DEEPER.map((depth) =>
      compare(
        `Test accuracy with ${depth} hidden layers`,
        [`mlp-${placement}-depth-${depth}`, SIDE_WORDS[placement]],
        [`mlp-none-depth-${depth}`, SIDE_WORDS.none],
      )
    )
  ),
};
