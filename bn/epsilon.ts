/** Added to the variance by default; TensorFlow.js's own value (PyTorch's is 1e-5). */
export const DEFAULT_EPSILON = 1e-3;

/** @throws {RangeError} If ε is not a positive float32. */
export function assertEpsilon(epsilon: number): void {
  if (Math.fround(epsilon) > 0 && Math.fround(epsilon) < Infinity) return;
  throw new RangeError(
    `Cannot batch-normalize with epsilon ${epsilon}: it must be a positive float32, or a channel ` +
      `that never varies is divided by zero. The default is ${DEFAULT_EPSILON}.`,
  );
}
