/**
 * Our layer beside TensorFlow.js's, value by value and case by case.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { BatchNorm, type BatchNormOptions } from "../../bn/batch_norm_layer.ts";
import { scientific } from "../../findings/words.ts";
import type { TableContent } from "./display.ts";
import { largestDifference } from "./tensors.ts";

type LayerOptions = Pick<
  BatchNormOptions,
  "momentum" | "epsilon" | "scale" | "center" | "axis" | "trainable"
>;

/** The largest differences between both layers, after three training steps on the same batches. */
export interface Agreement {
  shape: number[];
  options: LayerOptions;
  /** y in training mode. */
  y: number;
  /** The gradient of a randomly weighted sum of y with respect to x. */
  dx: number;
  /** Moving mean and variance. */
  moving: number;
  /** y in prediction mode. */
  prediction: number;
}

/** Compares both layers where both work: dense and convolutional, over options. */
export function compareLayers(seed: number): Agreement[] {
  const settings: LayerOptions[] = [{}, { momentum: 0.9 }, { epsilon: 1e-5 }, {
    momentum: 0.5,
    epsilon: 0.1,
  }];
  return [[64, 8], [8, 5, 5, 4]].flatMap((shape) =>
    settings.map((options) => ({ shape, options, ...compare(shape, options, seed) }))
  );
}

function compare(shape: number[], options: LayerOptions, seed: number) {
  return tf.tidy(() => {
    const [ours, stock] = both(shape, options);
    const draw = (i: number) => tf.randomNormal(shape, 3, 2, "float32", seed + i);
    const weights = draw(100);
    let [y, dx] = [0, 0];
    for (let step = 1; step <= 3; step++) {
      const x = draw(step);
      const run = (layer: tf.layers.Layer) =>
        tf.valueAndGrad((x: tf.Tensor) => {
          const y = layer.apply(x, { training: true }) as tf.Tensor;
          outputs.push(tf.keep(y));
          return y.mul(weights).sum();
        })(x).grad;
      const outputs: tf.Tensor[] = [];
      const gradients = [ours, stock].map(run);
      y = Math.max(y, largestDifference(outputs[0], outputs[1]));
      dx = Math.max(dx, largestDifference(gradients[0], gradients[1]));
      tf.dispose(outputs);
    }
    const moving = Math.max(
      ...["moving_mean", "moving_variance"].map((name) =>
        largestDifference(weight(ours, name), weight(stock, name))
      ),
    );
    const x = draw(50);
    const [a, b] = [ours, stock].map((layer) => layer.apply(x) as tf.Tensor);
    return { y, dx, moving, prediction: largestDifference(a, b) };
  });
}

/** Ours and TensorFlow.js's layer, built for batches of a shape. */
function both(shape: number[], options: LayerOptions): tf.layers.Layer[] {
  return [0, 1].map((which) => layerOf(which, shape, options));
}

/** Ours is 0, TensorFlow.js's 1. */
function layerOf(which: number, shape: number[], options: LayerOptions): tf.layers.Layer {
  const config = { ...options, inputShape: shape.slice(1), name: "bn" };
  const layer = which === 0 ? new BatchNorm(config) : tf.layers.batchNormalization(config);
  tf.sequential({ layers: [layer] }); // builds it
  return layer;
}

function weight(layer: tf.layers.Layer, name: string): tf.Tensor {
  return layer.weights.find(({ originalName }) => originalName.endsWith(name))!.read();
}

/** The agreement as a table. */
export function agreementTable(agreements: readonly Agreement[]): TableContent {
  return {
    caption: "Largest differences between our layer and TensorFlow.js's, three training steps.",
    columns: ["batch", "options", "y", "dx", "moving statistics", "prediction"],
    rows: agreements.map(({ shape, options, y, dx, moving, prediction }) => [
      `[${shape.join(", ")}]`,
      Object.entries(options).map(([key, value]) => `${key} ${value}`).join(", ") || "defaults",
      ...[y, dx, moving, prediction].map(scientific),
    ]),
  };
}

/** What each layer does where they differ on purpose; found by trying it here. */
export function layerDifferences(): TableContent {
  const dense = [16, 3];
  const x = () => tf.randomNormal(dense, 3, 2, "float32", 1);
  const train = (options: LayerOptions) => (layer: number) => {
    layerOf(layer, dense, options).apply(x(), { training: true });
    return "trains";
  };
  const cases: { name: string; run: (layer: number) => string }[] = [
    { name: "scale: false, a training step", run: train({ scale: false }) },
    { name: "center: false, a training step", run: train({ center: false }) },
    {
      name: "axis: 1 on [2, 3, 4, 4], a prediction",
      run: (layer) => {
        const shape = [2, 3, 4, 4];
        const model = layerOf(layer, shape, { axis: 1 });
        weightOf(model, "moving_mean").write(tf.tensor1d([0, 10, 100]));
        const x = tf.zeros(shape);
        const y = model.apply(x) as tf.Tensor;
        const right = tf.tensor1d([0, -10, -100]).reshape([1, 3, 1, 1]).add(x);
        return `off by up to ${largestDifference(y, right).toFixed(0)}`;
      },
    },
    {
      name: "trainable: false, called in training mode",
      run: (layer) => {
        const frozen = layerOf(layer, dense, {});
        frozen.apply(x(), { training: true }); // statistics to predict with
        frozen.trainable = false;
        const before = weight(frozen, "moving_mean").clone();
        frozen.apply(x(), { training: true });
        const moved = largestDifference(before, weight(frozen, "moving_mean")) > 0;
        return moved ? "its statistics move" : "predicts; its statistics stay";
      },
    },
    {
      name: "a training batch of one image",
      run: (layer) => {
        const y = layerOf(layer, dense, {}).apply(tf.ones([1, 3]), { training: true }) as tf.Tensor;
        return `gives ${[...y.dataSync()].map((value) => value.toFixed(1)).join(", ")}`;
      },
    },
    {
      name: "a training batch with one NaN",
      run: (layer) => {
        const poisoned = layerOf(layer, dense, {});
        poisoned.apply(tf.fill(dense, NaN), { training: true });
        return `moving mean ${weight(poisoned, "moving_mean").dataSync()[0]} from then on`;
      },
    },
    {
      name: "a prediction before any training",
      run: (layer) => {
        layerOf(layer, dense, {}).apply(x());
        return "predicts with mean 0 and variance 1";
      },
    },
  ];
  return {
    caption: "What each layer does where they differ.",
    columns: ["case", "ours", "TensorFlow.js's"],
    rows: cases.map(({ name, run }) => [name, tried(() => run(0)), tried(() => run(1))]),
  };
}

function weightOf(layer: tf.layers.Layer, name: string): tf.LayerVariable {
  return layer.weights.find(({ originalName }) => originalName.endsWith(name))!;
}

/** What something gives, or the first sentence of its error. */
function tried(run: () => string): string {
  try {
    return tf.tidy(() => run() as unknown as tf.TensorContainer) as unknown as string;
  } catch (error) {
    const [sentence] = (error as Error).message.split(/[.] /);
    return `refuses: ${sentence}`;
  }
}
