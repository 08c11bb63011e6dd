/**
 * Numbers that TensorFlow.js publishes for its operations, in tfjs-core/src/ops of tensorflow/tfjs: the
 * WASM backend is held to them with our kernels.
 *
 * Sources: mat_mul_test.ts, fused/fused_mat_mul_test.ts, conv2d_test.ts, fused/fused_conv2d_test.ts,
 * max_pool_test.ts, batchnorm_test.ts. The name of each case says which.
 */
import { assert, assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { batchNormPrediction } from "../../bn/batch_norm.ts";
import { kernelsInUse } from "../../kernels/mod.ts";
import { testWithKernels } from "../backends.ts";

interface Published {
  /** File and case. */
  source: string;
  compute: () => tf.Tensor;
  shape: number[];
  values: number[];
}

/** TensorFlow.js's own. */
const TOLERANCE = 1e-3;

const matrices = {
  a: () => tf.tensor2d([1, 2, 3, 4, 5, 6], [2, 3]),
  b: () => tf.tensor2d([0, 1, -3, 2, 2, 1], [3, 2]),
};
const batch = [2, 1, 3, 2, 1, 1, 1, 5, 6, 7, 8, 1, 2, 2, 1, 9, 11, 10, 1, 1, 3, 2, 1, 1];
const batchTimesVector = [2.5, 4, 1.5, 3.5, 9.5, 8.5, 3, 5.5, 16, 1.5, 4, 1.5];
/** 0, 1, 2, 3, 4, 0, 1, … */
const modulo5 = (length: number) => Array.from({ length }, (_, i) => i % 5);
/** 1, 2, 3, … */
const counted = (length: number) => Array.from({ length }, (_, i) => i + 1);
/** Zeros with a 2 in the eleventh place. */
const sparse = () => Float32Array.from({ length: 3 * 1001 }, (_, i) => i === 10 ? 2 : 0);

const MAT_MUL: Published[] = [
  {
    source: "mat_mul_test.ts: A x B",
    compute: () => tf.matMul(matrices.a(), matrices.b()),
    shape: [2, 2],
    values: [0, 8, -3, 20],
  },
  {
    source: "mat_mul_test.ts: [8,4]x[4,8]",
    compute: () =>
      tf.matMul(
        tf.tensor2d([...counted(24), ...counted(8)], [8, 4]),
        // deno-fmt-ignore
        tf.tensor2d([
          0, 1, -3, 2, 1, -1, 0, 5, 6, 7, 8, 0, -2, -2, 1, 9,
          11, 10, 0, 1, -3, 2, 1, -1, 1, 2, 3, 4, 5, 6, 7, 8,
        ], [4, 8]),
      ),
    shape: [8, 8],
    // deno-fmt-ignore
    values: [
      49, 53, 25, 21, 8, 25, 33, 52, 121, 133, 57, 49, 12, 45, 69, 136,
      193, 213, 89, 77, 16, 65, 105, 220, 265, 293, 121, 105, 20, 85, 141, 304,
      337, 373, 153, 133, 24, 105, 177, 388, 409, 453, 185, 161, 28, 125, 213, 472,
      49, 53, 25, 21, 8, 25, 33, 52, 121, 133, 57, 49, 12, 45, 69, 136,
    ],
  },
  {
    source: "mat_mul_test.ts: broadcast with unequal batch dims",
    compute: () => tf.matMul(tf.tensor3d(batch, [4, 3, 2]), tf.tensor3d([1, 0.5], [1, 2, 1])),
    shape: [4, 3, 1],
    values: batchTimesVector,
  },
  {
    source: "mat_mul_test.ts: broadcast with unequal ranks",
    compute: () => tf.matMul(tf.tensor5d(batch, [1, 2, 2, 3, 2]), tf.tensor2d([1, 0.5], [2, 1])),
    shape: [1, 2, 2, 3, 1],
    values: batchTimesVector,
  },
  {
    source: "mat_mul_test.ts: A x B^t",
    compute: () => tf.matMul(matrices.a(), tf.tensor2d([1, 0, 2, 4, 3, 0], [2, 3]), false, true),
    shape: [2, 2],
    values: [7, 10, 16, 31],
  },
  {
    source: "mat_mul_test.ts: A^t x B",
    compute: () => tf.matMul(matrices.a(), tf.tensor2d([1, 0, 2, 4, 3, 0], [2, 3]), true, false),
    shape: [3, 3],
    values: [17, 12, 2, 22, 15, 4, 27, 18, 6],
  },
  {
    source: "mat_mul_test.ts: A^t x B^t",
    compute: () =>
      tf.matMul(
        tf.tensor2d([1, 2, 3, 4, 5, 6], [3, 2]),
        tf.tensor2d([1, 0, 2, 4, 3, 0], [2, 3]),
        true,
        true,
      ),
    shape: [2, 2],
    values: [11, 13, 14, 20],
  },
  {
    source: "mat_mul_test.ts: batched matmul with the matrices being vectors",
    compute: () => tf.matMul(tf.tensor(sparse(), [3, 1, 1001]), tf.tensor(sparse(), [3, 1001, 1])),
    shape: [3, 1, 1],
    values: [4, 0, 0],
  },
  {
    source: "mat_mul_test.ts: batched matmul with matrix x vector transposedA",
    compute: () => tf.matMul(tf.ones([3, 1001, 2]), tf.tensor(sparse(), [3, 1001, 1]), true, false),
    shape: [3, 2, 1],
    values: [2, 2, 0, 0, 0, 0],
  },
  {
    source: "mat_mul_test.ts: Matrix * vector propagates NaNs",
    compute: () => tf.dot(tf.tensor2d([1, 2, 3, 4], [2, 2]), tf.tensor1d([2, NaN])),
    shape: [2],
    values: [NaN, NaN],
  },
  {
    source: "fused_mat_mul_test.ts: fused A x B with relu",
    compute: () => tf.fused.matMul({ a: matrices.a(), b: matrices.b(), activation: "relu" }),
    shape: [2, 2],
    values: [0, 8, 0, 20],
  },
  {
    source: "fused_mat_mul_test.ts: fused A x B with elu",
    compute: () => tf.fused.matMul({ a: matrices.a(), b: matrices.b(), activation: "elu" }),
    shape: [2, 2],
    values: [0, 8, -0.9502, 20],
  },
  {
    source: "fused_mat_mul_test.ts: fused A x B with prelu",
    compute: () =>
      tf.fused.matMul({
        a: matrices.a(),
        b: matrices.b(),
        activation: "prelu",
        preluActivationWeights: tf.tensor2d([0.5, 0.5], [1, 2]),
      }),
    shape: [2, 2],
    values: [0, 8, -1.5, 20],
  },
  {
    source: "fused_mat_mul_test.ts: fused A x B with relu transpose",
    compute: () =>
      tf.fused.matMul({
        a: matrices.a(),
        b: tf.tensor2d([0, 1, -3, 2, 2, 1], [2, 3]),
        transposeB: true,
        activation: "relu",
      }),
    shape: [2, 2],
    values: [0, 9, 0, 24],
  },
  {
    source: "fused_mat_mul_test.ts: fused A x B with 2d bias and relu",
    compute: () =>
      tf.fused.matMul({
        a: matrices.a(),
        b: matrices.b(),
        bias: tf.ones([2, 2]),
        activation: "relu",
      }),
    shape: [2, 2],
    values: [1, 9, 0, 21],
  },
  {
    source: "fused_mat_mul_test.ts: fused A x B with relu and broadcasted bias different rank",
    compute: () =>
      tf.fused.matMul({
        a: tf.tensor3d([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11], [2, 2, 3]),
        b: tf.tensor3d([0, 1, -3, 2, 2, 1, 0, 1, -3, 2, 2, 1], [2, 3, 2]),
        bias: tf.tensor2d([1, 2], [1, 2]),
        activation: "relu",
      }),
    shape: [2, 2, 2],
    values: [2, 6, 0, 18, 0, 30, 0, 42],
  },
];

const CONV2D: Published[] = [
  {
    source: "conv2d_test.ts: x=[1,4,4,1] f=[1,1,1,3] s=2 d=1 p=same",
    compute: () =>
      tf.conv2d(
        tf.tensor3d(
          [10, 30, 50, 70, 20, 40, 60, 80, -10, -30, -50, -70, -20, -40, -60, -80],
          [4, 4, 1],
        ),
        tf.tensor4d([1, 0.5, 1], [1, 1, 1, 3]),
        [2, 2],
        "same",
      ),
    shape: [2, 2, 3],
    values: [10, 5, 10, 50, 25, 50, -10, -5, -10, -50, -25, -50],
  },
  {
    source: "conv2d_test.ts: x=[2,2,2,2] f=[1,1,2,2] s=1 d=1 p=0",
    compute: () =>
      tf.conv2d(
        tf.tensor4d(counted(16), [2, 2, 2, 2]),
        tf.tensor4d([-1, 1, -2, 0.5], [1, 1, 2, 2]),
        1,
        0,
      ),
    shape: [2, 2, 2, 2],
    values: [-5, 2, -11, 5, -17, 8, -23, 11, -29, 14, -35, 17, -41, 20, -47, 23],
  },
  {
    source: "conv2d_test.ts: x=[3,3,2] f=[2,2,2,1] s=1 d=1 p=valid",
    compute: () =>
      tf.conv2d(
        tf.tensor3d([...counted(9), 10, 20, 30, 40, 50, 60, 70, 80, 90], [3, 3, 2]),
        tf.tensor4d([.1, .2, .3, .4, .5, .6, .7, .8], [2, 2, 2, 1]),
        1,
        "valid",
      ),
    shape: [2, 2, 1],
    values: [25.6, 53.5, 157.0, 220.9],
  },
  {
    source: "conv2d_test.ts: x=[4,2,1] f=[4,2,1,1] s=1 d=1 p=same",
    compute: () =>
      tf.conv2d(
        tf.tensor3d(counted(8), [4, 2, 1]),
        tf.tensor4d([3, 1, 5, 0, 2, 7, 8, 9], [4, 2, 1, 1]),
        1,
        "same",
      ),
    shape: [4, 2, 1],
    values: [133, 66, 200, 102, 108, 58, 56, 58],
  },
  {
    source: "conv2d_test.ts: x=[4,2,1] f=[4,2,1,1] s=1 d=1 p=explicit",
    compute: () =>
      tf.conv2d(
        tf.tensor3d(counted(8), [4, 2, 1]),
        tf.tensor4d([3, 1, 5, 0, 2, 7, 8, 9], [4, 2, 1, 1]),
        1,
        [[0, 0], [1, 2], [0, 1], [0, 0]],
      ),
    shape: [4, 2, 1],
    values: [133, 66, 200, 102, 108, 58, 56, 58],
  },
  {
    source: "conv2d_test.ts: x=[4,4,1] f=[2,2,1,1] s=1 d=2 p=0, the dilated filter written out",
    compute: () =>
      tf.sub(
        tf.conv2d(
          tf.tensor3d(counted(16), [4, 4, 1]),
          tf.tensor4d([3, 1, 5, 2], [2, 2, 1, 1]),
          1,
          0,
          "NHWC",
          2,
        ),
        tf.conv2d(
          tf.tensor3d(counted(16), [4, 4, 1]),
          tf.tensor4d([3, 0, 1, 0, 0, 0, 5, 0, 2], [3, 3, 1, 1]),
          1,
          0,
        ),
      ),
    shape: [2, 2, 1],
    values: [0, 0, 0, 0],
  },
  {
    source: "conv2d_test.ts: x=[1,3,6,1] f=[2,2,1,1] s=[1,2] d=1 p=valid",
    compute: () =>
      tf.conv2d(
        tf.tensor4d(counted(18), [1, 3, 6, 1]),
        tf.tensor4d(counted(4), [2, 2, 1, 1]),
        [1, 2],
        "valid",
      ),
    shape: [1, 2, 3, 1],
    values: [58, 78, 98, 118, 138, 158],
  },
  {
    source: "conv2d_test.ts: x=[1,8,8,16] f=[3,3,16,1] s=[2,2] d=1 p=same",
    compute: () =>
      tf.conv2d(
        tf.tensor4d(modulo5(8 * 8 * 16), [1, 8, 8, 16]),
        tf.tensor4d(modulo5(9 * 16), [3, 3, 16, 1]),
        [2, 2],
        "same",
      ),
    shape: [1, 4, 4, 1],
    values: [854, 431, 568, 382, 580, 427, 854, 288, 431, 568, 580, 289, 285, 570, 285, 258],
  },
  {
    source: "conv2d_test.ts: x=[1,8,8,3] f=[3,3,3,4] s=[2,2] d=1 p=valid",
    compute: () =>
      tf.conv2d(
        tf.tensor4d(modulo5(8 * 8 * 3), [1, 8, 8, 3]),
        tf.tensor4d(modulo5(9 * 3 * 4), [3, 3, 3, 4]),
        [2, 2],
        "valid",
      ),
    shape: [1, 3, 3, 4],
    // deno-fmt-ignore
    values: [
      104, 125, 126, 102, 133, 126, 104, 57, 137, 102, 57, 112, 116, 53, 110, 142, 50, 104,
      133, 137, 104, 125, 126, 102, 133, 126, 104, 57, 137, 102, 57, 112, 116, 53, 110, 142,
    ],
  },
  {
    source: "conv2d_test.ts: x=[1,2,2,3] f=[1,1] s=2 p=1 fractional outputs default rounding",
    compute: () =>
      tf.conv2d(
        tf.tensor4d(counted(12), [1, 2, 2, 3]),
        tf.tensor4d([2, 2, 1], [1, 1, 3, 1]),
        2,
        [[0, 0], [1, 1], [1, 1], [0, 0]],
      ),
    shape: [1, 2, 2, 1],
    values: [0, 0, 0, 54],
  },
  ...[0, 1].map((argument): Published => ({
    source: `conv2d_test.ts: gradient x=[2,3,3,1] f=[2,2,1,1] s=1 p=0, ${
      argument ? "filter" : "x"
    }`,
    compute: () =>
      tf.grads((x, filter) => tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 1, 0))(
        [tf.tensor([...counted(9), ...counted(9)], [2, 3, 3, 1]), tf.ones([2, 2, 1, 1])],
        tf.tensor([3, 1, 2, 0, 3, 1, 2, 0], [2, 2, 2, 1]),
      )[argument],
    shape: argument ? [2, 2, 1, 1] : [2, 3, 3, 1],
    values: argument ? [26, 38, 62, 74] : [3, 4, 1, 5, 6, 1, 2, 2, 0, 3, 4, 1, 5, 6, 1, 2, 2, 0],
  })),
  {
    source: "fused_conv2d_test.ts: basic with relu",
    compute: () =>
      tf.fused.conv2d({
        x: tf.tensor4d(counted(16), [2, 2, 2, 2]),
        filter: tf.tensor4d([-1, 1, -2, 0.5], [1, 1, 2, 2]),
        strides: 1,
        pad: 0,
        activation: "relu",
      }),
    shape: [2, 2, 2, 2],
    values: [0, 2, 0, 5, 0, 8, 0, 11, 0, 14, 0, 17, 0, 20, 0, 23],
  },
  {
    source:
      "fused_conv2d_test.ts: relu bias stride 2 x=[1,8,8,16] f=[3,3,16,1] s=[2,2] d=8 p=same, its first sixteen numbers",
    compute: () =>
      tf.fused.conv2d({
        x: tf.tensor4d(
          Array.from({ length: 1024 }, (_, i) => i * 0.001 - 1024 * 0.001 / 2),
          [1, 8, 8, 16],
        ),
        filter: tf.tensor4d(
          Array.from({ length: 1152 }, (_, i) => i * 0.001 * (i % 2 === 0 ? -1 : 1)),
          [3, 3, 16, 8],
        ),
        bias: tf.tensor1d([1, 4, 2, 3, 9, 6, 5, 8]),
        strides: [2, 2],
        pad: "same",
        activation: "relu",
      }).slice([0, 0, 0, 0], [1, 1, 2, 8]),
    shape: [1, 1, 2, 8],
    // deno-fmt-ignore
    values: [
      25.75398063659668, 0, 26.857805252075195, 0, 33.961631774902344, 0, 30.065458297729492, 0,
      23.118206024169922, 0, 24.212820053100586, 0, 31.307422637939453, 0, 27.402034759521484, 0,
    ],
  },
];

/** dx of a pooling without padding. */
function poolGradient(
  shape: number[],
  x: number[],
  dy: number[],
  { filter, stride, outShape, pad = 0 }: {
    filter: number;
    stride: number;
    outShape: number[];
    pad?: number | tf.backend_util.ExplicitPadding;
  },
): () => tf.Tensor {
  return () =>
    tf.grad((x) => tf.maxPool(x as tf.Tensor3D, filter, stride, pad))(
      tf.tensor(x, shape),
      tf.tensor(dy, outShape),
    );
}

const TWO = { filter: 2, stride: 1, outShape: [2, 2, 1] };

const MAX_POOL: Published[] = [
  {
    source: "max_pool_test.ts: gradients x=[3,3,1] f=[2,2] s=1 no dup max value, test #2",
    compute: poolGradient([3, 3, 1], [9, 5, 6, 6, 8, 4, 9, 5, 10], [1, 2, 3, 4], TWO),
    shape: [3, 3, 1],
    values: [1, 0, 0, 0, 2, 0, 3, 0, 4],
  },
  {
    source: "max_pool_test.ts: gradient x=[3,3,1] f=[2,2] s=1 dup max value, test 1",
    compute: poolGradient([3, 3, 1], [0, 0, 0, 0, 5, 0, 0, 0, 0], [1, 2, 3, 4], TWO),
    shape: [3, 3, 1],
    values: [0, 0, 0, 0, 10, 0, 0, 0, 0],
  },
  {
    source: "max_pool_test.ts: gradient x=[3,3,1] f=[2,2] s=1 dup max value, test 2",
    compute: poolGradient([3, 3, 1], [1, 3, 2, 1, 2, 1, 1, 1, 5], [1, 2, 3, 4], TWO),
    shape: [3, 3, 1],
    values: [0, 3, 0, 0, 3, 0, 0, 0, 4],
  },
  {
    source: "max_pool_test.ts: gradient x=[2,3,3,1] f=[2,2] s=1 dup max value in 2nd input",
    compute: poolGradient(
      [2, 3, 3, 1],
      [...counted(9), 1, 2, 3, 4, 5, 6, 7, 9, 8],
      counted(8),
      { ...TWO, outShape: [2, 2, 2, 1] },
    ),
    shape: [2, 3, 3, 1],
    values: [0, 0, 0, 0, 1, 2, 0, 3, 4, 0, 0, 0, 0, 5, 6, 0, 15, 0],
  },
  {
    source: "max_pool_test.ts: gradient x=[4,4,1] f=[2,2] s=2 test #2",
    compute: poolGradient(
      [4, 4, 1],
      [1, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 1],
      [1, 2, 3, 4],
      { ...TWO, stride: 2 },
    ),
    shape: [4, 4, 1],
    values: [0, 1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 4, 0],
  },
  {
    source: "max_pool_test.ts: gradient x=[5,5,1] f=[3,3] s=2 duplicate max value",
    compute: poolGradient(
      [5, 5, 1],
      Array.from({ length: 25 }, (_, i) => i === 12 ? 24 : i === 24 ? 12 : i),
      [1, 2, 3, 4],
      { filter: 3, stride: 2, outShape: [2, 2, 1] },
    ),
    shape: [5, 5, 1],
    values: Array.from({ length: 25 }, (_, i) => i === 12 ? 10 : 0),
  },
  {
    source: "max_pool_test.ts: gradient x=[3,3,2] f=[2,2] s=1 duplicate max value",
    compute: poolGradient(
      [3, 3, 2],
      [0, 1, 0, 3, 0, 2, 0, 1, 5, 2, 0, 1, 0, 1, 0, 1, 0, 5],
      [1, 44, 2, 33, 3, 22, 4, 11],
      { ...TWO, outShape: [2, 2, 2] },
    ),
    shape: [3, 3, 2],
    values: [0, 0, 0, 77, 0, 0, 0, 0, 10, 22, 0, 0, 0, 0, 0, 0, 0, 11],
  },
  {
    source: "max_pool_test.ts: gradient x=[3,3,1] f=3 s=1 p=explicit",
    compute: poolGradient([3, 3, 1], [0, 1, 2, 3, 4, 5, 6, 7, 8], [1, 11, 2, 22, 3, 33, 4, 44], {
      filter: 3,
      stride: 1,
      outShape: [4, 2, 1],
      pad: [[0, 0], [1, 2], [0, 1], [0, 0]],
    }),
    shape: [3, 3, 1],
    values: [0, 0, 0, 0, 0, 12, 0, 0, 108],
  },
];

// tf.batchNorm4d itself is none of our kernels; batchNormPrediction() computes the same.
const BATCH_NORM_INPUTS = ["x", "mean", "variance", "beta", "gamma"] as const;
type BatchNormInput = (typeof BATCH_NORM_INPUTS)[number];

function batchNormGradient(input: BatchNormInput): () => tf.Tensor {
  return () => {
    const inputs: Record<BatchNormInput, tf.Tensor> = {
      x: tf.tensor4d([2, 4, 9, 23], [2, 1, 1, 2]),
      mean: tf.tensor1d([1, 2]),
      variance: tf.tensor1d([2, 3]),
      beta: tf.tensor1d([3, 4]),
      gamma: tf.tensor1d([2, 5]),
    };
    return tf.grad((value) => {
      const { x, ...options } = { ...inputs, [input]: value };
      return batchNormPrediction(x, { ...options as Parameters<typeof batchNormPrediction>[1] });
    })(inputs[input], tf.tensor4d([-1, -1, -1, -1], [2, 1, 1, 2]));
  };
}

const BATCH_NORM: Published[] = (
  [
    ["x", [2, 1, 1, 2], [-1.414, -2.887, -1.414, -2.887]],
    ["mean", [2], [2.828, 5.773]],
    ["variance", [2], [3.180, 11.060]],
    ["beta", [2], [-2, -2]],
    ["gamma", [2], [-6.362, -13.277]],
  ] as [BatchNormInput, number[], number[]][]
).map(([input, shape, values]) => ({
  source: `batchnorm_test.ts: simple batchnorm4D gradients, 2x1x1x2, ${input}`,
  compute: batchNormGradient(input),
  shape,
  values,
}));

for (
  const { source, compute, shape, values } of [
    ...MAT_MUL,
    ...CONV2D,
    ...MAX_POOL,
    ...BATCH_NORM,
  ]
) {
  testWithKernels(`the kernels give the numbers published in ${source}`, () => {
    assertEquals(kernelsInUse(), "own");
    const actual = tf.tidy(() => {
      const tensor = compute();
      assertEquals(tensor.shape, shape);
      return tensor.dataSync().slice();
    });
    assertEquals(actual.length, values.length);
    values.forEach((value, i) => {
      const close = Number.isNaN(value)
        ? Number.isNaN(actual[i])
        : Math.abs(actual[i] - value) <= TOLERANCE;
      assert(close, `value ${i} is ${actual[i]}, published is ${value}`);
    });
  });
}
