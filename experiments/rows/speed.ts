import { type Choice, choice, ownRate } from "./choice.ts";
import { CHOOSING_IMAGES, RATED } from "./rates.ts";
import { changed, reporting, type Row } from "./row.ts";

const ONE_EPOCH = { epochs: 1 };

/** The rate of each model for a schedule of one epoch. */
export const SPEED_CHOICES: Choice[] = RATED.map((model) =>
  choice(model, [0.1, 0.3, 1], 2, ONE_EPOCH)
);

/** A1: what one epoch gives, at a rate that falls to zero within it. */
export const speed = (): Row => ({
  id: "A1",
  description: "a whole schedule of one epoch, on all images",
  groups: [{
    experiments: RATED.map((model) =>
      changed(model, { ...ONE_EPOCH, learningRate: ownRate(model, ONE_EPOCH) })
    ),
    seeds: reporting(10),
  }],
});

/** How long is long. */
const LONG = { mlp: { epochs: 30 }, cnn: { epochs: 15 } };
const lengthOf = (model: typeof RATED[number]) => LONG[model.startsWith("mlp") ? "mlp" : "cnn"];

/** The rate of each model for a long schedule. */
export const LONG_CHOICES: Choice[] = RATED.map((model) =>
  choice(model, [0.1, 0.3], 2, { ...CHOOSING_IMAGES, ...lengthOf(model) })
);

const long = (id: string, kind: "mlp" | "cnn", trials: number) => (): Row => ({
  id,
  description: `${LONG[kind].epochs} epochs on all images`,
  groups: [{
    experiments: RATED.filter((model) => model.startsWith(kind)).map((model) => {
      const learningRate = ownRate(model, { ...CHOOSING_IMAGES, ...LONG[kind] });
      return changed(model, { ...LONG[kind], learningRate });
    }),
    seeds: reporting(trials),
  }],
});

/** A2: what is left of it after long training. */
export const longMlp = long("A2-mlp", "mlp", 10);
export const longCnn = long("A2-cnn", "cnn", 8);
