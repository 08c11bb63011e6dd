import { ACTIVATIONS, SIGMOID } from "../../experiments/sweeps/activation.ts";
import { againstNone, type Claim, compare, SIDE_WORDS } from "./claim.ts";

/** Whether a bounded activation prefers batch normalization behind it. */
export const boundedActivation: Claim = {
  name: "bounded-activation",
  statement: "batch normalization after a bounded activation does better than before it",
  source: "Kim et al. 2023, “Tanh Works Better with Asymmetry”",
  question: "With sigmoid in place of ReLU, does the MLP reach more with BN after the activation " +
    "than before it? (The publication also says that the order changes little with ReLU; that is not " +
    "asked here.)",
  experiments: ACTIVATIONS,
  contrasts: [
    compare(
      "Test accuracy with sigmoid",
      ["mlp-post-sigmoid", SIDE_WORDS.post],
      ["mlp-pre-sigmoid", SIDE_WORDS.pre],
    ),
  ],
};

/** Whether a saturating activation trains at all only with batch normalization. */
export const saturatingActivation: Claim = {
  name: "saturating-activation",
  statement:
    "batch normalization makes it possible to use saturating nonlinearities by preventing the " +
    "network from getting stuck in the saturated modes",
  source: "Ioffe & Szegedy 2015, arXiv:1502.03167, abstract",
  question: "With sigmoid in place of ReLU, does the MLP reach more with BN than without?",
  experiments: SIGMOID,
  contrasts: againstNone("Test accuracy with sigmoid", (placement) => `mlp-${placement}-sigmoid`),
};
