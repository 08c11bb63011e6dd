import type { Experiment } from "../experiment.ts";
import { type Choice, choice, ownRate } from "./choice.ts";
import { changed, PLACEMENTS, reporting, type Row, TEN_THOUSAND } from "./row.ts";

/** One of each kind: bounded below, bounded on both sides. */
export const ACTIVATIONS = ["sigmoid", "tanh", "relu"] as const;
/** Learning rates that are tried. */
const RATES = [0.1, 0.3, 1, 3, 10];

const DESIGNS = ACTIVATIONS.flatMap((activation) =>
  PLACEMENTS.map((placement): [`mlp-${typeof placement}`, Partial<Experiment>] => [
    `mlp-${placement}`,
    { ...TEN_THOUSAND, epochs: 10, activation },
  ])
);

/** The rate of each activation in each place. */
export const ACTIVATION_CHOICES: Choice[] = DESIGNS.map(([model, of]) =>
  choice(model, RATES, 2, of)
);

/** E1 to E3: activations by the place of BN, each at its own rate. */
export const activation = (): Row => ({
  id: "E1",
  description: "sigmoid, tanh and ReLU, 10 epochs",
  groups: [{
    experiments: DESIGNS.map(([model, of]) =>
      changed(model, { ...of, learningRate: ownRate(model, of) })
    ),
    seeds: reporting(10),
  }],
});
