import type { Experiment } from "../experiment.ts";
import { atOwnRate, type Choice, choice } from "./choice.ts";
import { CHOOSING_IMAGES, RATED, type Rated } from "./rates.ts";
import { changed, reporting, type Row } from "./row.ts";

/** A model on all images, five epochs, at its own rate. */
export const afterFive = (model: Rated): Experiment => atOwnRate(model, {}, CHOOSING_IMAGES);

const ofKind = (kind: "mlp" | "cnn") => RATED.filter((model) => model.startsWith(kind));
const atOwnAndShared = (model: Rated) => [afterFive(model), changed(model)];

/** A3: before or after, each at its own rate and at the shared one; no BN beside. */
export const placement: Row = {
  id: "A3",
  description: "BN before the activation, after it, and none, on all images",
  groups: [
    {
      experiments: [
        ...ofKind("mlp").flatMap(atOwnAndShared),
        ...[changed("mlp256-pre"), changed("mlp256-post")],
      ],
      seeds: reporting(12),
    },
    { experiments: ofKind("cnn").flatMap(atOwnAndShared), seeds: reporting(10) },
  ],
};

/** What A4 changes, beside nothing. */
export const CELLS = {
  epsilon: { epsilon: 1e-5 },
  scaling: { scaling: "standardized" },
  both: { epsilon: 1e-5, scaling: "standardized" },
} satisfies Record<string, Partial<Experiment>>;

/** The two places that A4 compares. */
const PLACES = ["mlp-pre", "mlp-post"] as const;

/** The rate of each cell of A4. */
export const CELL_CHOICES: Choice[] = PLACES.flatMap((model) =>
  Object.values(CELLS).map((cell) =>
    choice(model, [0.1, 0.3, 1], 2, { ...CHOOSING_IMAGES, ...cell })
  )
);

/** A model in a cell of A4. */
export const inCell = (model: typeof PLACES[number], cell: keyof typeof CELLS): Experiment =>
  atOwnRate(model, CELLS[cell], CHOOSING_IMAGES);

/** A4: the same by ε and by the scale of the input; the usual cell is A3's. */
export const epsilonAndScale: Row = {
  id: "A4",
  description: "before or after, by ε and by the scale of the input",
  groups: [{
    experiments: PLACES.flatMap((model) =>
      (Object.keys(CELLS) as (keyof typeof CELLS)[]).map((cell) => inCell(model, cell))
    ),
    seeds: reporting(12),
  }],
};
