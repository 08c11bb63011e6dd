/**
 * Batch normalization in one pass over memory less for each of its lines: kernels of our own names,
 * `BatchNormTraining` and `BatchNormPrediction`, which `bn/batch_norm.ts` looks for in TensorFlow.js's
 * registry. Both are differentiable with respect to every input, through every output.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { areFloat32, isRecording, replacement } from "./replacement.ts";

interface TrainingInputs extends tf.NamedTensorInfoMap {
  /** [..., C] */
  x: tf.TensorInfo;
  /** [C] */
  gamma: tf.TensorInfo;
  /** [C] */
  beta: tf.TensorInfo;
}

interface Epsilon {
  epsilon: number;
}

/** y, µ̂, σ̂², and what the gradient needs: µ̂ in two parts and 1/√(σ̂² + ε). */
export const batchNormTraining = replacement<TrainingInputs, Epsilon>(
  "BatchNormTraining",
  ({ inputs: { x, gamma, beta }, attrs: { epsilon }, kernels }) => {
    if (!areFloat32(x, gamma, beta)) return undefined;
    const [m, C] = rowsAndChannels(x);
    if (m === 0) {
      throw new RangeError(
        `Cannot take the statistics of no rows: x has the shape [${x.shape}]. Leave the batch out.`,
      );
    }
    const y = kernels.output(x.shape);
    const vectors = Array.from({ length: 5 }, () => kernels.output([C]));
    const [xStart, gammaStart, betaStart, yStart] = [x, gamma, beta, y].map(kernels.address);
    const [mean, variance, pivot, remainder, inverse] = vectors.map(kernels.address);
    kernels.withScratch(kernels.run.batchNormScratch(C), (scratch) => {
      // deno-fmt-ignore
      kernels.run.batchNormTraining(
        m, C, xStart, gammaStart, betaStart, epsilon,
        yStart, mean, variance, pivot, remainder, inverse, scratch,
      );
    });
    return [y, ...vectors];
  },
);

interface TrainingGradInputs {
  dy: tf.TensorInfo;
  dMean: tf.TensorInfo;
  dVariance: tf.TensorInfo;
  x: tf.TensorInfo;
  gamma: tf.TensorInfo;
  pivot: tf.TensorInfo;
  remainder: tf.TensorInfo;
  inverse: tf.TensorInfo;
}

/** dx, dγ and dβ. */
export const batchNormTrainingGrad = replacement<TrainingGradInputs>(
  "BatchNormTrainingGrad",
  ({ inputs, kernels }) => {
    const { dy, dMean, dVariance, x, gamma, pivot, remainder, inverse } = inputs;
    const [m, C] = rowsAndChannels(x);
    const outputs = [kernels.output(x.shape), kernels.output([C]), kernels.output([C])];
    const [dxStart, dGammaStart, dBetaStart] = outputs.map(kernels.address);
    const given = [dy, dMean, dVariance, x, gamma, pivot, remainder, inverse].map(kernels.address);
    kernels.withScratch(kernels.run.batchNormScratch(C), (scratch) => {
      const [dy, dMean, dVariance, x, gamma, pivot, remainder, inverse] = given;
      // deno-fmt-ignore
      kernels.run.batchNormTrainingGrad(
        m, C, dy, dMean, dVariance, x, gamma, pivot, remainder, inverse,
        dxStart, dGammaStart, dBetaStart, scratch,
      );
    });
    return outputs;
  },
);

/**
 * The gradient of `BatchNormTraining` as TensorFlow.js registers it: one kernel, or the same in
 * operations where it is to be differentiated again.
 */
export const batchNormTrainingGradient: tf.GradConfig = {
  kernelName: batchNormTraining.kernelName,
  inputsToSave: ["x", "gamma"],
  outputsToSave: [false, false, false, true, true, true],
  gradFunc: (dys, saved, attrs) => {
    const [dy, dMean, dVariance] = dys as tf.Tensor[];
    const [x, gamma, pivot, remainder, inverse] = saved;
    if (isRecording()) {
      return trainingGradient({ dy, dMean, dVariance, x, gamma }, attrs.epsilon as number);
    }
    const [dx, dGamma, dBeta] = tf.engine().runKernel(batchNormTrainingGrad.kernelName, {
      dy,
      dMean,
      dVariance,
      x,
      gamma,
      pivot,
      remainder,
      inverse,
    }) as tf.Tensor[];
    return { x: () => dx, gamma: () => dGamma, beta: () => dBeta };
  },
};

/** dx, dγ and dβ in operations, for gradients of higher order. */
function trainingGradient(
  { dy, dMean, dVariance, x, gamma }: Record<
    "dy" | "dMean" | "dVariance" | "x" | "gamma",
    tf.Tensor
  >,
  epsilon: number,
) {
  const [m] = rowsAndChannels(x);
  const mean = (values: tf.Tensor) => values.mean(axesButLast(values));
  const centered = x.sub(mean(x)); // x − µ̂
  const inverse = mean(centered.square()).add(epsilon).rsqrt(); // 1/√(σ̂² + ε)
  const xHat = centered.mul(inverse);
  const [meanDy, meanDyXHat] = [mean(dy), mean(dy.mul(xHat))];
  return {
    // γ/s·(dy − mean(dy) − x̂·mean(dy·x̂)) + dµ/m + dσ²·2(x − µ̂)/m
    x: () =>
      dy.sub(meanDy).sub(xHat.mul(meanDyXHat)).mul(gamma.mul(inverse))
        .add(dMean.div(m)).add(dVariance.mul(centered).mul(2 / m)),
    gamma: () => meanDyXHat.mul(m), // Σ dy·x̂
    beta: () => meanDy.mul(m), // Σ dy
  };
}

interface PredictionInputs extends TrainingInputs {
  /** [C] */
  mean: tf.TensorInfo;
  /** [C] */
  variance: tf.TensorInfo;
}

/** y from statistics given from outside. */
export const batchNormPrediction = replacement<PredictionInputs, Epsilon>(
  "BatchNormPrediction",
  ({ inputs: { x, mean, variance, gamma, beta }, attrs: { epsilon }, kernels }) => {
    if (!areFloat32(x, mean, variance, gamma, beta)) return undefined;
    const [m, C] = rowsAndChannels(x);
    const y = kernels.output(x.shape);
    const [xStart, ...vectors] = [x, mean, variance, gamma, beta, y].map(kernels.address);
    const [meanStart, varianceStart, gammaStart, betaStart, yStart] = vectors;
    kernels.withScratch(kernels.run.batchNormScratch(C), (scratch) => {
      // deno-fmt-ignore
      kernels.run.batchNormPrediction(
        m, C, xStart, meanStart, varianceStart, gammaStart, betaStart, epsilon, yStart, scratch,
      );
    });
    return y;
  },
);

/** The gradient of `BatchNormPrediction`: with fixed statistics x̂ is an affine map of x. */
export const batchNormPredictionGradient: tf.GradConfig = {
  kernelName: batchNormPrediction.kernelName,
  inputsToSave: ["x", "mean", "variance", "gamma"],
  gradFunc: (dys, saved, attrs) => {
    const dy = dys as tf.Tensor;
    const [x, mean, variance, gamma] = saved;
    const inverse = variance.add(attrs.epsilon as number).rsqrt();
    const scale = gamma.mul(inverse);
    const sum = (values: tf.Tensor) => values.sum(axesButLast(values));
    const centered = () => x.sub(mean);
    return {
      x: () => dy.mul(scale), // γ/√(σ² + ε)·dy
      gamma: () => sum(dy.mul(centered())).mul(inverse), // Σ dy·x̂
      beta: () => sum(dy),
      mean: () => sum(dy).mul(scale).neg(),
      // −½·γ·(σ² + ε)^(−3/2)·Σ dy·(x − µ)
      variance: () => sum(dy.mul(centered())).mul(scale).mul(inverse.square()).mul(-0.5),
    };
  },
};

function axesButLast({ shape }: tf.Tensor): number[] {
  return shape.slice(0, -1).map((_, axis) => axis);
}

function rowsAndChannels({ shape }: tf.TensorInfo): [number, number] {
  return [tf.util.sizeFromShape(shape.slice(0, -1)), shape[shape.length - 1]];
}
