/**
 * `BatchMatMul` and `_FusedMatMul`: products of matrices, either of them transposed, batched and
 * broadcast, with bias and activation.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { blasProduct } from "./blas.ts";
import { areFloat32, replacement } from "./replacement.ts";
import type { WasmKernels } from "./wasm.ts";

interface MatMulAttributes {
  transposeA: boolean;
  transposeB: boolean;
}

/** C = A·B. */
export const batchMatMul = replacement<{ a: tf.TensorInfo; b: tf.TensorInfo }, MatMulAttributes>(
  "BatchMatMul",
  ({ inputs: { a, b }, attrs, kernels }) =>
    areFloat32(a, b) ? product(kernels, a, b, attrs) : undefined,
);

interface FusedInputs {
  a: tf.TensorInfo;
  b: tf.TensorInfo;
  bias?: tf.TensorInfo;
  preluActivationWeights?: tf.TensorInfo;
}

interface FusedAttributes extends MatMulAttributes {
  activation: string;
  leakyreluAlpha?: number;
}

/**
 * C = activation(A·B + bias). A bias with a value per column, and ReLU, are part of the product; what
 * else TensorFlow.js allows follows as operations, since its own kernel is no help: where a matrix is
 * transposed it adds the wrong values of the bias, and a bias of one value it reads beyond its end.
 */
export const fusedMatMul = replacement<FusedInputs, FusedAttributes>(
  "_FusedMatMul",
  ({ inputs: { a, b, bias, preluActivationWeights: weights }, attrs, kernels }) => {
    const { activation, leakyreluAlpha } = attrs;
    if (!areFloat32(a, b, bias, weights) || !FUSED.includes(activation)) return undefined;
    const columns = b.shape[b.shape.length - (attrs.transposeB ? 2 : 1)];
    if (isBias(bias, columns)) {
      const relu = activation === "relu";
      const c = product(kernels, a, b, attrs, bias, relu);
      if (relu || activation === "linear") return c;
      return tf.tidy(() => activate(tensorOf(c), activation, weights, leakyreluAlpha));
    }
    return tf.tidy(() => {
      const sum = tf.add(tensorOf(product(kernels, a, b, attrs)), bias as tf.Tensor);
      return activate(sum, activation, weights, leakyreluAlpha);
    });
  },
);

/** The activations that TensorFlow.js fuses on this backend. */
const FUSED = ["linear", "relu", "relu6", "prelu", "leakyrelu", "sigmoid", "elu"];

function tensorOf(info: tf.TensorInfo): tf.Tensor {
  return tf.engine().makeTensorFromTensorInfo(info);
}

function activate(
  x: tf.Tensor,
  activation: string,
  weights?: tf.TensorInfo,
  alpha?: number,
): tf.Tensor {
  switch (activation) {
    case "relu":
      return tf.relu(x);
    case "relu6":
      return tf.relu6(x);
    case "prelu":
      return tf.prelu(x, weights as tf.Tensor);
    case "leakyrelu":
      return tf.leakyRelu(x, alpha);
    case "sigmoid":
      return tf.sigmoid(x);
    case "elu":
      return tf.elu(x);
    default:
      return x;
  }
}

/** Whether a bias has one value for each of `columns`. */
export function isBias(bias: tf.TensorInfo | undefined, columns: number): boolean {
  return bias === undefined ||
    (bias.shape[bias.shape.length - 1] === columns &&
      tf.util.sizeFromShape(bias.shape) === columns);
}

function product(
  kernels: WasmKernels,
  a: tf.TensorInfo,
  b: tf.TensorInfo,
  { transposeA, transposeB }: MatMulAttributes,
  bias?: tf.TensorInfo,
  relu = false,
): tf.TensorInfo {
  const [aRows, aColumns] = a.shape.slice(-2);
  const [bRows, bColumns] = b.shape.slice(-2);
  const [M, K] = transposeA ? [aColumns, aRows] : [aRows, aColumns];
  const [inner, N] = transposeB ? [bColumns, bRows] : [bRows, bColumns];
  if (inner !== K) {
    throw new RangeError(
      `Cannot multiply matrices of shapes [${a.shape}] and [${b.shape}] with transposeA ` +
        `${transposeA} and transposeB ${transposeB}: inner sizes are ${K} and ${inner}.`,
    );
  }
  const [aBatch, bBatch] = [a.shape.slice(0, -2), b.shape.slice(0, -2)];
  const batch = tf.broadcast_util.assertAndGetBroadcastShape(aBatch, bBatch);
  const c = kernels.output([...batch, M, N]);
  const [aStart, bStart, cStart] = [a, b, c].map(kernels.address);
  const batches = tf.util.sizeFromShape(batch);
  const byBlas = (i: number) => {
    const aAt = aStart + 4 * M * K * broadcastIndex(i, batch, aBatch);
    const bAt = bStart + 4 * K * N * broadcastIndex(i, batch, bBatch);
    return blasProduct(
      kernels.memory as ArrayBuffer, // Deno alone has a BLAS, and its memory is not shared
      [M, N, K],
      { at: aAt, stride: aColumns, transposed: transposeA },
      { at: bAt, stride: bColumns, transposed: transposeB },
      cStart + 4 * M * N * i,
    );
  };
  if (!bias && !relu && batches > 0 && byBlas(0)) {
    for (let i = 1; i < batches; i++) byBlas(i);
    return c;
  }
  const [aStep, bStep] = [stepOf(4 * M * K, aBatch, batches), stepOf(4 * K * N, bBatch, batches)];
  // One call for all matrices, or where an axis is broadcast beside one that is not, one for each.
  const [calls, count] = aStep === undefined || bStep === undefined ? [batches, 1] : [1, batches];
  const { run } = kernels;
  const biasStart = bias ? kernels.address(bias) : 0;
  kernels.withScratch(run.matMulScratch(M, K), (scratch) => {
    for (let i = 0; i < calls; i++) {
      const aAt = aStart + 4 * M * K * broadcastIndex(i, batch, aBatch);
      const bAt = bStart + 4 * K * N * broadcastIndex(i, batch, bBatch);
      // deno-fmt-ignore
      run.matMul(
        count, M, N, K,
        aAt, aStep ?? 0, ...strides(transposeA, aColumns),
        bAt, bStep ?? 0, ...strides(transposeB, bColumns),
        cStart + 4 * M * N * i, biasStart, relu, scratch,
      );
    }
  });
  return c;
}

/**
 * Bytes from one matrix to the next of a broadcast batch, for matrices of `bytes`; 0 where all are the
 * same, undefined where that differs.
 */
function stepOf(bytes: number, own: number[], batches: number): number | undefined {
  const matrices = tf.util.sizeFromShape(own);
  return matrices === batches ? bytes : matrices === 1 ? 0 : undefined;
}

/** Bytes from row to row and from column to column. */
function strides(transposed: boolean, columns: number): [number, number] {
  return transposed ? [4, 4 * columns] : [4 * columns, 4];
}

/** Which matrix of a broadcast batch the i-th result takes. */
function broadcastIndex(i: number, batch: number[], own: number[]): number {
  let index = 0;
  let stride = 1;
  for (let axis = 1; axis <= batch.length; axis++) {
    const size = batch[batch.length - axis];
    const ownSize = own[own.length - axis] ?? 1;
    if (ownSize > 1) index += (i % size) * stride;
    stride *= ownSize;
    i = Math.floor(i / size);
  }
  return index;
}
