/**
 * One experiment with one seed → one record.
 *
 * A trial is a pure function of (experiment, seed) and the data: the same seed on the same machine
 * gives the same weights to the bit. Experiments share their seeds: the same batches in the same
 * order, and the same initial weights wherever shapes agree, so that differences can be paired.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import * as v from "valibot";
import packageConfig from "../deno.json" with { type: "json" };
import { BatchNorm, type ChannelStatistics } from "../bn/batch_norm_layer.ts";
import { computeDatasetStatistics, useStatistics } from "../bn/dataset_statistics.ts";
import { assertRule, SEED } from "../bn/options.ts";
import { datasetName } from "../data/dataset_name.ts";
import type { FashionMnist } from "../data/fashion_mnist.ts";
import { type LabeledImages, takeFirst } from "../data/labeled_images.ts";
import { countBatches, type Minibatch, minibatches } from "../data/minibatches.ts";
import { rawScaling, type Scaling, standardizedScaling, unitScaling } from "../data/scaling.ts";
import { sha256Of } from "../data/sha256.ts";
import { createCnn } from "../models/cnn.ts";
import { createMlp } from "../models/mlp.ts";
import { ActivationProbe } from "./activations.ts";
import { computedBy, environment, memoryInUse } from "./environment.ts";
import { assertExperiment, type Experiment } from "./experiment.ts";
import { evaluate, fit } from "./fit.ts";
import { evaluateInTrainingMode, learnedBy, measureCompanions } from "./measures.ts";
import { gradientNorms, weightNorms } from "./norms.ts";
import { PathTracker } from "./path.ts";
import {
  type EpochRecord,
  FORMAT,
  printable,
  type Score,
  type StepRecord,
  type TrialRecord,
  trialSchema,
} from "./record.ts";
import { bitsOf } from "./right_bits.ts";
import { CURVE_IMAGES, SCORED_STEPS, TRAIN_SCORE_IMAGES } from "./time_left.ts";
import { Progress, type TrialProgress } from "./trial_progress.ts";

/** Version of this package, as its records carry it. */
export const VERSION: string = packageConfig.version;

/** Images per batch where no gradient is needed; results do not depend on it. */
const EVALUATION_BATCH = 250;

/** The same for dataset statistics: fewer, so that a batch's feature maps stay in the cache. */
const STATISTICS_BATCH = 50;

/** How many of the first validation images have their activations recorded after each epoch. */
const PROBE_IMAGES = 200;

/** What the trials of claims record, of which there are thousands: in place of activations. */
const CLAIM_MEASURES: Experiment["measure"] = [
  ...["curve", "steps", "right", "norms", "gradients", "path"] as const,
];

/** How many of the first validation images are looked at along the path. */
const PATH_IMAGES = 500;

/** Options of {@linkcode runTrial}. */
export interface TrialOptions {
  /** Called after each batch. */
  onProgress?: (progress: TrialProgress) => void;
  /**
   * Trials running side by side, for the record.
   * @default 1
   */
  jobs?: number;
}

/**
 * Runs one trial: builds the model, trains it, and scores it with either kind of statistics.
 *
 * @param experiment What to train, and how.
 * @param seed Seed of the initial weights and of the order of the images.
 * @param data The whole dataset; the experiment says how much of it is used.
 * @param options Progress callback.
 */
export async function runTrial(
  experiment: Experiment,
  seed: number,
  data: FashionMnist,
  options: TrialOptions = {},
): Promise<TrialRecord> {
  assertExperiment(experiment);
  const started = new Date().toISOString();
  const { epochs, batchSize, learningRate, schedule, measure } = experiment;
  const train = takeFirst(data.train, experiment.images.train);
  const validation = takeFirst(data.validation, experiment.images.validation);
  const test = takeFirst(data.test, experiment.images.test);
  const scaling = scalingOf(experiment, train);
  const model = createModel(experiment, seed);
  const steps = epochs * countBatches(train.count, batchSize, "drop");
  const progress = new Progress(experiment, options.onProgress);

  const inOrder = (split: LabeledImages) =>
    minibatches(split, { batchSize: EVALUATION_BATCH, scaling });
  const score = (split: LabeledImages, phase: TrialProgress["phase"]) =>
    evaluate(model, progress.counted(inOrder(split), phase));

  const layers = model.layers.filter((layer) => layer instanceof BatchNorm);
  const batching = { batchSize, scaling, seed };
  const asked = (what: Experiment["measure"][number]) =>
    layers.length > 0 && measure.includes(what);
  const passOver = (images: LabeledImages) => () => {
    const batches = minibatches(images, { batchSize: STATISTICS_BATCH, scaling });
    return imagesOf(progress.counted(batches, "statistics"));
  };
  const firstImages = takeFirst(train, Math.min(train.count, CURVE_IMAGES));

  /** Looks at the model with dataset statistics of its weights as they are. */
  const withDatasetStatistics = async <T>(images: LabeledImages, look: () => T): Promise<T> => {
    if (layers.length === 0) return look();
    await computeDatasetStatistics(model, passOver(images));
    useStatistics(model, "dataset");
    const seen = look();
    useStatistics(model, "moving");
    return seen;
  };
  const scoreWithDatasetStatistics = (images: LabeledImages) =>
    withDatasetStatistics(images, () => scoreOf(score(validation, "validation")));
  const otherModes = async (): Promise<EpochRecord["modes"]> => ({
    batch: evaluateInTrainingMode(model, validation, batching),
    dataset: await scoreWithDatasetStatistics(train),
  });

  const gradients = measure.includes("gradients")
    ? firstBatch(train, batching, (batch) => gradientNorms(model, batch))
    : [];
  const path = measure.includes("path")
    ? firstBatch(
      validation,
      { batchSize: Math.min(PATH_IMAGES, validation.count), scaling },
      ({ images }) =>
        new PathTracker(
          model,
          images.clone(),
          (look) => withDatasetStatistics(firstImages, look),
        ),
    )
    : undefined;
  const stepRecords: StepRecord[] = [];

  const histograms = measure.includes("histograms");
  const probe = new ActivationProbe(model, { histograms });
  const withActivations = histograms || !measure.some((what) => CLAIM_MEASURES.includes(what));
  const epochRecords: EpochRecord[] = [];
  const seconds = { training: 0, validation: 0, statistics: 0, test: 0, total: 0 };
  const sinceLast = stopwatch();
  let trained = 0; // seconds of this epoch's training until the last look

  const diverged = await fit(model, {
    epochs,
    batches: (epoch) => minibatches(train, { batchSize, scaling, shuffle: { seed, epoch } }),
    // η_t = η_0·(1 − t/T): from the start value to zero, linearly
    learningRate: (step) =>
      schedule === "linear" ? learningRate * (1 - step / steps) : learningRate,
    onStep: async ({ epoch, step, loss, score: trainScore }) => {
      progress.step(epoch, trainScore, batchSize);
      const scored = asked("steps") && SCORED_STEPS.includes(step) && loss !== null;
      if (!scored && !path) return;
      trained += sinceLast();
      await path?.step(step, loss);
      if (scored) {
        stepRecords.push({
          step,
          moving: scoreOf(score(validation, "validation")),
          dataset: await scoreWithDatasetStatistics(firstImages),
        });
      }
      seconds.validation += sinceLast();
    },
    onEpoch: async (epoch, trainScore) => {
      const training = trained + sinceLast();
      trained = 0;
      epochRecords.push({
        epoch,
        train: trainScore,
        validation: scoreOf(score(validation, "validation")),
        modes: asked("modes") && trainScore.loss !== null ? await otherModes() : null,
        dataset: asked("curve") && trainScore.loss !== null
          ? await scoreWithDatasetStatistics(firstImages)
          : null,
        norms: measure.includes("norms") ? weightNorms(model) : [],
        activations: withActivations ? summarizeFirst(probe, validation, scaling) : [],
        seconds: training,
      });
      seconds.training += training;
      seconds.validation += sinceLast();
    },
  });

  // The same weights, scored with moving and then with dataset statistics.
  const fitted = takeFirst(train, Math.min(train.count, TRAIN_SCORE_IMAGES));
  const scoreTheRest = (validation: Score) => {
    const { right, ...testScore } = score(test, "test");
    const scores = {
      train: scoreOf(score(fitted, "test")),
      validation,
      test: testScore,
      right: bitsOf(right),
    };
    seconds.test += sinceLast();
    return scores;
  };
  const moving = scoreTheRest(epochRecords[epochs - 1].validation);
  let dataset: typeof moving | null = null;
  let statistics = new Map<string, ChannelStatistics>();
  if (layers.length > 0 && diverged === null) {
    statistics = await computeDatasetStatistics(model, passOver(train));
    seconds.statistics += sinceLast();
    useStatistics(model, "dataset");
    dataset = scoreTheRest(scoreOf(score(validation, "validation")));
  }

  const record: TrialRecord = {
    format: FORMAT,
    experiment,
    seed,
    data: { name: printable(datasetName(data)), checksum: data.checksum },
    version: VERSION,
    ...computedBy(),
    environment: environment(options.jobs ?? 1),
    memory: memoryInUse(),
    started,
    parameters: model.trainableWeights.reduce(
      (sum, { shape }) => sum + tf.util.sizeFromShape(shape as number[]),
      0,
    ),
    epochs: epochRecords,
    diverged,
    train: { moving: moving.train, dataset: dataset?.train ?? null },
    validation: { moving: moving.validation, dataset: dataset?.validation ?? null },
    test: { moving: moving.test, dataset: dataset?.test ?? null },
    right: measure.includes("right") ? (dataset ?? moving).right : null,
    steps: stepRecords,
    gradients,
    path: path?.record() ?? null,
    companions: dataset && asked("modes") ? measureCompanions(model, test, batching) : null,
    noise: [],
    batchNorm: dataset && asked("layers")
      ? layers.map((layer) => learnedBy(layer, statistics.get(layer.name)!))
      : [],
    weights: await hashWeights(model),
    seconds: {
      ...seconds,
      total: seconds.training + seconds.validation + seconds.statistics + seconds.test,
    },
  };
  path?.dispose();
  model.dispose();
  return v.parse(trialSchema, record); // no record that could not be read again
}

/** The experiment's model with the seed's initial weights. */
export function createModel(experiment: Experiment, seed: number): tf.Sequential {
  assertExperiment(experiment);
  assertRule("create a model", "seed", seed, SEED);
  const { architecture, placement, activation, hidden, filters, momentum, epsilon } = experiment;
  const options = { placement, activation, seed, batchNorm: { momentum, epsilon } };
  return architecture === "mlp"
    ? createMlp({ ...options, hidden })
    : createCnn({ ...options, filters, hidden: hidden[0] });
}

function scoreOf({ loss, accuracy }: Score): Score {
  return { loss, accuracy };
}

function scalingOf({ scaling }: Experiment, train: LabeledImages): Scaling {
  switch (scaling) {
    case "raw":
      return rawScaling;
    case "unit":
      return unitScaling;
    case "standardized":
      return standardizedScaling(train);
  }
}

/** What is made of the first batch of some images, which is freed behind it. */
function firstBatch<T>(
  images: LabeledImages,
  batching: { batchSize: number; scaling: Scaling },
  look: (batch: Minibatch) => T,
): T {
  const { batchSize, scaling } = batching;
  for (const batch of minibatches(takeFirst(images, batchSize), { batchSize, scaling })) {
    return look(batch);
  }
  throw new RangeError(`There are no ${batchSize} images.`);
}

function* imagesOf(batches: Iterable<Minibatch>): Generator<tf.Tensor4D> {
  for (const { images } of batches) yield images;
}

function summarizeFirst(probe: ActivationProbe, split: LabeledImages, scaling: Scaling) {
  const batchSize = Math.min(PROBE_IMAGES, split.count);
  const summaries = [];
  for (const { images } of minibatches(takeFirst(split, batchSize), { batchSize, scaling })) {
    summaries.push(...probe.summarize(images));
  }
  return summaries;
}

async function hashWeights(model: tf.LayersModel): Promise<string> {
  const arrays = model.getWeights().map((weight) =>
    new Uint8Array(weight.dataSync().slice().buffer)
  );
  return await sha256Of(await new Blob(arrays).arrayBuffer());
}

/** Returns a function that gives the seconds since it was last called. */
function stopwatch(): () => number {
  let last = performance.now();
  return () => {
    const now = performance.now();
    const seconds = (now - last) / 1000;
    last = now;
    return seconds;
  };
}
