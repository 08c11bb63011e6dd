/**
 * Statistics that float32 cannot hold.
 *
 * @module
 */

/** Mean and variance of each channel, [C] each, as plain numbers. */
export interface Moments {
  mean: Float32Array | Float64Array;
  variance: Float32Array | Float64Array;
}

/** A batch, or statistics to store, that hold values which are not finite. */
export class NotFiniteError extends RangeError {
  /** The class's name, for whoever prints the error. */
  override name = "NotFiniteError";
}

/** Moments as a layer keeps them. */
export function inFloat32({ mean, variance }: Moments): Record<keyof Moments, Float32Array> {
  return { mean: Float32Array.from(mean), variance: Float32Array.from(variance) };
}

/** @throws {NotFiniteError} If the mean or the variance of a channel is not finite; names the first. */
export function assertFinite(layer: string, { mean, variance }: Moments): void {
  const channel = mean.findIndex((_, c) => !Number.isFinite(mean[c] + variance[c]));
  if (channel === -1) return;
  throw new NotFiniteError(
    `Cannot normalize in layer "${layer}": channel ${channel} has mean ${mean[channel]} and ` +
      `variance ${variance[channel]}. Its input holds values that are not finite or too large ` +
      `for float32. Check the data and their scaling, or lower the learning rate.`,
  );
}
