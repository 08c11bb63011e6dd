import type { TrialRecord } from "../../experiments/record.ts";
import { OVERFIT, OVERFIT_EPOCHS } from "../../experiments/sweeps/regularization.ts";
import { type Claim, SIDE_WORDS, testAccuracy } from "./claim.ts";

/** Test minus training accuracy: negative, and the closer to 0 the better the fit carries over. */
export function generalization(record: TrialRecord): number {
  const { train } = record;
  return testAccuracy(record) - (train.dataset ?? train.moving).accuracy;
}

const MODELS = ["mlp", "cnn"] as const;
const nameOf = (model: string, placement: string) => `${model}-${placement}-overfit`;

/** Whether batch normalization narrows the gap between training and test accuracy. */
export const regularization: Claim = {
  name: "regularization",
  statement: "BN acts as regularizer",
  source: "assignment",
  question:
    `After ${OVERFIT_EPOCHS.mlp} epochs (CNN: ${OVERFIT_EPOCHS.cnn}), is test accuracy less far below ` +
    "training accuracy with BN than without?",
  experiments: OVERFIT,
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
