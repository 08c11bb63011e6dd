/**
 * The same seed gives the same weights, to the bit, on every processor with fused multiply-add: AMD's
 * and Intel's give those below. A change of speed that changes one of them has changed a sum's order.
 */
import { assertEquals } from "@std/assert";
import type { Experiment } from "../../experiments/experiment.ts";
import { hasFusedMultiplyAdd, prepareBackend } from "../../experiments/backend.ts";
import { runTrial } from "../../experiments/trial.ts";
import { granted } from "../permissions.ts";
import { tinyData, tinyExperiment } from "../tiny_trials.ts";

const WEIGHTS = {
  mlp: "4b2a0a263bd9e4a1a34b610abd0b778ba2a223ba681732d47f55795c66e5ae76",
  cnn: "55562326891e6e8cccc027a3c9d1aad4a5ca31fffc7a8bf5bcdc5614c7fbbac3",
};

const EXPERIMENTS: Record<keyof typeof WEIGHTS, Partial<Experiment>> = {
  mlp: { placement: "pre", hidden: [256, 128, 100] },
  cnn: { architecture: "cnn", placement: "post", filters: 30, hidden: [100] },
};

for (const model of ["mlp", "cnn"] as const) {
  Deno.test({
    name:
      `the weights of a short training of the ${model.toUpperCase()} have the SHA-256 that they always had`,
    ignore: !granted("read"),
    async fn(t) {
      await prepareBackend();
      const fused = hasFusedMultiplyAdd();
      if (!fused) {
        console.log("This processor rounds twice where others round once: no bits to compare.");
      }
      await t.step({
        name: "on a processor with fused multiply-add",
        ignore: !fused,
        async fn() {
          const experiment = tinyExperiment(EXPERIMENTS[model]);
          assertEquals((await runTrial(experiment, 1, tinyData())).weights, WEIGHTS[model]);
        },
      });
    },
  });
}
