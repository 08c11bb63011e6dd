/**
 * The backward pass of the training transform in closed form.
 *
 * With y = γ·x̂ + β, x̂ = (x − µ̂)/s and s = √(σ̂² + ε), and dy = ∂L/∂y (sums and means run over the
 * m values of a channel):
 *
 * ```text
 * ∂L/∂β  = Σ dy
 * ∂L/∂γ  = Σ dy·x̂
 * ∂L/∂x̂  = γ·dy
 * ∂L/∂σ̂² = Σ γ·dy·(x − µ̂)·(−½)·s⁻³    = −½·γ/s²·Σ dy·x̂
 * ∂L/∂µ̂  = −γ/s·Σ dy                   (the way through σ̂² carries Σ (x − µ̂) = 0)
 * ∂L/∂x  = γ·dy/s + ∂L/∂σ̂²·2(x − µ̂)/m + ∂L/∂µ̂/m
 *        = γ/s·(dy − mean(dy) − x̂·mean(dy·x̂))
 * ```
 *
 * The last line is what is computed: of dy, the part along 1 and the part along x̂ are taken away,
 * since moving a whole channel or stretching it does not change x̂.
 *
 * Source: Ioffe & Szegedy 2015, arXiv:1502.03167, section 3, the six equations after Algorithm 1.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { channelMean } from "./channel_mean.ts";

/** What the forward pass keeps for the backward pass. */
interface SavedForGrad {
  /** x̂, the shape of x. */
  xHat: tf.Tensor;
  /** γ, shape [C]. */
  gamma: tf.Tensor1D;
  /** 1/√(σ̂² + ε), shape [C]. */
  inverseDeviation: tf.Tensor1D;
}

/** Gradients of the loss with respect to the three inputs of the training transform. */
interface BatchNormGradients {
  /** ∂L/∂x, the shape of x. */
  dx: tf.Tensor;
  /** ∂L/∂γ, shape [C]. */
  dGamma: tf.Tensor1D;
  /** ∂L/∂β, shape [C]. */
  dBeta: tf.Tensor1D;
}

/**
 * ∂L/∂x, ∂L/∂γ and ∂L/∂β from ∂L/∂y.
 *
 * @param dy ∂L/∂y, shape [..., C].
 * @param saved x̂, γ and 1/√(σ̂² + ε) of the forward pass.
 */
export function batchNormGrad(dy: tf.Tensor, saved: SavedForGrad): BatchNormGradients {
  const { xHat, gamma, inverseDeviation } = saved;
  return tf.tidy(() => {
    const m = dy.size / gamma.size;
    const meanDy = channelMean(dy);
    const meanDyXHat = channelMean(dy.mul(xHat));
    return {
      // γ/s·(dy − mean(dy) − x̂·mean(dy·x̂))                               [..., C]
      dx: dy.sub(meanDy).sub(xHat.mul(meanDyXHat)).mul(gamma.mul(inverseDeviation)),
      // Σ dy·x̂                                                           [C]
      dGamma: meanDyXHat.mul<tf.Tensor1D>(m),
      // Σ dy                                                              [C]
      dBeta: meanDy.mul<tf.Tensor1D>(m),
    };
  });
}
