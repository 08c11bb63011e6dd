/**
 * Records of trials that never ran, for tests: valid by the schema, with the accuracies asked for.
 *
 * @module
 */
import { FASHION_MNIST } from "../data/dataset_name.ts";
import { type Experiment, experimentOf } from "../experiments/experiment.ts";
import { FORMAT, type Score, type TestScore, type TrialRecord } from "../experiments/record.ts";

/** What may be said of a synthetic trial. */
export interface SyntheticTrial {
  /** Its experiment, by the names of model and placement. */
  name: string;
  seed: number;
  /** Test accuracy with moving statistics. */
  accuracy: number;
  /**
   * Test accuracy with dataset statistics.
   * @default accuracy
   */
  exact?: number;
  /** Changes to the experiment. */
  experiment?: Partial<Experiment>;
  /** Changes to the finished record. */
  record?: Partial<TrialRecord>;
}

/** One record. */
export function syntheticRecord(trial: SyntheticTrial): TrialRecord {
  const { name, seed, accuracy, exact = accuracy } = trial;
  const experiment = { ...experimentOf(name as "mlp-pre"), ...trial.experiment };
  const { epochs, images, batchSize, placement } = experiment;
  const hasBatchNorm = placement !== "none";
  const steps = epochs * Math.floor(images.train / batchSize);
  return {
    format: FORMAT,
    experiment,
    seed,
    // Not that of Fashion-MNIST, beside which the reference run stands.
    data: { name: "fashion-mnist", checksum: "0123456789abcdef".repeat(4) },
    version: "0.1.0",
    kernels: "own",
    fused: true,
    environment: {
      deno: "2.9.6",
      tensorflow: "4.22.0",
      backend: "wasm",
      os: "linux x86_64",
      cpu: "Synthetic CPU",
      cores: 2,
      jobs: 2,
    },
    memory: null,
    started: `2026-01-01T00:00:${String(seed % 60).padStart(2, "0")}.000Z`,
    parameters: 248_250,
    epochs: Array.from({ length: epochs }, (_, i) => ({
      epoch: i + 1,
      train: score(accuracy + 0.02 - 0.06 / (i + 1)),
      validation: score(accuracy + 0.005 - 0.03 * (epochs - 1 - i) / epochs),
      modes: null,
      dataset: null,
      norms: [],
      activations: [],
      seconds: 10,
    })),
    diverged: null,
    train: {
      moving: score(accuracy + 0.02),
      dataset: hasBatchNorm ? score(exact + 0.02) : null,
    },
    validation: {
      moving: score(accuracy + 0.005),
      dataset: hasBatchNorm ? score(exact + 0.005) : null,
    },
    test: {
      moving: testScore(accuracy, images.test),
      dataset: hasBatchNorm ? testScore(exact, images.test) : null,
    },
    right: null,
    steps: [],
    gradients: [],
    path: null,
    companions: null,
    noise: [],
    batchNorm: hasBatchNorm
      ? [{
        layer: "batch_norm_1",
        gamma: [1],
        beta: [0],
        moving: { mean: [0], variance: [1], count: steps },
        dataset: { mean: [0], variance: [1], count: images.train },
      }]
      : [],
    weights: "f".repeat(64),
    seconds: {
      training: 10 * epochs,
      validation: 2,
      statistics: 2,
      test: 1,
      total: 10 * epochs + 5,
    },
    ...trial.record,
  };
}

/** One record for each accuracy, with seeds 1, 2, … */
export function syntheticTrials(
  name: string,
  accuracies: readonly number[],
  changes: Omit<Partial<SyntheticTrial>, "name" | "seed" | "accuracy"> = {},
): TrialRecord[] {
  return accuracies.map((accuracy, i) =>
    syntheticRecord({ name, seed: i + 1, accuracy, ...changes })
  );
}

/** Trials as {@linkcode syntheticTrials} makes them, of Fashion-MNIST by its checksum. */
export const fashionTrials: typeof syntheticTrials = (name, accuracies, changes = {}) => {
  const data = { name: "fashion-mnist", checksum: FASHION_MNIST };
  return syntheticTrials(name, accuracies, { ...changes, record: { data, ...changes.record } });
};

/** Three trials of each of the assignment's four experiments, and of both models without BN. */
export function syntheticResults(
  changes: Omit<Partial<SyntheticTrial>, "name" | "seed" | "accuracy"> = {},
): TrialRecord[] {
  return [
    ...syntheticTrials("mlp-pre", [0.8862, 0.8881, 0.8873], changes),
    ...syntheticTrials("mlp-post", [0.8832, 0.8847, 0.8841], changes),
    ...syntheticTrials("cnn-pre", [0.9131, 0.9122, 0.9144], changes),
    ...syntheticTrials("cnn-post", [0.9128, 0.9139, 0.9131], changes),
    ...syntheticTrials("mlp-none", [0.8819, 0.8795, 0.8828], changes),
    ...syntheticTrials("cnn-none", [0.9082, 0.9101, 0.9071], changes),
  ];
}

function score(accuracy: number): Score {
  const share = Math.min(1, Math.max(0, accuracy));
  return { loss: 2.3 * (1 - share), accuracy: share };
}

function testScore(accuracy: number, images: number): TestScore {
  const right = Math.round(accuracy * images / 10);
  const confusion = Array.from(
    { length: 10 },
    (_, i) =>
      Array.from(
        { length: 10 },
        (_, j) => i === j ? right : (i + 1) % 10 === j ? images / 10 - right : 0,
      ),
  );
  return { ...score(accuracy), confusion };
}
