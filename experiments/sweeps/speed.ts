import type { Experiment } from "../experiment.ts";
import { atOwnRate, type Choice, choice } from "./choice.ts";
import { CHOOSING_IMAGES, RATED, type Rated } from "./rates.ts";
import { reporting, type Row } from "./row.ts";

const ONE_EPOCH = { epochs: 1 };

/** The rate of each model for a schedule of one epoch. */
export const SPEED_CHOICES: Choice[] = RATED.map((model) =>
  choice(model, [0.1, 0.3, 1], 2, ONE_EPOCH)
);

/** A model after a whole schedule of one epoch. */
export const afterOne = (model: Rated): Experiment => atOwnRate(model, ONE_EPOCH);

/** A1: what one epoch gives, at a rate that falls to zero within it. */
export const speed: Row = {
  id: "A1",
  description: "a whole schedule of one epoch, on all images",
  groups: [{ experiments: RATED.map(afterOne), seeds: reporting(10) }],
};

/** How long is long. */
const LONG = { mlp: { epochs: 30 }, cnn: { epochs: 15 } };
const lengthOf = (model: Rated) => LONG[model.startsWith("mlp") ? "mlp" : "cnn"];

/** The rate of each model for a long schedule. */
export const LONG_CHOICES: Choice[] = RATED.map((model) =>
  choice(model, [0.1, 0.3], 2, { ...CHOOSING_IMAGES, ...lengthOf(model) })
);

/** A model after a long schedule. */
export const afterLong = (model: Rated): Experiment =>
  atOwnRate(model, lengthOf(model), CHOOSING_IMAGES);

const long = (kind: "mlp" | "cnn", trials: number): Row => ({
  id: `A2-${kind}`,
  description: `${LONG[kind].epochs} epochs on all images`,
  groups: [{
    experiments: RATED.filter((model) => model.startsWith(kind)).map(afterLong),
    seeds: reporting(trials),
  }],
});

/** A2: what is left of it after long training. */
export const longMlp = long("mlp", 10);
export const longCnn = long("cnn", 8);
