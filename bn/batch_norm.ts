/**
 * Batch normalization as pure functions: the mathematics and nothing else.
 *
 * Written in TensorFlow.js basic operations, the equation above the line that computes it. What a
 * layer adds (γ and β as weights, stored statistics, two modes) is in batch_norm_layer.ts; the
 * backward pass is in batch_norm_grad.ts.
 *
 * Shapes, channels last throughout:
 *
 * | symbol     | shape     | meaning                                                   |
 * | ---------- | --------- | --------------------------------------------------------- |
 * | x, y, x̂    | [..., C]  | [N, C] dense, [N, H, W, C] convolutional, any rank ≥ 2    |
 * | µ̂, σ̂²      | [C]       | statistics of the batch, over all axes but the last       |
 * | γ, β       | [C]       | learned scale and shift                                   |
 * | m          | number    | values per channel: N, or N·H·W                           |
 *
 * Source: Ioffe & Szegedy, "Batch Normalization: Accelerating Deep Network Training by Reducing
 * Internal Covariate Shift", 2015, arXiv:1502.03167, Algorithm 1.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { batchNormGrad } from "./batch_norm_grad.ts";
import { channelMean } from "./channel_mean.ts";
import { assertEpsilon, DEFAULT_EPSILON } from "./epsilon.ts";
import { assertOptions, BOOLEAN, NUMBER, TENSOR } from "./options.ts";

/** Mean and variance of each channel of a batch. */
export interface BatchMoments {
  /** µ̂, shape [C]. */
  mean: tf.Tensor1D;
  /** σ̂², shape [C]: the biased variance, divided by m and not by m − 1. */
  variance: tf.Tensor1D;
}

/** Scale, shift and ε of the transform. */
export interface AffineOptions {
  /**
   * γ, shape [C].
   * @default ones
   */
  gamma?: tf.Tensor1D;
  /**
   * β, shape [C].
   * @default zeros
   */
  beta?: tf.Tensor1D;
  /**
   * ε > 0, added to the variance, inside the square root.
   * @default 1e-3
   */
  epsilon?: number;
  /**
   * Whether to compute by the lines below even where the backend has a faster kernel of that name.
   * @default false
   */
  textbook?: boolean;
}

/** What the training transform gives. */
export interface TrainingResult extends BatchMoments {
  /** γ·x̂ + β, the shape of x. */
  y: tf.Tensor;
}

/**
 * Mean and biased variance of each channel over all axes but the last.
 *
 * @param x Batch, shape [..., C], rank ≥ 2, with at least one value per channel.
 * @returns µ̂ and σ̂², each [C].
 * @throws {RangeError} If the rank is below 2 or the batch is empty.
 *
 * @example
 * ```ts
 * import { batchMoments } from "@batchnorm/from-scratch";
 * import * as tf from "@tensorflow/tfjs";
 * import { assertEquals } from "@std/assert";
 *
 * const { mean, variance } = batchMoments(tf.tensor2d([[1, 10], [3, 30]]));
 * assertEquals([...mean.dataSync()], [2, 20]);
 * assertEquals([...variance.dataSync()], [1, 100]);
 * ```
 */
export function batchMoments(x: tf.Tensor): BatchMoments {
  assertBatch(x);
  return tf.tidy(() => {
    const { mean, variance } = center(x);
    return { mean, variance };
  });
}

/**
 * The training transform: normalizes x by the batch's own mean and variance.
 *
 * The gradient with respect to x, γ and β is attached in closed form and runs through the batch
 * statistics, since they depend on x as well.
 *
 * @param x Batch, shape [..., C], rank ≥ 2, with at least two values per channel.
 * @param options γ, β and ε.
 * @returns y, the shape of x, and the batch's µ̂ and σ̂².
 * @throws {TypeError} If an option has an unknown name or a value of a wrong type.
 * @throws {RangeError} If the rank is below 2, the batch is empty or has one value per channel, γ or β
 * is not [C], or ε is not positive.
 *
 * @example
 * ```ts
 * import { batchNormTraining } from "@batchnorm/from-scratch";
 * import * as tf from "@tensorflow/tfjs";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const { y } = batchNormTraining(tf.tensor2d([[1], [3]]), { epsilon: 1e-6 });
 * const [first, second] = y.dataSync();
 * assertAlmostEquals(first, -1, 1e-5);
 * assertAlmostEquals(second, 1, 1e-5);
 * ```
 */
export function batchNormTraining(x: tf.Tensor, options: AffineOptions = {}): TrainingResult {
  assertOptions("batch-normalize", options, OPTION_RULES);
  assertBatch(x);
  assertSeveralValues(x);
  return tf.tidy(() => {
    const { gamma, beta, epsilon } = withDefaults(x, options);
    if (!options.textbook && hasKernel(TRAINING_KERNEL, x, gamma, beta)) {
      const outputs = tf.engine().runKernel(TRAINING_KERNEL, { x, gamma, beta }, { epsilon });
      const [y, mean, variance] = outputs as [tf.Tensor, tf.Tensor1D, tf.Tensor1D];
      return { y, mean, variance };
    }
    const { centered, mean, variance } = center(x);
    // 1/√(σ̂² + ε)                                                       [C]
    const inverseDeviation = variance.add<tf.Tensor1D>(epsilon).rsqrt();
    // x̂ = (x − µ̂) / √(σ̂² + ε)                                           [..., C]
    const xHat = centered.mul(inverseDeviation);
    // y = γ·x̂ + β, with the closed-form gradient in place of autodiff    [..., C]
    const scaleAndShift = tf.customGrad((...args) => {
      const [, gamma, beta, save] = args as [tf.Tensor, tf.Tensor1D, tf.Tensor1D, tf.GradSaveFunc];
      save([xHat, gamma, inverseDeviation]);
      return {
        value: xHat.mul(gamma).add(beta),
        gradFunc: (dy, saved) => {
          const [xHat, gamma, inverseDeviation] = saved as [tf.Tensor, tf.Tensor1D, tf.Tensor1D];
          const { dx, dGamma, dBeta } = batchNormGrad(dy, { xHat, gamma, inverseDeviation });
          return [dx, dGamma, dBeta];
        },
      };
    });
    return { y: scaleAndShift(x, gamma, beta), mean, variance };
  });
}

/**
 * The prediction transform: normalizes x by statistics given from outside.
 *
 * Each value of x is treated by itself, so an example's output cannot depend on the rest of its
 * batch.
 *
 * @param x Batch, shape [..., C], rank ≥ 2; one example is enough.
 * @param options Mean and variance to normalize by, γ, β and ε.
 * @returns γ·(x − µ)/√(σ² + ε) + β, the shape of x.
 * @throws {TypeError} If an option has an unknown name or a value of a wrong type.
 * @throws {RangeError} If the rank is below 2, the batch is empty, a vector is not [C], or ε is not
 * positive.
 *
 * @example
 * ```ts
 * import { batchNormPrediction } from "@batchnorm/from-scratch";
 * import * as tf from "@tensorflow/tfjs";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const y = batchNormPrediction(tf.tensor2d([[5]]), {
 *   mean: tf.tensor1d([3]),
 *   variance: tf.tensor1d([4]),
 * });
 * assertAlmostEquals(y.dataSync()[0], 1, 1e-3);
 * ```
 */
export function batchNormPrediction(
  x: tf.Tensor,
  options: AffineOptions & BatchMoments,
): tf.Tensor {
  assertOptions("batch-normalize", options, OPTION_RULES);
  assertBatch(x);
  return tf.tidy(() => {
    const { mean, variance } = options;
    const { gamma, beta, epsilon } = withDefaults(x, options);
    assertVector("mean", mean, gamma.size);
    assertVector("variance", variance, gamma.size);
    if (!options.textbook && hasKernel(PREDICTION_KERNEL, x, mean, variance, gamma, beta)) {
      const inputs = { x, mean, variance, gamma, beta };
      return tf.engine().runKernel<tf.Tensor>(PREDICTION_KERNEL, inputs, { epsilon });
    }
    // y = γ·(x − µ)/√(σ² + ε) + β
    const scale = gamma.mul(variance.add(epsilon).rsqrt());
    return x.sub(mean).mul(scale).add(beta);
  });
}

/** Kernels that take the place of the lines above where the backend has them; see kernels/. */
const TRAINING_KERNEL = "BatchNormTraining";
const PREDICTION_KERNEL = "BatchNormPrediction";

/** One object may serve both transforms, so each knows the other's names and x. */
const OPTION_RULES = {
  ...{ gamma: TENSOR, beta: TENSOR, epsilon: NUMBER, textbook: BOOLEAN },
  ...{ mean: TENSOR, variance: TENSOR, x: TENSOR },
};

/** Whether the backend has the kernel, which serves float32 alone. */
export function hasKernel(name: string, ...inputs: tf.Tensor[]): boolean {
  return tf.getKernel(name, tf.getBackend()) !== undefined &&
    inputs.every(({ dtype }) => dtype === "float32");
}

/**
 * x − µ̂ without the rounding error of µ̂.
 *
 * Far from zero a float32 mean is off by up to half a unit in its last place, 5e-4 at 1e4. The mean
 * of what is left after subtracting it measures that error, and subtracting once more removes it.
 * (E[x²] − E[x]² would lose every digit there.)
 */
function center(x: tf.Tensor): BatchMoments & { centered: tf.Tensor } {
  // µ̂ = 1/m Σ x, to float32                                              [C]
  const rounded = channelMean(x);
  const nearlyCentered = x.sub(rounded);
  const remainder = channelMean(nearlyCentered);
  const centered = nearlyCentered.sub(remainder);
  return {
    centered,
    mean: rounded.add<tf.Tensor1D>(remainder),
    // σ̂² = 1/m Σ (x − µ̂)²                                                [C]
    variance: channelMean(centered.square()),
  };
}

function withDefaults(
  x: tf.Tensor,
  { gamma, beta, epsilon = DEFAULT_EPSILON }: AffineOptions,
) {
  const channels = x.shape[x.rank - 1];
  assertEpsilon(epsilon);
  if (gamma) assertVector("gamma", gamma, channels);
  if (beta) assertVector("beta", beta, channels);
  return {
    gamma: gamma ?? tf.ones<tf.Rank.R1>([channels]),
    beta: beta ?? tf.zeros<tf.Rank.R1>([channels]),
    epsilon,
  };
}

function assertBatch(x: tf.Tensor): void {
  if (x.rank < 2) {
    throw new RangeError(
      `Cannot batch-normalize a tensor of shape [${x.shape}]: its rank must be at least 2, the ` +
        `batch first and the channels last. Add a batch axis with x.expandDims(0).`,
    );
  }
  if (x.shape[0] === 0) {
    throw new RangeError(
      `Cannot batch-normalize an empty batch of shape [${x.shape}]: give it at least one example.`,
    );
  }
  if (x.size === 0) {
    throw new RangeError(
      `Cannot batch-normalize an empty map of shape [${x.shape}]: the batch has examples, but they ` +
        `hold no values. A convolution or pooling before it has a window larger than its image.`,
    );
  }
}

/** A vector of another length would be broadcast silently. */
function assertVector(name: string, vector: tf.Tensor1D | undefined, channels: number): void {
  if (vector?.rank === 1 && vector.size === channels) return;
  throw new RangeError(
    `Cannot batch-normalize with ${
      vector ? `a ${name} of shape [${vector.shape}]` : `no ${name}`
    }: ` +
      `it must have one value for each of the ${channels} channels, shape [${channels}].`,
  );
}

function assertSeveralValues(x: tf.Tensor): void {
  if (x.size === x.shape[x.rank - 1]) {
    throw new RangeError(
      `Cannot train on a batch of shape [${x.shape}]: it has one value per channel, which is its ` +
        `own mean, so that every output would be β. Give at least two examples (drop a last batch ` +
        `of one), or call the layer in prediction mode.`,
    );
  }
}
