// C = A·B of plain matrices, either of them transposed: a gathered product whose tables are multiples
// of A's strides.
//
// Versions, from slow to fast (20,000 products of 2×2, ms):
//   one call from JavaScript for each, with tables of its own   1.4
//   one call for all, with the same tables (this one)           0.5
//
// How one product is computed, and what that has gained, stands in gather_product.ts and few_rows.ts.

import { gatherProduct, gatherScratch } from "./gather_product";

/** Bytes of scratch memory for `matMul`. */
export function matMulScratch(M: usize, K: usize): usize {
  return ((M + K) << 2) + gatherScratch(M, K);
}

/**
 * C[M, N] = A[M, K]·B[K, N], and optionally + bias[N] and ReLU, for each of some matrices.
 *
 * @param count How many matrices; those of C lie one after the other.
 * @param aStep Bytes from matrix to matrix of A, 0 where all take the same; `bStep` of B.
 * @param aRow Bytes from row to row of A, `aColumn` from column to column; B's likewise.
 * @param bias Address of N values, or 0.
 */
export function matMul(
  count: usize, M: usize, N: usize, K: usize,
  a: usize, aStep: usize, aRow: usize, aColumn: usize,
  b: usize, bStep: usize, bRow: usize, bColumn: usize,
  c: usize, bias: usize, relu: bool, scratch: usize,
): void {
  const rows = scratch, columns = rows + (M << 2), rest = columns + (K << 2);
  for (let r: usize = 0; r < M; r++) store<u32>(rows + (r << 2), <u32>(r * aRow));
  for (let k: usize = 0; k < K; k++) store<u32>(columns + (k << 2), <u32>(k * aColumn));
  for (let i: usize = 0; i < count; i++) { // matrices
    gatherProduct(M, N, K, a, rows, columns, b, bRow, bColumn, c, bias, false, relu, rest);
    a += aStep;
    b += bStep;
    c += (M * N) << 2;
  }
}
