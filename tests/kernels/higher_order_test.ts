/**
 * Gradients of gradients: every kernel that we put in TensorFlow.js's place, and every gradient kernel
 * of ours, to the third order, against the CPU backend with the same function in plain operations.
 *
 * Of a function f with inputs a, b, … these are, with fixed random weights w and r,
 *
 *     S₀ = Σ w·f(a, b, …)²       Sₖ = Σ r·(∂Sₖ₋₁/∂a)² + Σ r·(∂Sₖ₋₁/∂b)² + …
 *
 * and the gradients of S₀, S₁ and S₂ with respect to all inputs.
 */
import { assertLess } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { batchNormPrediction, batchNormTraining } from "../../bn/batch_norm.ts";
import { useKernels } from "../../kernels/mod.ts";
import { testOnBackend, useBackend } from "../backends.ts";

type Inputs = tf.Tensor[];
type Operation = (...inputs: Inputs) => tf.Tensor;

interface Case {
  name: string;
  shapes: number[][];
  operation: Operation;
  /** The same in operations that TensorFlow.js can differentiate again. */
  plain?: Operation;
}

/** Numbers in −1 … 1, none near another or near 0. */
function numbers(shape: number[], seed: number): tf.Tensor {
  const size = tf.util.sizeFromShape(shape);
  return tf.tensor(
    Float32Array.from({ length: size }, (_, i) => Math.sin(1.7 * (i + 1) + 3.1 * seed)),
    shape,
  );
}

function weighted(y: tf.Tensor, seed: number): tf.Scalar {
  return y.mul(numbers(y.shape, seed)).sum();
}

/** S₀, S₁, S₂ as functions of the inputs. */
function sums(operation: Operation): ((...inputs: Inputs) => tf.Scalar)[] {
  const chain = [(...inputs: Inputs) => weighted(operation(...inputs).square(), 5)];
  for (let k = 1; k < 3; k++) {
    const before = chain[k - 1];
    chain.push((...inputs) =>
      tf.addN(tf.grads(before)(inputs).map((g, i) => weighted(g.square(), 7 + i))) as tf.Scalar
    );
  }
  return chain;
}

/** The gradients of one order with respect to all inputs, one behind the other. */
function gradients({ shapes }: Case, operation: Operation, order: number): Float32Array {
  return tf.tidy(() => {
    const inputs = shapes.map((shape, i) => numbers(shape, i));
    const all = tf.grads(sums(operation)[order - 1])(inputs);
    return tf.concat(all.map((gradient) => gradient.flatten())).dataSync<"float32">().slice();
  });
}

// ---- The same in plain operations -----------------------------------------------------------------

/** The values of x that each window covers, tap by tap: [N, P, Q, C] each. */
function taps(x: tf.Tensor, [KH, KW]: number[], stride: number): tf.Tensor[] {
  const [N, H, W, C] = x.shape;
  const [P, Q] = [Math.floor((H - KH) / stride) + 1, Math.floor((W - KW) / stride) + 1];
  // A selection of rows and columns as products, which can be differentiated as often as one likes.
  const pick = (length: number, count: number, first: number) =>
    tf.oneHot(tf.range(0, count, 1, "int32").mul(stride).add(first).toInt(), length)
      .cast("float32");
  return Array.from({ length: KH * KW }, (_, tap) => {
    const rows = pick(H, P, Math.floor(tap / KW)); // [P, H]
    const columns = pick(W, Q, tap % KW); // [Q, W]
    const chosen = tf.dot(x.transpose([0, 3, 2, 1]).reshape([N * C * W, H]), rows.transpose());
    const both = tf.dot(
      chosen.reshape([N * C, W, P]).transpose([0, 2, 1]).reshape([N * C * P, W]),
      columns.transpose(),
    );
    return both.reshape([N, C, P, Q]).transpose([0, 2, 3, 1]);
  });
}

function convolution(stride: number): Operation {
  return (x, w) => {
    const [KH, KW, C, O] = w.shape;
    const filters = tf.unstack(w.reshape([KH * KW, C, O]));
    return tf.addN(
      taps(x, [KH, KW], stride).map((tap, i) => {
        const [N, P, Q] = tap.shape;
        return tf.dot(tap.reshape([N * P * Q, C]), filters[i]).reshape([N, P, Q, O]);
      }),
    );
  };
}

const conv2d = (stride: number): Operation => (x, w) =>
  tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, stride, "valid");

/** The largest tap of each window, by a choice that is fixed as far as gradients go. */
function maxima(x: tf.Tensor, window: number[], stride: number): tf.Tensor {
  const all = tf.stack(taps(x, window, stride), -1); // [N, P, Q, C, taps]
  return all.mul(tf.oneHot(all.argMax(-1), window[0] * window[1])).sum(-1);
}

const moments = (y: ReturnType<typeof batchNormTraining>) =>
  tf.concat([y.y.flatten(), y.mean, y.variance]);

const CASES: Case[] = [
  { name: "Relu", shapes: [[3, 5]], operation: (x) => tf.relu(x).mul(x) },
  {
    name: "BatchMatMul",
    shapes: [[3, 4], [5, 4]],
    operation: (a, b) => tf.matMul(a, b, false, true),
  },
  {
    name: "_FusedMatMul",
    shapes: [[3, 4], [4, 2], [2]],
    operation: (a, b, bias) => tf.fused.matMul({ a, b, bias, activation: "linear" }),
    plain: (a, b, bias) => tf.matMul(a, b).add(bias),
  },
  { name: "Sum", shapes: [[3, 4, 2]], operation: (x) => tf.sum(x.square().mul(x), [0, 2]) },
  { name: "Mean", shapes: [[3, 4, 2]], operation: (x) => tf.mean(x.square().mul(x), 1) },
  { name: "Identity", shapes: [[3, 4]], operation: (x) => tf.clone(x).mul(x).mul(x) },
  {
    name: "Conv2D",
    shapes: [[2, 5, 6, 2], [3, 2, 2, 3]],
    operation: conv2d(1),
    plain: convolution(1),
  },
  {
    name: "Conv2D with stride 2",
    shapes: [[2, 6, 5, 2], [3, 2, 2, 3]],
    operation: conv2d(2),
    plain: convolution(2),
  },
  {
    name: "FusedConv2D",
    shapes: [[2, 5, 6, 2], [3, 2, 2, 3], [3]],
    operation: (x, w, bias) => {
      const filter = w as tf.Tensor4D;
      return tf.fused.conv2d({ x: x as tf.Tensor4D, filter, strides: 1, pad: "valid", bias });
    },
    plain: (x, w, bias) => convolution(1)(x, w).add(bias),
  },
  {
    name: "MaxPool",
    shapes: [[2, 5, 6, 2]],
    operation: (x) => tf.maxPool(x.mul(x).mul(x) as tf.Tensor4D, [3, 2], 1, "valid"),
    plain: (x) => maxima(x.mul(x).mul(x), [3, 2], 1),
  },
  {
    name: "AvgPool",
    shapes: [[2, 5, 6, 2]],
    operation: (x) => tf.avgPool(x.mul(x).mul(x) as tf.Tensor4D, [3, 2], 1, "valid"),
    plain: (x) => tf.addN(taps(x.mul(x).mul(x), [3, 2], 1)).div(6),
  },
  {
    name: "MaxPool3D, of volumes as flat as images",
    shapes: [[2, 5, 6, 2]],
    operation: (x) =>
      tf.maxPool3d(x.mul(x).mul(x).expandDims(1) as tf.Tensor5D, [1, 3, 2], 1, "valid"),
    plain: (x) => maxima(x.mul(x).mul(x), [3, 2], 1).expandDims(1),
  },
  {
    name: "AvgPool3D, of volumes as flat as images",
    shapes: [[2, 5, 6, 2]],
    operation: (x) =>
      tf.avgPool3d(x.mul(x).mul(x).expandDims(1) as tf.Tensor5D, [1, 3, 2], 1, "valid"),
    plain: (x) => tf.addN(taps(x.mul(x).mul(x), [3, 2], 1)).div(6).expandDims(1),
  },
  {
    name: "Conv3D, of volumes as flat as images",
    shapes: [[2, 5, 6, 2], [3, 2, 2, 3]],
    operation: (x, w) =>
      tf.conv3d(x.expandDims(1) as tf.Tensor5D, w.expandDims(0) as tf.Tensor5D, 1, "valid"),
    plain: (x, w) => convolution(1)(x, w).expandDims(1),
  },
  {
    name: "DepthwiseConv2dNative",
    shapes: [[2, 5, 6, 2], [3, 2, 2, 1]],
    operation: (x, w) => tf.depthwiseConv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, "valid"),
    plain: (x, w) =>
      tf.addN(taps(x, [3, 2], 1).map((tap, i) => tap.mul(w.reshape([6, 2]).slice(i, 1)))),
  },
  {
    name: "a gather, whose gradient is UnsortedSegmentSum",
    shapes: [[4, 3]],
    operation: (x) => tf.gather(x.mul(x).mul(x), tf.tensor1d([0, 2, 2], "int32")),
    plain: (x) => tf.dot(tf.tensor2d([[1, 0, 0, 0], [0, 0, 1, 0], [0, 0, 1, 0]]), x.mul(x).mul(x)),
  },
  {
    name: "BatchNormTraining, with its mean and variance",
    shapes: [[2, 3, 2, 3], [3], [3]],
    operation: (x, gamma, beta) =>
      moments(batchNormTraining(x, { gamma: gamma as tf.Tensor1D, beta: beta as tf.Tensor1D })),
    plain: (x, gamma, beta) =>
      moments(batchNormTraining(x, {
        gamma: gamma as tf.Tensor1D,
        beta: beta as tf.Tensor1D,
        textbook: true,
      })),
  },
  {
    name: "BatchNormPrediction, its statistics included",
    shapes: [[4, 3], [3], [3], [3], [3]],
    operation: (x, mean, deviation, gamma, beta) => {
      const variance = deviation.square().add(0.5);
      return batchNormPrediction(x, { mean, variance, gamma, beta } as never);
    },
    plain: (x, mean, deviation, gamma, beta) => {
      const inverse = deviation.square().add(0.5).add(1e-3).rsqrt();
      return x.sub(mean).mul(gamma.mul(inverse)).add(beta);
    },
  },
  {
    name: "a convolution, BN, ReLU and pooling in one",
    shapes: [[2, 6, 6, 1], [3, 3, 1, 3], [3], [3]],
    operation: (x, w, gamma, beta) => {
      const map = conv2d(1)(x, w);
      const { y } = batchNormTraining(map, { gamma, beta } as never);
      return tf.maxPool(tf.relu(y) as tf.Tensor4D, 2, 2, "valid");
    },
    plain: (x, w, gamma, beta) => {
      const map = convolution(1)(x, w);
      const { y } = batchNormTraining(map, { gamma, beta, textbook: true } as never);
      return maxima(tf.relu(y), [2, 2], 2);
    },
  },
];

for (const example of CASES) {
  for (const order of [1, 2, 3]) {
    testOnBackend("wasm", `${example.name}: gradients of order ${order}`, async () => {
      const actual = gradients(example, example.operation, order);
      const { operation, plain = operation } = example;
      await useBackend("cpu");
      const expected = gradients(example, plain, order);
      const scale = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-6);
      expected.forEach((value, i) => assertLess(Math.abs(actual[i] - value), 1e-4 * scale, `${i}`));
      useKernels("own");
    });
  }
}
