import { experimentOf } from "../../experiments/experiment.ts";
import type { TrialRecord } from "../../experiments/records.ts";
import { BUDGET, type Claim } from "./claim.ts";
import { SIDE_WORDS } from "./sweeps.ts";

/** Long enough on 10,000 images for the training accuracy to leave the test accuracy behind. */
const EPOCHS = { mlp: 30, cnn: 10 } as const;

/** Test minus training accuracy: negative, and the closer to 0 the better the fit carries over. */
export function generalization({ train, test }: TrialRecord): number {
  return (test.dataset ?? test.moving).accuracy - (train.dataset ?? train.moving).accuracy;
}

const MODELS = ["mlp", "cnn"] as const;
const nameOf = (model: string, placement: string) => `${model}-${placement}-overfit`;

/** Whether batch normalization narrows the gap between training and test accuracy. */
export const regularization: Claim = {
  name: "regularization",
  statement: "BN acts as regularizer",
  source: "assignment",
  question: `After ${EPOCHS.mlp} epochs (CNN: ${EPOCHS.cnn}), is test accuracy less far below ` +
    "training accuracy with BN than without?",
  experiments: MODELS.flatMap((model) =>
    (["none", "pre", "post"] as const).map((placement) =>
      experimentOf(`${model}-${placement}`, { ...BUDGET, epochs: EPOCHS[model] }, "overfit")
    )
  ),
  contrasts: MODELS.flatMap((model) =>
    (["pre", "post"] as const).map((placement) => ({
      subject: `${model.toUpperCase()}, test minus training accuracy`,
      first: {
        experiment: nameOf(model, placement),
        words: SIDE_WORDS[placement],
        value: generalization,
      },
      second: { experiment: nameOf(model, "none"), words: SIDE_WORDS.none, value: generalization },
      unit: "points" as const,
    }))
  ),
};
