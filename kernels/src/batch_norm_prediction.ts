import { normalize } from "./batch_norm_normalize";

/** y = γ/√(σ² + ε)·(x − µ) + β with statistics from outside. */
export function batchNormPrediction(
  m: usize, C: usize, x: usize, mean: usize, variance: usize, gamma: usize, beta: usize,
  epsilon: f64, y: usize, scratch: usize,
): void {
  for (let c: usize = 0; c < C; c++) { // channels
    const v = <f64>load<f32>(variance + (c << 2));
    const inverse = <f32>(1 / Math.sqrt(v + epsilon));
    store<f32>(scratch + (c << 2), load<f32>(gamma + (c << 2)) * inverse);
  }
  normalize(m, C, x, mean, scratch, beta, y);
}
