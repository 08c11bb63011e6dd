import { type Choice, choice } from "./choice.ts";
import type { Experiment } from "../experiment.ts";
import { changed, firstImages } from "./row.ts";

/** A part of the images, or the choice would cost as much as all that it serves. */
export const CHOOSING_IMAGES = { images: firstImages(20_000) };

/** The models of the assignment, and the same without BN. */
export const RATED = [
  "mlp-none",
  "mlp-pre",
  "mlp-post",
  "cnn-none",
  "cnn-pre",
  "cnn-post",
] as const;
export type Rated = typeof RATED[number];

/** Rates that have six seeds: B1 and B2 compare the CNN's. */
export const SIX_SEEDS = [0.3, 1, 3];

/** R: the learning rate of each model. */
export const RATE_CHOICES: Choice[] = RATED.map((model) =>
  model.startsWith("mlp")
    ? choice(model, [0.03, 0.1, ...SIX_SEEDS], [3, 3, 6, 6, 6], CHOOSING_IMAGES)
    : choice(model, [0.1, ...SIX_SEEDS], [3, 6, 6, 6], CHOOSING_IMAGES)
);

/** A model at one of the rates that were tried. */
export const onChoosingImages = (model: Rated, learningRate: number): Experiment =>
  changed(model, { ...CHOOSING_IMAGES, learningRate });
