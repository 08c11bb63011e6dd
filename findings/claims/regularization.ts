import { OVERFIT, OVERFIT_EPOCHS } from "../../experiments/sweeps/regularization.ts";
import { generalizationOf } from "../trial_numbers.ts";
import { againstNone, type Claim } from "./claim.ts";

const MODELS = ["mlp", "cnn"] as const;

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
    againstNone(
      `${model.toUpperCase()}, test minus training accuracy`,
      (placement) => `${model}-${placement}-overfit`,
      { value: generalizationOf },
    )
  ),
};
