// Batch normalization of x [m, C]: training, its gradient, and prediction.
//
//   µ̂ = 1/m Σ x      σ̂² = 1/m Σ (x − µ̂)²      x̂ = (x − µ̂)/√(σ̂² + ε)      y = γ·x̂ + β
//   dβ = Σ dy         dγ = Σ dy·x̂              dx = γ/√(σ̂² + ε)·(dy − dβ/m − x̂·dγ/m)
//
// The batch's mean and variance are outputs too; gradients that reach them (dµ̂, dσ̂²) add
// dµ̂/m + dσ̂²·2(x − µ̂)/m to dx.
//
// Memory binds: x is read twice and y written once, then x and dy are read twice and dx written once.
//
// The mean is kept as pivot + remainder: a float32 far from zero is too coarse to be subtracted, at
// 1e4 off by up to 5e-4. The pivot is the mean of a few rows; sums are of x − pivot, in float32
// over 64 rows at most and in float64 beyond, and one pass over x is enough for them. Should the pivot
// turn out to lie far from the mean (those few rows were not like the others), they are taken again.
//
// Channels are taken sixteen at a time, a line of the cache, or four where there are fewer. Where their
// number is no multiple of that, the last tile overlaps the one before it: values are written twice
// alike, and sums leave out what is counted already.
//
// Versions, from slow to fast ([64, 28, 28, 30], forward and backward): basic operations, one pass over
// memory for each (the textbook), 22 ms; two passes with a pivot, a branch in every load for the last
// channels, 3.4 ms; tiles of four channels that overlap instead, 2.0 ms; tiles of sixteen, and the
// second pass from the end (this one), 1.25 ms.

export { batchNormTraining } from "./batch_norm_training";
export { batchNormTrainingGrad } from "./batch_norm_grad";
export { batchNormPrediction } from "./batch_norm_prediction";

/** Bytes of scratch memory that training and its gradient need: two float64 sums per channel. */
export function batchNormScratch(C: usize): usize {
  return C << 4;
}
