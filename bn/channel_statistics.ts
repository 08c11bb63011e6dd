/**
 * Statistics as plain numbers, and those that float32 cannot hold.
 *
 * @module
 */

/** Statistics of each channel of a layer's input, and how much they rest on. */
export interface ChannelStatistics {
  /** Mean of each channel, [C]. */
  mean: Float32Array | Float64Array;
  /** Biased variance of each channel, [C]. */
  variance: Float32Array | Float64Array;
  /**
   * Of moving statistics the training batches seen; of dataset statistics the values pooled per
   * channel (examples × positions), negative once they are stale. 0: there are none yet.
   */
  count: number;
}

/** The same without the count. */
export type Moments = Omit<ChannelStatistics, "count">;

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
