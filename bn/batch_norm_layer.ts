/**
 * `BatchNorm`, the layer: γ and β as weights, the stored statistics, training and prediction.
 *
 * The mathematics is in batch_norm.ts; this file is the bookkeeping.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { type AffineOptions, batchNormPrediction, batchNormTraining } from "./batch_norm.ts";
import { assertEpsilon, DEFAULT_EPSILON } from "./epsilon.ts";

/**
 * Which statistics prediction normalizes by: the moving average that training keeps, or the exact
 * ones of a whole dataset, from `computeDatasetStatistics()`.
 */
export type StatisticsKind = "moving" | "dataset";

/** Options of {@linkcode BatchNorm}; the names are TensorFlow.js's. */
export interface BatchNormOptions {
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
   * with its stored statistics even inside a training step. So does `model.trainable = false`, which
   * TensorFlow.js passes on to γ and β alone: not to a layer that has neither, nor into nested models.
   * Dataset statistics are frozen too: should layers before this one go on training, they no longer
   * describe its input, and nothing marks them as stale.
   * @default true
   */
  trainable?: boolean;
  /** Shape of one example, where this is the first layer of a `tf.sequential` model. */
  inputShape?: tf.Shape;
}

/** A batch, or statistics to store, that hold values which are not finite. */
export class NotFiniteError extends RangeError {
  /** The class's name, for whoever prints the error. */
  override name = "NotFiniteError";
}

/** One kind of stored statistics: mean and variance [C], and how much they rest on. */
interface StoredStatistics {
  mean: tf.LayerVariable;
  variance: tf.LayerVariable;
  count: tf.LayerVariable;
}

/** Statistics of each channel of a layer's input, and how much they rest on. */
export interface ChannelStatistics {
  /** Mean of each channel, [C]. */
  mean: Float32Array | Float64Array;
  /** Biased variance of each channel, [C]. */
  variance: Float32Array | Float64Array;
  /**
   * Of moving statistics the training batches seen; of dataset statistics the values pooled per
   * channel (examples × positions), negative once they are stale. 0: there are none yet.
   */
  count: number;
}

/**
 * Batch normalization as a layer for `tf.sequential` and functional models.
 *
 * In training mode (`model.fit`, or `apply(x, { training: true })`) a batch is normalized by its own
 * mean and variance, and the moving statistics take a step towards them:
 *
 * ```text
 * y = γ·(x − µ̂)/√(σ̂² + ε) + β        µ̂, σ̂²: of this batch, over all axes but the last
 * moving ← momentum·moving + (1 − momentum)·(µ̂, σ̂²)          from mean 0 and variance 1
 * ```
 *
 * In prediction mode (everywhere else, and always when the layer is not trainable) the stored
 * statistics take their place, and an example's output does not depend on its companions:
 *
 * ```text
 * y = γ·(x − µ)/√(σ² + ε) + β        µ, σ²: moving, or exact over a dataset
 * ```
 *
 * σ̂² is the biased variance (divided by m), for normalizing and in the moving average alike, as in
 * TensorFlow.js and Keras; PyTorch stores the unbiased one.
 *
 * Weights, in order: `gamma`, `beta` (trainable, [C]); then, not trainable, `moving_mean`,
 * `moving_variance` ([C]), `moving_count` (training batches seen, []), `dataset_mean`,
 * `dataset_variance` ([C]), `dataset_count` (values per channel, []; negative once training has made
 * them stale). All are saved with the model.
 *
 * A call that is refused throws and leaves the layer as it was: in training a batch with one value
 * per channel, or with statistics that are not finite; in prediction statistics that do not exist
 * yet or are stale; in both an empty batch or a wrong number of channels.
 *
 * @example
 * ```ts
 * import { BatchNorm } from "@batchnorm/from-scratch";
 * import * as tf from "@tensorflow/tfjs";
 * import { assertEquals } from "@std/assert";
 *
 * const model = tf.sequential({
 *   layers: [
 *     tf.layers.dense({ units: 8, useBias: false, inputShape: [4] }),
 *     new BatchNorm(),
 *     tf.layers.activation({ activation: "relu" }),
 *     tf.layers.dense({ units: 1 }),
 *   ],
 * });
 * model.compile({ optimizer: "sgd", loss: "meanSquaredError" });
 * await model.fit(tf.randomNormal([32, 4]), tf.ones([32, 1]), { epochs: 1, verbose: 0 });
 * assertEquals((model.predict(tf.ones([1, 4])) as tf.Tensor).shape, [1, 1]);
 * ```
 */
export class BatchNorm extends tf.layers.Layer {
  /** The name under which models with this layer are saved and loaded. */
  static readonly className = "BatchNorm";

  readonly #options: Required<Omit<BatchNormOptions, "name" | "trainable" | "inputShape">>;

  // Parameters, trained by gradient descent.
  #gamma?: tf.LayerVariable;
  #beta?: tf.LayerVariable;

  // Buffers, kept by the layer itself.
  #moving!: StoredStatistics;
  #dataset!: StoredStatistics;

  /**
   * Creates a layer; its weights are made when it first meets a shape.
   *
   * @param options Names and defaults are TensorFlow.js's; `statistics` is ours.
   * @throws {RangeError} If momentum, epsilon or statistics is out of range.
   */
  constructor(options: BatchNormOptions = {}) {
    super(options as ConstructorParameters<typeof tf.layers.Layer>[0]);
    const { axis = -1, momentum = 0.99, epsilon = DEFAULT_EPSILON } = options;
    const { center = true, scale = true, statistics = "moving" } = options;
    this.#options = { axis, momentum, epsilon, center, scale, statistics };
    if (!(momentum >= 0 && momentum < 1)) {
      throw new RangeError(
        `Cannot create a BatchNorm layer with momentum ${momentum}: it is the weight of the old ` +
          `value and must be in [0, 1). PyTorch's 0.1 is 0.9 here.`,
      );
    }
    assertEpsilon(epsilon);
    assertKind(statistics);
  }

  /** Which statistics prediction normalizes by; may be set at any time. */
  get statistics(): StatisticsKind {
    return this.#options.statistics;
  }

  set statistics(kind: StatisticsKind) {
    assertKind(kind);
    this.#options.statistics = kind;
  }

  /** A copy of the learned γ and β, [C] each: ones and zeros where the layer has none. */
  get parameters(): { gamma: Float32Array; beta: Float32Array } {
    const channels = this.#channels;
    return {
      gamma: this.#gamma ? readVector(this.#gamma) : new Float32Array(channels).fill(1),
      beta: this.#beta ? readVector(this.#beta) : new Float32Array(channels),
    };
  }

  /** A copy of the stored statistics of one kind; their count tells whether there are any. */
  storedStatistics(kind: StatisticsKind): ChannelStatistics {
    const { mean, variance, count } = this.#stored(kind);
    return {
      mean: readVector(mean),
      variance: readVector(variance),
      count: readScalar(count),
    };
  }

  /**
   * Stores exact statistics for prediction with `statistics: "dataset"`; usually called by
   * `computeDatasetStatistics()`.
   *
   * @throws {RangeError} If a value is not finite in float32, a variance is negative, the count is
   * not positive, or there are not as many values as channels.
   */
  setDatasetStatistics({ mean, variance, count }: ChannelStatistics): void {
    const channels = this.#channels;
    if (mean.length !== channels || variance.length !== channels) {
      throw new RangeError(
        `Cannot set statistics of ${mean.length} means and ${variance.length} variances on layer ` +
          `"${this.name}": it has ${channels} channels.`,
      );
    }
    if (!(count > 0) || variance.some((value) => value < 0)) {
      throw new RangeError(
        `Cannot set statistics on layer "${this.name}": count (${count}) must be positive and no ` +
          `variance negative.`,
      );
    }
    const moments = { mean: Float32Array.from(mean), variance: Float32Array.from(variance) };
    this.#assertFinite(moments);
    writeVector(this.#dataset.mean, moments.mean);
    writeVector(this.#dataset.variance, moments.variance);
    writeScalar(this.#dataset.count, count);
  }

  /**
   * Makes the weights, for inputs of a known number of channels.
   *
   * @throws {RangeError} If the rank is below 2, the number of channels is not known, or `axis` is not
   * the last.
   */
  override build(inputShape: tf.Shape | tf.Shape[]): void {
    const shape = singleShape(inputShape);
    const channels = shape[shape.length - 1];
    const { axis, center, scale } = this.#options;
    if (shape.length < 2) {
      throw new RangeError(
        `Cannot build layer "${this.name}" for inputs of shape [${shape}]: the rank must be at ` +
          `least 2, the batch first and the channels last.`,
      );
    }
    if (axis !== -1 && axis !== shape.length - 1) {
      throw new RangeError(
        `Cannot build layer "${this.name}" with axis ${axis} for inputs of shape [${shape}]: only ` +
          `the last axis (-1) is served. Put the channels last first, for example with ` +
          `tf.layers.permute({ dims: [2, 3, 1] }) for [N, C, H, W].`,
      );
    }
    if (channels === null) {
      throw new RangeError(
        `Cannot build layer "${this.name}" for inputs of shape [${shape}]: the number of ` +
          `channels, the last axis, must be known.`,
      );
    }
    const zeros = tf.initializers.zeros();
    const ones = tf.initializers.ones();
    const add = (name: string, shape: number[], initializer = zeros, trainable = false) =>
      this.addWeight(name, shape, "float32", initializer, undefined, trainable);

    if (scale) this.#gamma = add("gamma", [channels], ones, true);
    if (center) this.#beta = add("beta", [channels], zeros, true);
    this.#moving = {
      mean: add("moving_mean", [channels]),
      variance: add("moving_variance", [channels], ones),
      count: add("moving_count", []),
    };
    this.#dataset = {
      mean: add("dataset_mean", [channels]),
      variance: add("dataset_variance", [channels], ones),
      count: add("dataset_count", []),
    };
    super.build(inputShape);
  }

  /**
   * Normalizes a batch, in training mode if `training` is true and the layer is not frozen.
   *
   * @param inputs x, shape [..., C].
   * @param kwargs The mode.
   * @returns y, the shape of x.
   */
  override call(inputs: tf.Tensor | tf.Tensor[], kwargs: { training?: boolean }): tf.Tensor {
    return tf.tidy(() => {
      this.invokeCallHook(inputs, kwargs);
      const x = Array.isArray(inputs) ? inputs[0] : inputs;
      this.#assertWidth(x.shape);
      return kwargs.training && !this.#frozen ? this.#train(x) : this.#predict(x);
    });
  }

  /** The shape of x. */
  override computeOutputShape(inputShape: tf.Shape | tf.Shape[]): tf.Shape {
    const shape = singleShape(inputShape);
    if (this.built) this.#assertWidth(shape);
    return shape;
  }

  /** What a saved model keeps of the layer, beside its weights. */
  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), ...this.#options };
  }

  #train(x: tf.Tensor): tf.Tensor {
    const { y, mean, variance } = batchNormTraining(x, this.#affine);
    const moments = {
      mean: mean.dataSync<"float32">(),
      variance: variance.dataSync<"float32">(),
    };
    // Two [C] vectors tell what a scan of x would, at a thousandth of its price.
    this.#assertFinite(moments);
    this.#step(this.#moving.mean, moments.mean);
    this.#step(this.#moving.variance, moments.variance);
    writeScalar(this.#moving.count, readScalar(this.#moving.count) + 1);
    const pooled = readScalar(this.#dataset.count);
    if (pooled > 0) writeScalar(this.#dataset.count, -pooled);
    return y;
  }

  #predict(x: tf.Tensor): tf.Tensor {
    this.#assertPredictable();
    const { mean, variance } = this.#stored(this.statistics);
    return batchNormPrediction(x, {
      ...this.#affine,
      mean: mean.read() as tf.Tensor1D,
      variance: variance.read() as tf.Tensor1D,
    });
  }

  get #channels(): number {
    return this.#stored("moving").mean.shape[0]!;
  }

  #stored(kind: StatisticsKind): StoredStatistics {
    if (!this.built) {
      throw new Error(
        `Layer "${this.name}" has no weights yet: put it in a model or apply it to an input first.`,
      );
    }
    return kind === "moving" ? this.#moving : this.#dataset;
  }

  /**
   * A step of the moving average, in plain numbers: operations on tensors would be recorded for a
   * gradient that nobody takes.
   */
  #step(moving: tf.LayerVariable, batch: Float32Array): void {
    const { momentum } = this.#options;
    // moving ← momentum·moving + (1 − momentum)·batch
    const step = (old: number, c: number) => momentum * old + (1 - momentum) * batch[c];
    writeVector(moving, readVector(moving).map(step));
  }

  get #affine(): AffineOptions {
    return {
      gamma: this.#gamma?.read() as tf.Tensor1D | undefined,
      beta: this.#beta?.read() as tf.Tensor1D | undefined,
      epsilon: this.#options.epsilon,
    };
  }

  /** `layer.trainable = false` sets the first, `model.trainable = false` only the weights'. */
  get #frozen(): boolean {
    const weights = [this.#gamma, this.#beta].filter((weight) => weight !== undefined);
    return !this.trainable || (weights.length > 0 && weights.every((weight) => !weight.trainable));
  }

  #assertWidth(shape: tf.Shape): void {
    const channels = this.#channels;
    const width = shape[shape.length - 1];
    if (shape.length >= 2 && width !== channels) {
      throw new RangeError(
        `Cannot apply layer "${this.name}" to inputs of shape [${shape}]: it was built for ` +
          `${channels} channels, the last axis, and got ${width}.`,
      );
    }
  }

  #assertFinite({ mean, variance }: Record<"mean" | "variance", Float32Array>): void {
    const channel = mean.findIndex((_, c) => !Number.isFinite(mean[c] + variance[c]));
    if (channel === -1) return;
    throw new NotFiniteError(
      `Cannot normalize in layer "${this.name}": channel ${channel} has mean ${
        mean[channel]
      } and ` +
        `variance ${variance[channel]}. Its input holds values that are not finite or too large ` +
        `for float32. Check the data and their scaling, or lower the learning rate.`,
    );
  }

  #assertPredictable(): void {
    const kind = this.statistics;
    const count = readScalar(this.#stored(kind).count);
    if (count > 0) return;
    const fault = count < 0
      ? "its dataset statistics are stale, the model has trained since"
      : `it has no ${kind} statistics yet`;
    const otherWay = kind === "moving"
      ? `train it first (training: true), or call computeDatasetStatistics(model, batches) and set ` +
        `statistics to "dataset"`
      : `call computeDatasetStatistics(model, batches), or set statistics to "moving"`;
    throw new Error(`Cannot predict with layer "${this.name}": ${fault}. Either ${otherWay}.`);
  }
}

tf.serialization.registerClass(BatchNorm);

function singleShape(shape: tf.Shape | tf.Shape[]): tf.Shape {
  return Array.isArray(shape[0]) ? shape[0] : shape as tf.Shape;
}

/** A copy: the CPU backend hands out the variable's own memory. */
function readVector(variable: tf.LayerVariable): Float32Array {
  return (variable.read().dataSync() as Float32Array).slice();
}

function writeVector(variable: tf.LayerVariable, values: Float32Array): void {
  const vector = tf.tensor1d(values);
  variable.write(vector);
  vector.dispose();
}

function readScalar(variable: tf.LayerVariable): number {
  return variable.read().dataSync()[0];
}

function writeScalar(variable: tf.LayerVariable, value: number): void {
  const scalar = tf.scalar(value);
  variable.write(scalar);
  scalar.dispose();
}

function assertKind(kind: StatisticsKind): void {
  if (kind !== "moving" && kind !== "dataset") {
    throw new RangeError(
      `Cannot predict with statistics "${kind}": choose "moving" or "dataset".`,
    );
  }
}
