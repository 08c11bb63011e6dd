import type { Experiment } from "../experiment.ts";
import { type Choice, choice, ownRate } from "./choice.ts";
import { CHOOSING_IMAGES, RATED } from "./rates.ts";
import { changed, reporting, type Row } from "./row.ts";

const [MLPS, CNNS] = ["mlp", "cnn"].map((kind) => RATED.filter((name) => name.startsWith(kind)));

/** A3: before or after, each at its own rate and at the shared one; no BN beside. */
export const placement = (): Row => ({
  id: "A3",
  description: "BN before the activation, after it, and none, on all images",
  groups: [
    {
      experiments: [
        ...MLPS.flatMap(atOwnAndShared),
        ...(["mlp256-pre", "mlp256-post"] as const).map((model) => changed(model)),
      ],
      seeds: reporting(12),
    },
    { experiments: CNNS.flatMap(atOwnAndShared), seeds: reporting(10) },
  ],
});

function atOwnAndShared(model: typeof RATED[number]): Experiment[] {
  const own = changed(model, { learningRate: ownRate(model, CHOOSING_IMAGES) });
  const shared = changed(model);
  return own.name === shared.name ? [shared] : [own, shared];
}

/** The cells of A4 beside the usual one. */
const CELLS: Partial<Experiment>[] = [
  { epsilon: 1e-5 },
  { scaling: "standardized" },
  { epsilon: 1e-5, scaling: "standardized" },
];

/** The rate of each cell of A4. */
export const CELL_CHOICES: Choice[] = (["mlp-pre", "mlp-post"] as const).flatMap((model) =>
  CELLS.map((cell) => choice(model, [0.1, 0.3, 1], 2, { ...CHOOSING_IMAGES, ...cell }))
);

/** A4: the same by ε and by the scale of the input; the usual cell is A3's. */
export const epsilonAndScale = (): Row => ({
  id: "A4",
  description: "before or after, by ε and by the scale of the input",
  groups: [{
    experiments: (["mlp-pre", "mlp-post"] as const).flatMap((model) =>
      CELLS.map((cell) =>
        changed(model, {
          ...cell,
          learningRate: ownRate(model, { ...CHOOSING_IMAGES, ...cell }),
        })
      )
    ),
    seeds: reporting(12),
  }],
});
