/**
 * `BatchNorm`, the layer: γ and β as weights, the stored statistics, training and prediction.
 *
 * The mathematics is in batch_norm.ts; this file is the bookkeeping.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import {
  type AffineOptions,
  type BatchMoments,
  batchNormPrediction,
  batchNormTraining,
} from "./batch_norm.ts";
import {
  assertKind,
  type BatchNormOptions,
  type StatisticsKind,
  withDefaults,
} from "./batch_norm_options.ts";
import {
  assertFinite,
  type ChannelStatistics,
  inFloat32,
  type Moments,
  NotFiniteError,
} from "./channel_statistics.ts";
import { DeviceSteps, readsAreFree } from "./device_steps.ts";
import { withCleanTapeOnError } from "./gradient_tape.ts";
import { assertUnmasked, type Mask } from "./masks.ts";
import { MEASUREMENT, type Measurement } from "./measurement.ts";
import { inWords } from "./options.ts";
import { type ReadWeightOptions, readWeightOptions } from "./weight_options.ts";

export type { BatchNormOptions, StatisticsKind } from "./batch_norm_options.ts";
export { type ChannelStatistics, NotFiniteError } from "./channel_statistics.ts";
export type { InitializerOption, RegularizerOption, WeightOptions } from "./weight_options.ts";

/** One kind of stored statistics: mean and variance [C], and how much they rest on. */
interface StoredStatistics {
  mean: tf.LayerVariable;
  variance: tf.LayerVariable;
  count: tf.LayerVariable;
}

/** What TensorFlow.js hands to a layer beside its input. */
interface CallArguments {
  training?: boolean;
  mask?: Mask;
  [MEASUREMENT]?: Measurement;
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
 * statistics take their place, and an example's output does not depend on the rest of its batch:
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
 * Where reading a value waits for a device, on WebGL and WebGPU, nothing is read in training: a batch
 * that is not finite is left out of the moving statistics, and a later call says so.
 *
 * A call that is refused throws, leaves the layer as it was and leaves no tensors behind: in training
 * a batch with one value per channel, with statistics that are not finite, or with a mask; in
 * prediction statistics that do not exist yet, are stale or cannot be; in both an empty batch or a
 * wrong number of channels.
 *
 * Masks (`tf.layers.masking`, `maskZero` of an embedding) are passed on in prediction, where a masked
 * step does not touch the others. In training it would count in the mean and the variance.
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

  /** The channel axis. */
  declare readonly axis: number;
  /** Weight of the old value in the moving average. */
  declare readonly momentum: number;
  /** Added to the variance, inside the square root. */
  declare readonly epsilon: number;
  /** Whether there is a shift β. */
  declare readonly center: boolean;
  /** Whether there is a scale γ. */
  declare readonly scale: boolean;

  readonly #weightOptions: ReadWeightOptions;
  #statistics: StatisticsKind;

  // Parameters, trained by gradient descent.
  #gamma?: tf.LayerVariable;
  #beta?: tf.LayerVariable;

  // Buffers, kept by the layer itself.
  #moving!: StoredStatistics;
  #dataset!: StoredStatistics;

  /** The moving average's steps on a device that is slow to read. */
  readonly #device = new DeviceSteps();

  /** Weights of another layer to begin with, by name. */
  #takenOver = new Map<string, Float32Array>();

  /** The mean and variance that were last found to be possible ones. */
  #plausible: unknown[] = [];

  /**
   * Creates a layer; its weights are made when it first meets a shape.
   *
   * @param options Names and defaults are TensorFlow.js's; `statistics` is ours.
   * @throws {TypeError} If an option has an unknown name or a value of a wrong type.
   * @throws {RangeError} If momentum, epsilon or statistics is out of range.
   */
  constructor(options: BatchNormOptions = {}) {
    const { statistics, ...fixed } = withDefaults(options);
    super(options as ConstructorParameters<typeof tf.layers.Layer>[0]);
    this.#weightOptions = readWeightOptions(options);
    this.#statistics = statistics;
    this.supportsMasking = true;
    this.#fix(fixed);
  }

  /**
   * The layer that continues a trained `tf.layers.batchNormalization` of TensorFlow.js: the same
   * options, name and, once it stands in a model, the same weights. Its moving statistics serve
   * prediction at once; as nobody counted the batches behind them, their count is 1.
   *
   * @param stock A layer of TensorFlow.js that has its weights. It stays as it is.
   * @throws {TypeError} If it is no `tf.layers.batchNormalization`, or it has a constraint.
   * @throws {Error} If it has no weights yet.
   *
   * @example
   * ```ts
   * import { BatchNorm, computeDatasetStatistics } from "@batchnorm/from-scratch";
   * import * as tf from "@tensorflow/tfjs";
   * import { assertEquals } from "@std/assert";
   *
   * const stock = tf.sequential({
   *   layers: [
   *     tf.layers.dense({ units: 3, inputShape: [2] }),
   *     tf.layers.batchNormalization({ name: "bn" }),
   *   ],
   * });
   *
   * const ours = tf.sequential();
   * for (const layer of stock.layers) {
   *   const isStock = layer.getClassName() === "BatchNormalization";
   *   ours.add(isStock ? BatchNorm.fromStock(layer) : layer);
   * }
   * const statistics = await computeDatasetStatistics(ours, () => [tf.ones([4, 2])]);
   * assertEquals(statistics.get("bn")?.count, 4);
   * ```
   */
  static fromStock(stock: tf.layers.Layer): BatchNorm {
    const className = stock?.getClassName?.();
    if (className !== "BatchNormalization") {
      throw new TypeError(
        `Cannot take over ${className ?? inWords(stock)}: give a layer made by ` +
          `tf.layers.batchNormalization().`,
      );
    }
    if (!stock.built) {
      throw new Error(
        `Cannot take over layer "${stock.name}": it has no weights yet. Put it in a model first.`,
      );
    }
    const layer = new BatchNorm(stock.getConfig() as BatchNormOptions);
    layer.#takenOver = new Map(
      stock.weights.map((weight) => [baseName(weight), readVector(weight)]),
    );
    layer.#takenOver.set("moving_count", Float32Array.of(1));
    return layer;
  }

  /** Which statistics prediction normalizes by; may be set at any time. */
  get statistics(): StatisticsKind {
    return this.#statistics;
  }

  set statistics(kind: StatisticsKind) {
    assertKind(kind);
    this.#statistics = kind;
  }

  /** A copy of the learned γ and β, [C] each: ones and zeros where the layer has none. */
  get parameters(): { gamma: Float32Array; beta: Float32Array } {
    const channels = this.#channels;
    return {
      gamma: this.#gamma ? readVector(this.#gamma) : new Float32Array(channels).fill(1),
      beta: this.#beta ? readVector(this.#beta) : new Float32Array(channels),
    };
  }

  /**
   * A copy of the stored statistics of one kind; their count tells whether there are any. Not on
   * WebGPU, where reading at once may give zeros: `await layer.getWeights()[2].data()` is the moving
   * mean there, of a layer with γ and β.
   *
   * @throws {RangeError} If there is no such kind.
   * @throws {NotFiniteError} On WebGL and WebGPU, once, if a batch in training was not finite.
   */
  storedStatistics(kind: StatisticsKind): ChannelStatistics {
    assertKind(kind);
    this.#assertNoneRefused(true);
    const { mean, variance, count } = this.#stored(kind);
    return {
      mean: readVector(mean),
      variance: readVector(variance),
      count: readScalar(count),
    };
  }

  /**
   * Stores dataset statistics for prediction with `statistics: "dataset"`; usually called by
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
    if (!Number.isFinite(count) || count <= 0 || variance.some((value) => value < 0)) {
      throw new RangeError(
        `Cannot set statistics on layer "${this.name}": count (${count}) must be positive and no ` +
          `variance negative.`,
      );
    }
    const moments = inFloat32({ mean, variance });
    assertFinite(this.name, moments);
    write(this.#dataset.mean, moments.mean);
    write(this.#dataset.variance, moments.variance);
    write(this.#dataset.count, Float32Array.of(count));
  }

  /**
   * Makes the weights, for inputs of a known number of channels.
   *
   * @throws {RangeError} If the rank is below 2, the number of channels is not known, `axis` is not
   * the last, or the map is empty.
   */
  override build(inputShape: tf.Shape | tf.Shape[]): void {
    const shape = singleShape(inputShape);
    const channels = shape[shape.length - 1];
    const { axis, center, scale } = this;
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
    if (shape.slice(1).some((length) => length !== null && length < 1)) {
      throw new RangeError(
        `Cannot build layer "${this.name}" for inputs of shape [${shape}]: the map is empty. A ` +
          `convolution or pooling before the layer has a window larger than its image; make the ` +
          `window smaller, or let its padding be "same".`,
      );
    }
    const zeros = tf.initializers.zeros();
    const ones = tf.initializers.ones();
    const { gammaInitializer, betaInitializer, ...options } = this.#weightOptions;
    const { movingMeanInitializer, movingVarianceInitializer } = options;
    const { gammaRegularizer, betaRegularizer } = options;
    const learn = (name: string, initializer = zeros, regularizer?: typeof gammaRegularizer) =>
      this.addWeight(name, [channels], "float32", initializer, regularizer?.made, true);
    const keep = (name: string, shape: number[], initializer = zeros) =>
      this.addWeight(name, shape, "float32", initializer, undefined, false);

    if (scale) this.#gamma = learn("gamma", gammaInitializer?.made ?? ones, gammaRegularizer);
    if (center) this.#beta = learn("beta", betaInitializer?.made, betaRegularizer);
    this.#moving = {
      mean: keep("moving_mean", [channels], movingMeanInitializer?.made),
      variance: keep("moving_variance", [channels], movingVarianceInitializer?.made ?? ones),
      count: keep("moving_count", []),
    };
    this.#dataset = {
      mean: keep("dataset_mean", [channels]),
      variance: keep("dataset_variance", [channels], ones),
      count: keep("dataset_count", []),
    };
    for (const weight of this.weights) {
      const values = this.#takenOver.get(baseName(weight));
      if (values) write(weight, values);
    }
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
    return withCleanTapeOnError(() =>
      tf.tidy(() => {
        this.invokeCallHook(inputs, kwargs);
        const x = Array.isArray(inputs) ? inputs[0] : inputs;
        this.#assertWidth(x.shape);
        const { mask, [MEASUREMENT]: measurement } = kwargs as CallArguments;
        const isMeasured = measurement?.layer === this;
        const isTraining = kwargs.training && !this.#frozen;
        // WebGPU cannot be waited for in the midst of a call everywhere.
        this.#assertNoneRefused(!isTraining && tf.getBackend() === "webgl");
        const isInModel = this.inboundNodes.length > 0;
        if (isMeasured || isTraining) assertUnmasked(this.name, x, mask, isInModel);
        if (isMeasured) return x;
        if (isTraining) return this.#train(x);
        const known = measurement?.known.get(this);
        return this.#predict(x, known ? asTensors(known) : this.#storedMoments());
      })
    );
  }

  /** The shape of x. */
  override computeOutputShape(inputShape: tf.Shape | tf.Shape[]): tf.Shape {
    const shape = singleShape(inputShape);
    if (this.built) this.#assertWidth(shape);
    return shape;
  }

  /** What a saved model keeps of the layer, beside its weights. */
  override getConfig(): tf.serialization.ConfigDict {
    const { axis, momentum, epsilon, center, scale, statistics } = this;
    const given = Object.entries(this.#weightOptions).map(([name, { config }]) => [name, config]);
    return {
      ...super.getConfig(),
      ...{ axis, momentum, epsilon, center, scale, statistics },
      ...Object.fromEntries(given),
    };
  }

  #train(x: tf.Tensor): tf.Tensor {
    const { y, mean, variance } = batchNormTraining(x, this.#affine);
    if (readsAreFree()) {
      const moments = {
        mean: mean.dataSync<"float32">(),
        variance: variance.dataSync<"float32">(),
      };
      // Two [C] vectors tell what a scan of x would, at a thousandth of its price.
      assertFinite(this.name, moments);
      this.#step(this.#moving.mean, moments.mean);
      this.#step(this.#moving.variance, moments.variance);
    } else {
      this.#device.step(this.#moving, { mean, variance }, this.momentum);
    }
    // Numbers that were never on a device are read at no cost.
    write(this.#moving.count, Float32Array.of(readScalar(this.#moving.count) + 1));
    const pooled = readScalar(this.#dataset.count);
    if (pooled > 0) write(this.#dataset.count, Float32Array.of(-pooled));
    return y;
  }

  #predict(x: tf.Tensor, moments: BatchMoments): tf.Tensor {
    return batchNormPrediction(x, { ...this.#affine, ...moments });
  }

  #storedMoments(): BatchMoments {
    this.#assertPredictable();
    const { mean, variance } = this.#stored(this.statistics);
    const moments = { mean: mean.read() as tf.Tensor1D, variance: variance.read() as tf.Tensor1D };
    this.#assertPossible(moments);
    return moments;
  }

  /** Options are read from everywhere and never change: γ, ε and the moving average rest on them. */
  #fix(options: Record<string, number | boolean>): void {
    for (const [name, value] of Object.entries(options)) {
      const set = () => {
        throw new TypeError(
          `Cannot set ${name} of layer "${this.name}": it stays what it was given as, ${value}. Make ` +
            `another layer, new BatchNorm({ ${name}: … }).`,
        );
      };
      Object.defineProperty(this, name, { get: () => value, set, enumerable: true });
    }
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
    const { momentum } = this;
    // moving ← momentum·moving + (1 − momentum)·batch
    const step = (old: number, c: number) => momentum * old + (1 - momentum) * batch[c];
    write(moving, readVector(moving).map(step));
  }

  get #affine(): AffineOptions {
    return {
      gamma: this.#gamma?.read() as tf.Tensor1D | undefined,
      beta: this.#beta?.read() as tf.Tensor1D | undefined,
      epsilon: this.epsilon,
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

  /**
   * Statistics also come from files and from setWeights(). Each of these gives the variables other
   * data, so that what has been read once need not be read again.
   */
  #assertPossible({ mean, variance }: BatchMoments): void {
    const data = [mean.dataId, variance.dataId];
    if (data.every((id, i) => id === this.#plausible[i] || this.#device.written.has(id))) return;
    const [means, variances] = [mean, variance].map((moment) => moment.dataSync<"float32">());
    const isPossible = (mean: number, variance: number) =>
      Number.isFinite(mean) && Number.isFinite(variance) && variance >= 0;
    const channel = means.findIndex((mean, c) => !isPossible(mean, variances[c]));
    if (channel !== -1) {
      throw new RangeError(
        `Cannot predict with layer "${this.name}": channel ${channel} has ${this.statistics} mean ` +
          `${means[channel]} and variance ${variances[channel]}. Both must be finite and no ` +
          `variance negative. Check where the weights come from (setWeights, a file), or measure ` +
          `anew with computeDatasetStatistics(model, batches).`,
      );
    }
    this.#plausible = data;
  }

  /** @param wait Whether to wait for what a device has not answered yet. */
  #assertNoneRefused(wait: boolean): void {
    const refused = this.#device.refused(wait);
    if (refused === 0) return;
    const count = readScalar(this.#moving.count);
    write(this.#moving.count, Float32Array.of(Math.max(0, count - refused)));
    throw new NotFiniteError(
      `Cannot go on in layer "${this.name}": in ${refused} of the batches that it was trained on, ` +
        `its input held values that are not finite or too large for float32. They were left out of ` +
        `the moving statistics, but the weights have seen them. Check the data and their scaling, or ` +
        `lower the learning rate.`,
    );
  }

  #assertPredictable(): void {
    const kind = this.statistics;
    const count = readScalar(this.#stored(kind).count);
    if (count > 0) return;
    const fault = count < 0
      ? "its dataset statistics are stale, the model has trained since (so has it in model.fit when " +
        "the validation after an epoch predicts)"
      : `it has no ${kind} statistics yet`;
    const otherWay = kind === "moving"
      ? `train it first (training: true), or call computeDatasetStatistics(model, batches) and set ` +
        `statistics to "dataset"`
      : `call computeDatasetStatistics(model, batches), or set statistics to "moving", which serve ` +
        `during training too: useStatistics(model, "moving")`;
    throw new Error(`Cannot predict with layer "${this.name}": ${fault}. Either ${otherWay}.`);
  }
}

tf.serialization.registerClass(BatchNorm);

function singleShape(shape: tf.Shape | tf.Shape[]): tf.Shape {
  return Array.isArray(shape[0]) ? shape[0] : shape as tf.Shape;
}

function asTensors(statistics: Moments): BatchMoments {
  const { mean, variance } = inFloat32(statistics);
  return { mean: tf.tensor1d(mean), variance: tf.tensor1d(variance) };
}

/** The last part of a weight's name. */
function baseName(weight: tf.LayerVariable): string {
  return weight.originalName.split("/").at(-1)!;
}

/** A copy: the CPU backend hands out the variable's own memory. */
function readVector(variable: tf.LayerVariable): Float32Array {
  return (variable.read().dataSync() as Float32Array).slice();
}

function write(variable: tf.LayerVariable, values: Float32Array): void {
  const tensor = tf.tensor(values, variable.shape as number[]);
  variable.write(tensor);
  tensor.dispose();
}

function readScalar(variable: tf.LayerVariable): number {
  return variable.read().dataSync()[0];
}
