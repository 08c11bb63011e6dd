import type { Experiment } from "../experiment.ts";
import { atOwnRate, type Choice, choice } from "./choice.ts";
import { type Placement, PLACEMENTS, reporting, type Row, TEN_THOUSAND } from "./row.ts";

export const ACTIVATIONS = ["sigmoid", "tanh", "relu"] as const;
/** Learning rates that are tried. */
const RATES = [0.1, 0.3, 1, 3, 10];

const of = (activation: Experiment["activation"]): Partial<Experiment> => ({
  ...TEN_THOUSAND,
  epochs: 10,
  activation,
});

const DESIGNS = ACTIVATIONS.flatMap((activation) =>
  PLACEMENTS.map((placement) => [placement, activation] as const)
);

/** The rate of each activation in each place. */
export const ACTIVATION_CHOICES: Choice[] = DESIGNS.map(([placement, activation]) =>
  choice(`mlp-${placement}`, RATES, 2, of(activation))
);

/** An activation at its own rate. */
export const withActivation = (
  placement: Placement,
  activation: Experiment["activation"],
): Experiment => atOwnRate(`mlp-${placement}`, of(activation));

/** E1 to E3: activations by the place of BN. */
export const activation: Row = {
  id: "E1",
  description: "sigmoid, tanh and ReLU, 10 epochs",
  groups: [{
    experiments: DESIGNS.map(([placement, activation]) => withActivation(placement, activation)),
    seeds: reporting(10),
  }],
};
