/**
 * What a trial's record holds: everything that a figure or a sentence needs.
 *
 * @module
 */
import * as v from "valibot";
import { knownName } from "../data/dataset_name.ts";
import { NUM_CLASSES } from "../data/labeled_images.ts";
import { experimentSchema } from "./experiment.ts";

/** Version of the records' form. */
export const FORMAT = 3;

/** Most characters of a text in a record: no name of a folder or a processor is longer. */
const LONGEST = 255;

/** Control characters, halves of characters, and what breaks a line or turns its direction. */
const UNPRINTABLE = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu;

/** A text as records hold it and terminals may show it: one line of what can be seen. */
export function printable(text: string, longest = LONGEST): string {
  const shown = text.replace(UNPRINTABLE, "\uFFFD");
  return shown.length > longest ? `${shown.slice(0, longest - 1).toWellFormed()}…` : shown;
}

/** A number as records hold many: in more digits than any figure shows, at half the size. */
export function sixDigits(value: number): number {
  return Number(value.toPrecision(6));
}

// Records are made to be passed around, so every text in them is bounded. Names hold nothing that
// Markdown or HTML would read; a free text is escaped where it is shown.
const identifier = v.pipe(v.string(), v.regex(/^[\w./+-]{1,100}$/));
const hexadecimal = v.pipe(v.string(), v.regex(/^[0-9a-f]{1,64}$/));
const versionNumber = v.pipe(v.string(), v.regex(/^[0-9A-Za-z.+-]{1,100}$/));
const freeText = v.pipe(
  v.string(),
  v.nonEmpty(),
  v.check(
    (value) => printable(value) === value,
    `Invalid text: Expected at most ${LONGEST} characters on one line, none of them for control`,
  ),
);

const natural = v.pipe(v.number(), v.integer(), v.minValue(0));
const fraction = v.pipe(v.number(), v.minValue(0), v.maxValue(1));
const numbers = v.array(v.number());
/** A loss that overflowed has no number in JSON: null stands for "not finite". */
const loss = v.nullable(v.number());

/** Mean cross-entropy in nats and share of images classified correctly. */
const scoreSchema = v.strictObject({ loss, accuracy: fraction });

/** A score, and how often class i (row) was taken for class j (column). */
const testScoreSchema = v.strictObject({
  ...scoreSchema.entries,
  confusion: v.pipe(
    v.array(v.pipe(v.array(natural), v.length(NUM_CLASSES))),
    v.length(NUM_CLASSES),
  ),
});

/** How the outputs of one layer are distributed over the probe images. */
const activationSchema = v.strictObject({
  layer: identifier,
  /** What the layer is: affine map, activation, or batch normalization. */
  kind: v.picklist(["affine", "activation", "batchNorm"]),
  mean: v.nullable(v.number()),
  /** Standard deviation. */
  deviation: v.nullable(v.number()),
  /**
   * How far the layer's units moved since the epoch before: the root mean square over units of
   * (µₑ − µₑ₋₁)/σₑ₋₁, in standard deviations of the unit. Null after the first epoch, and where no
   * unit varies.
   */
  shift: v.nullable(v.number()),
  /** Equal bins from `low` to `high`, the smallest and the largest value; no bins if not asked for. */
  histogram: v.strictObject({ low: v.number(), high: v.number(), counts: v.array(natural) }),
});

const normSchema = v.strictObject({ layer: identifier, norm: v.nullable(v.number()) });

const epochSchema = v.strictObject({
  /** From 1. */
  epoch: v.pipe(v.number(), v.integer(), v.minValue(1)),
  /** Over the epoch's batches as they were trained on, in training mode. */
  train: scoreSchema,
  /** In prediction mode, with moving statistics. */
  validation: scoreSchema,
  /**
   * The same weights with the statistics of the batches themselves (training mode, batches of the
   * training size), and with those of the dataset; null if not asked for.
   */
  modes: v.nullable(v.strictObject({ batch: scoreSchema, dataset: scoreSchema })),
  /**
   * On the validation images with dataset statistics of the first 10,000 training images; null if not
   * asked for.
   */
  dataset: v.nullable(scoreSchema),
  /** Euclidean norm of each affine layer's weights; none if not asked for. */
  norms: v.array(normSchema),
  /** On the first validation images, in prediction mode, after the epoch; none if not asked for. */
  activations: v.array(activationSchema),
  seconds: v.number(),
});

const statisticsSchema = v.strictObject({ mean: numbers, variance: numbers, count: v.number() });

const batchNormSchema = v.strictObject({
  layer: identifier,
  gamma: numbers,
  beta: numbers,
  moving: statisticsSchema,
  dataset: statisticsSchema,
});

/** Test images classified with the statistics of the batches that they happen to be in. */
const companionsSchema = v.strictObject({
  accuracy: fraction,
  /** Share of images that another order, hence another rest of the batch, puts into another class. */
  changed: fraction,
});

/**
 * How far the inputs of one layer of activations moved while the training loss fell by a set amount, in
 * one mode: training, or prediction with dataset statistics.
 */
const movementSchema = v.strictObject({
  /** Σ over looks of √(mean over channels of ((µₖ − µₖ₋₁)/σₖ₋₁)²). */
  shift: v.nullable(v.number()),
  /** √(mean over channels of σ²), at the first look and at the last. */
  deviation: v.strictObject({ first: v.nullable(v.number()), last: v.nullable(v.number()) }),
});

const pathSchema = v.strictObject({
  /** Steps after which the loss, a mean of 50 batches, was seen below 0.60 and below 0.35. */
  from: natural,
  to: natural,
  layers: v.array(
    v.strictObject({ layer: identifier, training: movementSchema, prediction: movementSchema }),
  ),
});

/** Scores of the same weights with either kind of statistics; without BN there are none to choose. */
function byStatistics<S extends v.GenericSchema>(score: S) {
  return v.strictObject({ moving: score, dataset: v.nullable(score) });
}

/** The form of a {@linkcode TrialRecord}. */
export const trialSchema = v.strictObject({
  format: v.literal(FORMAT),
  experiment: experimentSchema,
  seed: natural,
  /** What they were called, and one checksum for their images and labels. */
  data: v.strictObject({ name: freeText, checksum: hexadecimal }),
  /** Version of this package. */
  version: versionNumber,
  /** Which kernels computed it: ours, or TensorFlow.js's with what they lack in TypeScript. */
  kernels: v.picklist(["own", "stock"]),
  /** The machine's BLAS, if one computed the products of training. */
  blas: v.optional(v.strictObject({ library: freeText, version: freeText })),
  /** Whether a multiply-add of the kernels rounded once: only then are the bits those of others. */
  fused: v.boolean(),
  environment: v.strictObject({
    deno: versionNumber,
    tensorflow: versionNumber,
    backend: identifier,
    os: freeText,
    cpu: freeText,
    cores: natural,
    /** Trials that ran side by side; times depend on it, results do not. */
    jobs: natural,
  }),
  /** Bytes of the WASM memory at the end, which is the most that it was. */
  memory: v.nullable(natural),
  started: v.pipe(v.string(), v.isoTimestamp()),
  parameters: natural,
  epochs: v.pipe(v.array(epochSchema), v.minLength(1)),
  /**
   * The step, from 1, at which the loss or a batch's statistics ceased to be finite and training
   * ended; null if it went well.
   */
  diverged: v.nullable(v.pipe(v.number(), v.integer(), v.minValue(1))),
  /** On the first training images, 10,000 at most, in prediction mode after the last epoch. */
  train: byStatistics(scoreSchema),
  validation: byStatistics(scoreSchema),
  test: byStatistics(testScoreSchema),
  /**
   * Which test images are right in `test`, with dataset statistics where there are such: one bit for
   * each, the first in the highest of its byte, in Base64. Null if not asked for.
   */
  right: v.nullable(v.pipe(v.string(), v.base64())),
  /** Validation scores after some steps; none if not asked for. */
  steps: v.array(v.strictObject({ step: natural, ...byStatistics(scoreSchema).entries })),
  /** Euclidean norm of each affine layer's gradient before the first step; none if not asked for. */
  gradients: v.array(normSchema),
  /** Null if not asked for, or if the loss did not fall so far. */
  path: v.nullable(pathSchema),
  /** Test images with the statistics of their batches; null if not asked for. */
  companions: v.nullable(companionsSchema),
  /** Always empty: nothing measures it any more, and the form stays. */
  noise: v.array(v.never()),
  /** One entry for each BN layer, or none if not asked for. */
  batchNorm: v.array(batchNormSchema),
  /** SHA-256 of the final weights, to tell whether two trials agree to the bit. */
  weights: hexadecimal,
  seconds: v.strictObject({
    training: v.number(),
    validation: v.number(),
    statistics: v.number(),
    test: v.number(),
    total: v.number(),
  }),
});

/** A trial as its file holds it: with the SHA-256 of its content. */
export const recordSchema = v.strictObject({ ...trialSchema.entries, sha256: hexadecimal });

export type Score = v.InferOutput<typeof scoreSchema>;
export type TestScore = v.InferOutput<typeof testScoreSchema>;
export type ActivationSummary = v.InferOutput<typeof activationSchema>;
export type EpochRecord = v.InferOutput<typeof epochSchema>;
export type NormRecord = v.InferOutput<typeof normSchema>;
export type PathRecord = v.InferOutput<typeof pathSchema>;
export type StepRecord = v.InferOutput<typeof trialSchema>["steps"][number];
export type BatchNormRecord = v.InferOutput<typeof batchNormSchema>;
export type Environment = v.InferOutput<typeof trialSchema>["environment"];

/** Everything that one trial found. */
export type TrialRecord = v.InferOutput<typeof trialSchema>;

/** Validation accuracy with dataset statistics, or as it is where there is no batch normalization. */
export function validationAccuracyOf({ validation }: TrialRecord): number {
  return (validation.dataset ?? validation.moving).accuracy;
}

/**
 * Validation accuracy after each epoch: with dataset statistics where a record has them, since the moving
 * average lags behind in the first epochs and hides what batch normalization does there.
 */
export function validationCurveOf({ epochs }: TrialRecord): number[] {
  const exact = epochs.every(({ dataset }) => dataset !== null);
  return epochs.map(({ dataset, validation }) => (exact ? dataset! : validation).accuracy);
}

/** Test accuracy with dataset statistics, or as it is where there is no batch normalization. */
export function testAccuracyOf({ test }: TrialRecord): number {
  return (test.dataset ?? test.moving).accuracy;
}

/** What computed a trial, in words: `own`, `own and libopenblas.so 0.3.21`. */
export function kernelsOf({ kernels, blas }: Pick<TrialRecord, "kernels" | "blas">): string {
  return kernels + (blas ? ` and ${blas.library} ${blas.version}` : "");
}

/**
 * What the data of some records are called, by checksum, which alone decides which are the same: by
 * the name that is known of it, else by that of the first record.
 */
export function datasetNames(records: readonly TrialRecord[]): Map<string, string> {
  const names = records.map(({ data: { name, checksum } }) =>
    [checksum, knownName(checksum) ?? name] as const
  );
  return new Map(names.toReversed());
}
