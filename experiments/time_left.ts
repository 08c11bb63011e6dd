/**
 * How long trials take: the one place that estimates it, for bars, lines and plans.
 *
 * @module
 */
import { IMAGE_SIZE, NUM_CLASSES } from "../data/labeled_images.ts";
import { countBatches } from "../data/minibatches.ts";
import type { Experiment } from "./experiment.ts";
import { mean } from "./mean.ts";

/** How many training images are scored after the last epoch, to compare with the test images. */
export const TRAIN_SCORE_IMAGES = 10_000;

/** How many of the first training images give the dataset statistics of a curve. */
export const CURVE_IMAGES = 10_000;

/** After how many steps there is a score, where steps are asked for. */
export const SCORED_STEPS = [25, 50, 100, 156, 312, 780];

/** What a training image costs, in images evaluated. */
export const TRAINING_COST = 8;

/** How much there is to do in a trial, in images evaluated. */
export function workOf(experiment: Experiment): number {
  const { placement, epochs, batchSize, images, hidden, filters, measure } = experiment;
  const layers = placement === "none" ? 0 : hidden.length + (filters > 0 ? 1 : 0);
  const trained = countBatches(images.train, batchSize, "drop") * batchSize;
  // Dataset statistics take a pass over the training images for each BN layer.
  const exactScore = layers > 0 ? layers * images.train + images.validation : 0;
  const curveScore = layers > 0
    ? layers * Math.min(images.train, CURVE_IMAGES) + images.validation
    : 0;
  const finalScore = Math.min(images.train, TRAIN_SCORE_IMAGES) + images.test;
  return epochs * (trained * TRAINING_COST + images.validation) +
    (measure.includes("modes") ? epochs * exactScore : 0) +
    (measure.includes("curve") ? epochs * curveScore : 0) +
    (measure.includes("steps") ? SCORED_STEPS.length * (images.validation + curveScore) : 0) +
    exactScore + (layers > 0 ? 2 : 1) * finalScore;
}

/** What passes over a layer's outputs cost: after the activation, a bias is added too. */
const PASSES = { none: 1e-3, pre: 1.2e-3, post: 1.3e-3 };

/**
 * What a trial costs beside others: about microseconds where the reference run was made. It follows
 * from the experiment alone, so that machines that share out a list of trials agree about it.
 */
export function costOf(experiment: Experiment): number {
  const { hidden, filters, placement, batchSize } = experiment;
  const map = filters * IMAGE_SIZE ** 2;
  const widths = [filters > 0 ? map / 4 : IMAGE_SIZE ** 2, ...hidden, NUM_CLASSES];
  const products = 25 * map + // a convolution of 5×5
    widths.slice(1).reduce((sum, width, i) => sum + widths[i] * width, 0);
  const outputs = map + hidden.reduce((sum, width) => sum + width, 0);
  const layers = hidden.length * (placement === "none" ? 1 : 2) + 1;
  // Fitted to the recorded times; each layer costs the same for every batch, however small.
  return workOf(experiment) *
    (7e-6 * products + PASSES[placement] * outputs + 18 * layers / batchSize);
}

/** A trial that is finished, under way, or still to be run. */
export interface TimedTrial {
  experiment: Experiment;
  /** Share of it that is done, 0 to 1. */
  done: number;
  /** What that took. */
  seconds: number;
}

/**
 * Seconds until the last of some trials ends. Each goes on at its own speed; one that has not begun
 * has that of its experiment's other trials, or else of its architecture's.
 *
 * @param trials Finished ones too, which tell how long the others take.
 * @param jobs Trials side by side.
 * @returns NaN while nothing is known of an architecture.
 */
export function secondsLeft(trials: readonly TimedTrial[], jobs: number): number {
  const begun = trials.filter(({ done }) => done > 0);
  const left = trials.filter(({ done }) => done < 1).map((trial) =>
    (1 - trial.done) * workOf(trial.experiment) * secondsPerWork(trial, begun)
  );
  const sum = left.reduce((sum, seconds) => sum + seconds, 0);
  return Math.max(sum / jobs, ...left); // near the end, not every job has something to do
}

function secondsPerWork(trial: TimedTrial, begun: readonly TimedTrial[]): number {
  const { name, architecture } = trial.experiment;
  const alike = [
    begun.filter((other) => other === trial),
    begun.filter(({ experiment }) => experiment.name === name),
    begun.filter(({ experiment }) => experiment.architecture === architecture),
  ].find(({ length }) => length > 0) ?? [];
  return mean(alike.map(({ experiment, done, seconds }) => seconds / (done * workOf(experiment))));
}
