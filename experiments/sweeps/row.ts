/**
 * What a row of findings/design.md trains. Rows share trials: an experiment's name says everything in
 * which it differs from the assignment's, so that equal ones have one name, and are trained once.
 *
 * @module
 */
import { DEFAULTS, type Experiment, experimentOf } from "../experiment.ts";

/** Experiments that are run with the same seeds. */
export interface Group {
  experiments: Experiment[];
  seeds: number[];
}

/** One row. */
export interface Row {
  /** As in findings/design.md, and `-rates` behind it where learning rates are chosen. */
  id: string;
  /** One line for plans. */
  description: string;
  groups: Group[];
}

/** The first n seeds whose trials are reported: 11, 12, … */
export function reporting(n: number): number[] {
  return seedsFrom(11, n);
}

/** The first n seeds whose trials choose learning rates: 111, 112, … */
export function choosing(n: number): number[] {
  return seedsFrom(111, n);
}

/** Every seed that reports in some row, and every seed that chooses in some. */
export const REPORTING_SEEDS = reporting(12);
export const CHOOSING_SEEDS = choosing(6);

function seedsFrom(first: number, n: number): number[] {
  return Array.from({ length: n }, (_, i) => first + i);
}

/** Each experiment once: two designs may come out the same, where an own rate is the shared one. */
export function once(experiments: readonly Experiment[]): Experiment[] {
  return [...new Map(experiments.map((experiment) => [experiment.name, experiment])).values()];
}

/** Where batch normalization stands. */
export const PLACEMENTS = ["none", "pre", "post"] as const;
export type Placement = typeof PLACEMENTS[number];

/** The first images of the training split, of which there are 55,000. */
export function firstImages(train: number): Experiment["images"] {
  return { train, validation: 5_000, test: 10_000 };
}

/** The budget of most claims. */
export const TEN_THOUSAND = { images: firstImages(10_000) };

/**
 * What is recorded beside the scores unless a row asks for something else: it follows from the design
 * alone, so that rows that share a trial ask for the same.
 */
function usualMeasures(
  { images, epochs, epsilon, scaling }: Experiment,
): Experiment["measure"] {
  if (images.train === 10_000) return ["norms", "gradients"];
  if (images.train < 55_000) return [];
  if (epochs !== 5) return ["curve", "right"];
  const usual = epsilon === DEFAULTS.epsilon && scaling === DEFAULTS.scaling;
  return DEFAULTS.measure.filter((part) => usual || part !== "histograms");
}

/** An experiment at the shared rate unless changed, whose name says what is. */
export function changed(
  model: Parameters<typeof experimentOf>[0],
  changes: Partial<Experiment> = {},
): Experiment {
  const usual = experimentOf(model);
  const experiment = { ...usual, ...changes };
  const words: [keyof Experiment, string][] = [
    ["images", `${experiment.images.train / 1000}k`],
    ["hidden", `depth-${experiment.hidden.length}`],
    ["activation", experiment.activation],
    ["scaling", experiment.scaling],
    ["epsilon", `epsilon-${experiment.epsilon}`],
    ["batchSize", `batch-${experiment.batchSize}`],
    ["epochs", `epochs-${experiment.epochs}`],
    ["schedule", experiment.schedule],
    ["learningRate", `rate-${experiment.learningRate}`],
    ["measure", experiment.measure.join("-")],
  ];
  const suffix = words
    .filter(([key]) => JSON.stringify(experiment[key]) !== JSON.stringify(usual[key]))
    .map(([, word]) => word).join("-");
  const measure = changes.measure ?? usualMeasures(experiment);
  return experimentOf(model, { ...experiment, measure }, suffix);
}

/** Every model at every rate. */
export function atRates(
  models: readonly Parameters<typeof experimentOf>[0][],
  rates: readonly number[],
  changes: Partial<Experiment> = {},
): Experiment[] {
  return models.flatMap((model) =>
    rates.map((learningRate) => changed(model, { ...changes, learningRate }))
  );
}
