/**
 * `BatchMatMul` and `_FusedMatMul`: products of matrices, either of them transposed, batched and
 * broadcast, with bias and ReLU.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
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

/** C = relu(A·B + bias), the bias and the ReLU each only if asked for. */
export const fusedMatMul = replacement<
  FusedInputs,
  MatMulAttributes & { activation: string }
>("_FusedMatMul", ({ inputs: { a, b, bias }, attrs, kernels }) => {
  const columns = b.shape[b.shape.length - (attrs.transposeB ? 2 : 1)];
  const served = areFloat32(a, b, bias) && isBias(bias, columns) &&
    (attrs.activation === "linear" || attrs.activation === "relu");
  return served ? product(kernels, a, b, attrs, bias, attrs.activation === "relu") : undefined;
});

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
  const { run } = kernels;
  const biasStart = bias ? kernels.address(bias) : 0;
  kernels.withScratch(run.matMulScratch(M, K), (scratch) => {
    for (let i = 0; i < batches; i++) {
      // deno-fmt-ignore
      run.matMul(
        M, N, K,
        aStart + 4 * M * K * broadcastIndex(i, batch, aBatch), ...strides(transposeA, aColumns),
        bStart + 4 * K * N * broadcastIndex(i, batch, bBatch), ...strides(transposeB, bColumns),
        cStart + 4 * M * N * i, biasStart, relu, scratch,
      );
    }
  });
  return c;
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
