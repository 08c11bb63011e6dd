import { type Experiment, experimentOf } from "../experiment.ts";
import { BUDGET, PLACEMENTS } from "./sweep.ts";

/** Long enough on 10,000 images for the training accuracy to leave the test accuracy behind. */
export const OVERFIT_EPOCHS = { mlp: 30, cnn: 10 } as const;

/** Both models until they fit their training images. */
export const OVERFIT: Experiment[] = (["mlp", "cnn"] as const).flatMap((model) =>
  PLACEMENTS.map((placement) =>
    experimentOf(`${model}-${placement}`, { ...BUDGET, epochs: OVERFIT_EPOCHS[model] }, "overfit")
  )
);
