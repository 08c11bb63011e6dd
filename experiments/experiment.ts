/**
 * What an experiment is: every hyperparameter, with its reason.
 *
 * An experiment is plain data. Together with a seed it determines a trial to the bit, and it is what
 * a record carries and what decides whether a finished trial may be used again.
 *
 * @module
 */
import * as v from "valibot";

const count = v.pipe(v.number(), v.integer(), v.minValue(1));

/** The form of an {@linkcode Experiment}, for reading records. */
export const experimentSchema = v.strictObject({
  /** Name in tables and file names, for example `mlp-pre`. */
  name: v.pipe(v.string(), v.regex(/^[a-z0-9.-]{1,100}$/)),
  architecture: v.picklist(["mlp", "cnn"]),
  /** Where batch normalization stands: nowhere, before the activation, or after it. */
  placement: v.picklist(["none", "pre", "post"]),
  /** Widths of the hidden dense layers. */
  hidden: v.array(count),
  /** Filters of the convolution; 0 for an MLP. */
  filters: v.pipe(v.number(), v.integer(), v.minValue(0)),
  activation: v.picklist(["relu", "sigmoid", "tanh"]),
  /**
   * How bytes become numbers: as they are, ÷255, or by the training split's mean and
   * standard deviation.
   */
  scaling: v.picklist(["raw", "unit", "standardized"]),
  epochs: count,
  batchSize: count,
  /** At the first step. */
  learningRate: v.pipe(v.number(), v.finite(), v.gtValue(0)),
  /** How the rate goes on: linearly to zero over the run, or as it is. */
  schedule: v.picklist(["linear", "constant"]),
  /** Weight of the old value in the moving statistics. */
  momentum: v.pipe(v.number(), v.minValue(0), v.ltValue(1)),
  /** Added to the variance. */
  epsilon: v.pipe(v.number(), v.finite(), v.gtValue(0)),
  /** Images used of each split, from its beginning. */
  images: v.strictObject({ train: count, validation: count, test: count }),
  /**
   * What is recorded beside the scores; nothing of it changes the training.
   *
   * - `layers`: γ, β and both statistics of each BN layer at the end.
   * - `histograms`: how each layer's outputs are distributed after each epoch. Their mean and standard
   *   deviation are recorded without it too, unless something from `curve` on is asked for.
   * - `modes`: after each epoch, the same weights scored with batch and with dataset statistics too.
   * - `curve`: after each epoch, the validation score with dataset statistics of the first images.
   * - `steps`: the same, and with moving statistics, after some steps of the first epochs.
   * - `right`: which test images are classified correctly.
   * - `norms`: the size of each affine layer's weights after each epoch.
   * - `gradients`: the size of each affine layer's gradient before the first step.
   * - `path`: how far the inputs of the activations move while the loss falls by a set amount.
   */
  measure: v.array(
    v.picklist([
      ...["layers", "histograms", "modes"] as const,
      ...["curve", "steps", "right", "norms", "gradients", "path"] as const,
    ]),
  ),
});

/** One model and everything that decides how it is trained. */
export type Experiment = v.InferOutput<typeof experimentSchema>;

/** @throws {TypeError} If one of its settings cannot be, or is none; names it, the value and the rule. */
export function assertExperiment(experiment: Experiment): void {
  const { issues } = v.safeParse(experimentSchema, experiment);
  if (!issues) return;
  const [{ expected, message }] = issues;
  throw new TypeError(
    `Cannot run experiment "${experiment?.name}": ${v.getDotPath(issues[0]) ?? "it"}: ` +
      (expected === "never" ? "There is no such setting." : `${message}.`),
  );
}

/** What all experiments share unless one says otherwise; the reasons stand in {@linkcode REASONS}. */
export const DEFAULTS = {
  activation: "relu",
  scaling: "unit",
  epochs: 5,
  batchSize: 64,
  learningRate: 0.3,
  schedule: "linear",
  momentum: 0.99,
  epsilon: 1e-3,
  images: { train: 55_000, validation: 5_000, test: 10_000 },
  measure: ["layers", "histograms", "curve", "right"],
} satisfies Partial<Experiment>;

/** Why each setting is what it is. */
export const REASONS: Record<Exclude<keyof Experiment, "name" | "measure">, string> = {
  architecture: "The assignment asks for an MLP and a CNN.",
  placement: "The assignment's question: before or after the activation.",
  hidden: "Three hidden layers in the MLP, because one would hardly show how batch normalization " +
    "acts across depth. The CNN's layer of 100 and the one-layer MLP are from the starter code.",
  filters: "As in the starter code: 5×5, same padding, followed by 2×2 max-pooling.",
  activation: "As in the starter code.",
  scaling: "The course's usual preprocessing.",
  epochs: "Enough for the learning curves to flatten under a rate that falls to zero.",
  batchSize: "As in the starter CNN; the assignment recommends 50 to 100.",
  learningRate: "Of the rates tried, the best for most models and nearly the best for the others.",
  schedule: "At a constant rate the noise of the last steps costs " +
    "accuracy and pulls moving and dataset statistics apart.",
  momentum: "TensorFlow.js's default: the moving average remembers about the last 100 batches.",
  epsilon: "TensorFlow.js's default.",
  images: "The last 5,000 of the 60,000 training images are held out for validation. Where fewer " +
    "images are used than a split has, the first ones are taken.",
};

/** An architecture with everything but the place of batch normalization. */
type Base = Omit<Experiment, "name" | "placement">;

const mlp: Base = { ...DEFAULTS, architecture: "mlp", hidden: [256, 128, 100], filters: 0 };

/** The models: ours with three hidden layers, the course's starter MLP and its CNN. */
const BASES = {
  mlp,
  mlp256: { ...mlp, hidden: [256] },
  cnn: { ...DEFAULTS, architecture: "cnn", hidden: [100], filters: 30 },
} satisfies Record<string, Base>;

/**
 * An experiment by the names of its model and of its placement, for example `mlp-pre`.
 *
 * @param name Model and placement.
 * @param changes What is otherwise than by default.
 * @param suffix Added to the name, where experiments of one name would differ.
 * @throws {TypeError} If there is no such model or placement, or a setting that cannot be.
 */
export function experimentOf(
  name: `${keyof typeof BASES}-${Experiment["placement"]}`,
  changes: Partial<Experiment> = {},
  suffix = "",
): Experiment {
  const [model, placement] = name.split("-") as [keyof typeof BASES, Experiment["placement"]];
  const experiment: Experiment = {
    ...BASES[model],
    ...changes,
    name: suffix ? `${name}-${suffix}` : name,
    placement,
  };
  assertExperiment(experiment);
  return experiment;
}
