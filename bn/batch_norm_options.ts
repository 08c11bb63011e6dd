/**
 * The options of `BatchNorm`: their names, their defaults, and what is refused.
 *
 * @module
 */
import type * as tf from "@tensorflow/tfjs";
import { assertEpsilon, DEFAULT_EPSILON } from "./epsilon.ts";
import {
  ARRAY,
  assertOptions,
  BOOLEAN,
  INTEGER,
  NUMBER,
  orNull,
  type Rule,
  TEXT,
} from "./options.ts";
import { WEIGHT_RULES, type WeightOptions } from "./weight_options.ts";

/**
 * Which statistics prediction normalizes by: the moving average that training keeps, or the exact
 * ones of a whole dataset, from `computeDatasetStatistics()`.
 */
export type StatisticsKind = "moving" | "dataset";

/** Options of `BatchNorm`; the names are TensorFlow.js's. */
export interface BatchNormOptions extends WeightOptions {
  /**
   * The channel axis. Only the last is served; −1 means the last.
   * @default -1
   */
  axis?: number;
  /**
   * Weight of the *old* value in the moving average, in [0, 1):
   * moving ← momentum·moving + (1 − momentum)·batch. PyTorch's `momentum` is the weight of the new
   * value: its 0.1 is 0.9 here.
   * @default 0.99
   */
  momentum?: number;
  /**
   * ε > 0, added to the variance inside the square root.
   * @default 1e-3
   */
  epsilon?: number;
  /**
   * Whether there is a shift β.
   * @default true
   */
  center?: boolean;
  /**
   * Whether there is a scale γ.
   * @default true
   */
  scale?: boolean;
  /**
   * Which statistics prediction normalizes by.
   * @default "moving"
   */
  statistics?: StatisticsKind;
  /** Name of the layer, by default `batch_norm_BatchNorm` and a number. */
  name?: string;
  /**
   * Whether γ, β and the moving statistics follow training. `false` freezes the layer: it predicts
   * with its stored statistics even inside a training step, in nested models too, and no `compile()`
   * changes that. `layer.trainable = false` does the same later.
   *
   * `model.trainable = false` freezes the layers that stand in the model itself, but TensorFlow.js
   * passes it on to γ and β alone: not to a layer that has neither, nor into nested models. An outer
   * `tf.sequential` that begins with `base` undoes `base.trainable = false` in `compile()`. To freeze
   * for certain, set every layer's own: `for (const layer of base.layers) layer.trainable = false`.
   *
   * Dataset statistics are frozen too: should layers before this one go on training, they no longer
   * describe its input, and nothing marks them as stale.
   * @default true
   */
  trainable?: boolean;
  /** Shape of one example, where this is the first layer of a `tf.sequential` model. */
  inputShape?: tf.Shape;
}

const RULES: Record<string, Rule> = {
  axis: INTEGER,
  momentum: NUMBER,
  epsilon: NUMBER,
  center: BOOLEAN,
  scale: BOOLEAN,
  statistics: TEXT,
  ...WEIGHT_RULES,
  // What every layer of TensorFlow.js takes.
  name: orNull(TEXT),
  trainable: orNull(BOOLEAN),
  inputShape: orNull(ARRAY),
  batchInputShape: orNull(ARRAY),
  batchSize: orNull(INTEGER),
  dtype: orNull(TEXT),
  inputDType: orNull(TEXT),
  weights: orNull(ARRAY),
  // What TensorFlow.js adds when it loads a model.
  customObjects: ["be an object", (value) => typeof value === "object"],
};

/**
 * Fills in the defaults of the options that are not TensorFlow.js's own.
 *
 * @throws {TypeError} If an option has an unknown name or a value of a wrong type.
 * @throws {RangeError} If momentum, epsilon or statistics is out of range.
 */
export function withDefaults(options: BatchNormOptions) {
  assertOptions("create a BatchNorm layer", options, RULES);
  const { axis = -1, momentum = 0.99, epsilon = DEFAULT_EPSILON } = options;
  const { center = true, scale = true, statistics = "moving" } = options;
  if (!(momentum >= 0 && momentum < 1)) {
    throw new RangeError(
      `Cannot create a BatchNorm layer with momentum ${momentum}: it is the weight of the old ` +
        `value and must be in [0, 1). PyTorch's 0.1 is 0.9 here.`,
    );
  }
  assertEpsilon(epsilon);
  assertKind(statistics);
  return { axis, momentum, epsilon, center, scale, statistics };
}

/** @throws {RangeError} If there is no such kind of statistics. */
export function assertKind(kind: StatisticsKind): void {
  if (kind !== "moving" && kind !== "dataset") {
    throw new RangeError(
      `There are no statistics "${kind}": choose "moving" or "dataset".`,
    );
  }
}
