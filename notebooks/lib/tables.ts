/**
 * Tables that every experiment's notebook shows: the model, its settings, its trials.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { BatchNorm } from "../../bn/batch_norm_layer.ts";
import { type Experiment, REASONS } from "../../experiments/experiment.ts";
import { thousands } from "../../experiments/format.ts";
import { mean } from "../../experiments/mean.ts";
import type { Preset } from "../../experiments/presets.ts";
import type { TrialRecord } from "../../experiments/record.ts";
import type { Summary } from "../../findings/statistics.ts";
import { summarizeExperiments } from "../../findings/summary.ts";
import { intervalWords, points, signed } from "../../findings/words.ts";
import { formatValue, settingName } from "../../findings/setting.ts";
import type { TableContent } from "./display.ts";

/**
 * A preset's experiment of a name.
 *
 * @throws {RangeError} If it has none of that name.
 */
export function experimentIn(preset: Preset, name: string): Experiment {
  const found = preset.experiments.find((experiment) => experiment.name === name);
  if (found) return found;
  throw new RangeError(
    `Preset "${preset.name}" has no experiment "${name}": ` +
      `${preset.experiments.map(({ name }) => name).join(", ")}.`,
  );
}

/** A model layer by layer: what each is, the shape of its output, and what it learns. */
export function modelTable(model: tf.LayersModel): TableContent {
  const rows = model.layers.map((layer) => {
    const learned = layer.trainableWeights.map(({ originalName, shape }) =>
      `${symbolOf(originalName)} [${shape.join(", ")}]`
    );
    const parameters = sizeOf(layer.trainableWeights);
    const [, ...shape] = layer.outputShape as number[];
    return [
      layer.name,
      kindOf(layer),
      `[N, ${shape.join(", ")}]`,
      learned.join(", ") || "none",
      thousands(parameters),
    ];
  });
  const total = thousands(sizeOf(model.trainableWeights));
  return {
    caption: "N is the number of images in a batch.",
    columns: ["Layer", "What it does", "Output shape", "Learned parameters", "Count"],
    rows: [...rows, ["total", "", "", "", total]],
  };
}

function kindOf(layer: tf.layers.Layer): string {
  const config = layer.getConfig();
  if (layer instanceof BatchNorm) return "BN: γ·x̂ + β";
  switch (layer.getClassName()) {
    case "Conv2D":
      return `f: convolution ${[config.kernelSize].flat().join("×")}` +
        (config.useBias ? ", + b" : ", no bias");
    case "Dense":
      return config.useBias ? "f: x·W + b" : "f: x·W";
    case "Activation":
      return `g: ${config.activation === "relu" ? "ReLU" : config.activation}`;
    case "MaxPooling2D":
      return `max-pooling ${[config.poolSize].flat().join("×")}`;
    default:
      return layer.getClassName().toLowerCase();
  }
}

/** As the equations call it. */
function symbolOf(weight: string): string {
  const name = weight.split("/").at(-1)!.replace(/_\d+$/, "");
  return { kernel: "W", bias: "b", gamma: "γ", beta: "β" }[name] ?? name;
}

function sizeOf(weights: tf.LayerVariable[]): number {
  return weights.reduce((sum, { shape }) => sum + tf.util.sizeFromShape(shape as number[]), 0);
}

/** Every hyperparameter of an experiment, with its reason. */
export function settingsTable(experiment: Experiment): TableContent {
  const settings = Object.keys(REASONS) as (keyof typeof REASONS)[];
  const isMlp = experiment.architecture === "mlp";
  const shown = settings.filter((key) => !(key === "filters" && isMlp));
  return {
    columns: ["Setting", "Value", "Why"],
    rows: shown.map((key) => {
      const value = formatValue(experiment[key]);
      return [settingName(key), IN_WORDS[value] ?? value, REASONS[key]];
    }),
  };
}

/** Values that are names in the code. */
const IN_WORDS: Record<string, string> = {
  mlp: "MLP",
  cnn: "CNN",
  pre: "BN before the activation",
  post: "BN after the activation",
  relu: "ReLU",
  unit: "÷255",
  linear: "falls linearly to zero",
};

/**
 * Accuracies of every trial of one experiment, in percent, with either kind of statistics; below them
 * mean, sample standard deviation and 95 % interval.
 */
export function trialTable(records: readonly TrialRecord[]): TableContent {
  const [{ validation, test }] = summarizeExperiments(records).experiments;
  const summaries = [validation.moving, validation.dataset, test.moving, test.dataset];
  const row = (name: string, text: (summary: Summary) => string) => [
    name,
    ...summaries.map((summary) => summary ? text(summary) : "–"),
  ];
  return {
    caption:
      "Accuracy in percent: every trial, then their mean, sample standard deviation and interval.",
    columns: ["Seed", "Validation, moving", "Validation, dataset", "Test, moving", "Test, dataset"],
    rows: [
      ...records.map(({ seed, validation, test }) => [
        seed,
        ...[validation.moving, validation.dataset, test.moving, test.dataset]
          .map((score) => score ? points(score.accuracy) : "–"),
      ]),
      row("mean", ({ mean }) => points(mean)),
      row("± standard deviation", ({ standardDeviation: s }) => s === null ? "–" : points(s)),
      row("95 % interval", intervalWords),
    ],
  };
}

/**
 * Mean and standard deviation of each BN layer's input and output, after the first and after the
 * last epoch: in prediction mode on the first validation images, mean over the trials.
 *
 * @param records Trials of one experiment with BN.
 */
export function bnMomentsTable(records: readonly TrialRecord[]): TableContent {
  const courses = records.flatMap(({ epochs }) => {
    const [first, last] = [epochs[0], epochs.at(-1)!].map(({ activations }) => activations);
    return first.flatMap((_, i) =>
      first[i].kind === "batchNorm" && i > 0
        ? [{ layer: first[i].layer, views: [first[i - 1], first[i], last[i - 1], last[i]] }]
        : []
    );
  });
  const layers = Map.groupBy(courses, ({ layer }) => layer);
  const meanOf = (values: (number | null)[]) => {
    const present = values.filter((value) => value !== null);
    return present.length === 0 ? "–" : signed(mean(present), 2);
  };
  return {
    caption: "Mean ± standard deviation over images and units, averaged over the trials.",
    columns: [
      "BN layer",
      "input, epoch 1",
      "output, epoch 1",
      "input, last epoch",
      "output, last epoch",
    ],
    rows: [...layers].map(([layer, trials]) => [
      layer,
      ...[0, 1, 2, 3].map((i) => {
        const views = trials.map(({ views }) => views[i]);
        return `${meanOf(views.map(({ mean }) => mean))} ± ${
          meanOf(views.map(({ deviation }) => deviation))
        }`;
      }),
    ]),
  };
}
