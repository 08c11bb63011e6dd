/**
 * The same seed gives the same weights, to the bit, wherever multiplying and adding rounds alike: once, as on
 * AMD's and Intel's processors, or twice, where an engine has no relaxed SIMD or a processor no fused
 * multiply-add. A change of speed that changes one of them has changed a sum's order.
 */
import { assertEquals } from "@std/assert";
import type { Experiment } from "../../experiments/experiment.ts";
import { prepareBackend } from "../../experiments/backend.ts";
import { hasFusedMultiplyAdd } from "../../kernels/mod.ts";
import { runTrial } from "../../experiments/trial.ts";
import { granted } from "../permissions.ts";
import { tinyData, tinyExperiment } from "../tiny_trials.ts";

const FUSED = {
  mlp: "4b2a0a263bd9e4a1a34b610abd0b778ba2a223ba681732d47f55795c66e5ae76",
  cnn: "55562326891e6e8cccc027a3c9d1aad4a5ca31fffc7a8bf5bcdc5614c7fbbac3",
};

const ROUNDED_TWICE = {
  mlp: "f7f22942d572385aaf9152fdeaaf164d05829d16e260954d0ea88be4025e693e",
  cnn: "4555ca2de6725654d2dc710f4e81ffc4135cceb7f77ac05b9b8af7275bf4026d",
};

const EXPERIMENTS: Record<keyof typeof FUSED, Partial<Experiment>> = {
  mlp: { placement: "pre", hidden: [256, 128, 100] },
  cnn: { architecture: "cnn", placement: "post", filters: 30, hidden: [100] },
};

for (const model of ["mlp", "cnn"] as const) {
  Deno.test({
    name:
      `the weights of a short training of the ${model.toUpperCase()} have the SHA-256 that they always had`,
    ignore: !granted("read"),
    async fn() {
      await prepareBackend();
      const expected = (hasFusedMultiplyAdd() ? FUSED : ROUNDED_TWICE)[model];
      const experiment = tinyExperiment(EXPERIMENTS[model]);
      assertEquals((await runTrial(experiment, 1, tinyData())).weights, expected);
    },
  });
}
