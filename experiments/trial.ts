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
import { blasInUse, kernelsInUse } from "../kernels/mod.ts";
import { createCnn } from "../models/cnn.ts";
import { createMlp } from "../models/mlp.ts";
import { ActivationProbe } from "./activations.ts";
import { environment } from "./environment.ts";
import { assertExperiment, type Experiment } from "./experiment.ts";
import { evaluate, fit } from "./fit.ts";
import { evaluateInTrainingMode, measureCompanions, measureNoise } from "./measures.ts";
import {
  type BatchNormRecord,
  type EpochRecord,
  FORMAT,
  printable,
  type Score,
  sixDigits,
  type TrialRecord,
  trialSchema,
} from "./record.ts";
import { TRAIN_SCORE_IMAGES } from "./time_left.ts";
import { Progress, type TrialProgress } from "./trial_progress.ts";

/** Version of this package, as its records carry it. */
export const VERSION: string = packageConfig.version;

/** Images per batch where no gradient is needed; results do not depend on it. */
const EVALUATION_BATCH = 250;

/** The same for dataset statistics: fewer, so that a batch's feature maps stay in the cache. */
const STATISTICS_BATCH = 50;

/** How many of the first validation images have their activations recorded after each epoch. */
const PROBE_IMAGES = 200;

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
  const { epochs, batchSize, learningRate, measure } = experiment;
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
  const pass = () => {
    const batches = minibatches(train, { batchSize: STATISTICS_BATCH, scaling });
    return imagesOf(progress.counted(batches, "statistics"));
  };

  const otherModes = async (): Promise<EpochRecord["modes"]> => {
    const batch = evaluateInTrainingMode(model, validation, batching);
    await computeDatasetStatistics(model, pass);
    useStatistics(model, "dataset");
    const dataset = scoreOf(score(validation, "validation"));
    useStatistics(model, "moving");
    return { batch, dataset };
  };

  const probe = new ActivationProbe(model, { histograms: measure.includes("histograms") });
  const epochRecords: EpochRecord[] = [];
  const seconds = { training: 0, validation: 0, statistics: 0, test: 0, total: 0 };
  const sinceLast = stopwatch();

  const diverged = await fit(model, {
    epochs,
    batches: (epoch) => minibatches(train, { batchSize, scaling, shuffle: { seed, epoch } }),
    // η_t = η_0·(1 − t/T): from the start value to zero, linearly
    learningRate: (step) => learningRate * (1 - step / steps),
    onStep: (step) => progress.step(step.epoch, step.score, batchSize),
    onEpoch: async (epoch, trainScore) => {
      const training = sinceLast();
      epochRecords.push({
        epoch,
        train: trainScore,
        validation: scoreOf(score(validation, "validation")),
        modes: asked("modes") && trainScore.loss !== null ? await otherModes() : null,
        activations: summarizeFirst(probe, validation, scaling),
        seconds: training,
      });
      seconds.training += training;
      seconds.validation += sinceLast();
    },
  });

  // The same weights, scored with moving and then with dataset statistics.
  const fitted = takeFirst(train, Math.min(train.count, TRAIN_SCORE_IMAGES));
  const scoreTheRest = (validation: Score) => {
    const scores = {
      train: scoreOf(score(fitted, "test")),
      validation,
      test: score(test, "test"),
    };
    seconds.test += sinceLast();
    return scores;
  };
  const moving = scoreTheRest(epochRecords[epochs - 1].validation);
  let dataset: typeof moving | null = null;
  let statistics = new Map<string, ChannelStatistics>();
  if (layers.length > 0 && diverged === null) {
    statistics = await computeDatasetStatistics(model, pass);
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
    kernels: kernelsInUse(),
    ...blasRecord(),
    environment: environment(options.jobs ?? 1),
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
    companions: dataset && asked("modes") ? measureCompanions(model, test, batching) : null,
    noise: dataset && asked("noise") ? measureNoise(model, train, batching) : [],
    batchNorm: dataset && asked("layers")
      ? layers.map((layer) => describe(layer, statistics.get(layer.name)!))
      : [],
    weights: await hashWeights(model),
    seconds: {
      ...seconds,
      total: seconds.training + seconds.validation + seconds.statistics + seconds.test,
    },
  };
  model.dispose();
  return v.parse(trialSchema, record); // no record that could not be read again
}

function blasRecord(): Pick<TrialRecord, "blas"> {
  const blas = blasInUse();
  return blas
    ? { blas: { library: printable(blas.library), version: printable(blas.version) } }
    : {};
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

/** What a BN layer ended with. */
function describe(layer: BatchNorm, dataset: ChannelStatistics): BatchNormRecord {
  const { gamma, beta } = layer.parameters;
  const short = (values: Float32Array | Float64Array) => Array.from(values, sixDigits);
  const statistics = ({ mean, variance, count }: ChannelStatistics) => ({
    mean: short(mean),
    variance: short(variance),
    count,
  });
  return {
    layer: layer.name,
    gamma: short(gamma),
    beta: short(beta),
    moving: statistics(layer.storedStatistics("moving")),
    dataset: statistics(dataset),
  };
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
