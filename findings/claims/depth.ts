import { type Claim, testAccuracy } from "./claim.ts";
import { SIDE_WORDS, sweepOf } from "./sweeps.ts";

/** Hidden layers of 100 units in the sweep. */
export const SWEPT_DEPTHS = [1, 2, 4, 8, 16] as const;

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
  experiments: (["none", "pre", "post"] as const).flatMap((placement) =>
    SWEPT_DEPTHS.map((depth) =>
      sweepOf(placement, { hidden: Array(depth).fill(100) }, `depth-${depth}`)
    )
  ),
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
