/** A batch, or statistics to store, that hold values which are not finite. */
export class NotFiniteError extends RangeError {
  /** The class's name, for whoever prints the error. */
  override name = "NotFiniteError";
}

/** @throws {NotFiniteError} If the mean or the variance of a channel is not finite; names the first. */
export function assertFinite(
  layer: string,
  { mean, variance }: { mean: Float32Array; variance: Float32Array },
): void {
  const channel = mean.findIndex((_, c) => !Number.isFinite(mean[c] + variance[c]));
  if (channel === -1) return;
  throw new NotFiniteError(
    `Cannot normalize in layer "${layer}": channel ${channel} has mean ${mean[channel]} and ` +
      `variance ${variance[channel]}. Its input holds values that are not finite or too large ` +
      `for float32. Check the data and their scaling, or lower the learning rate.`,
  );
}
