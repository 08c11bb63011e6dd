/**
 * What a forward pass leaves on TensorFlow.js's gradient tape when it refuses its input.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";

/**
 * Runs a forward pass that may throw, and frees what the tape keeps if it does.
 *
 * While a gradient is being taken, TensorFlow.js keeps the tensors that the way back needs, and frees
 * them once it has been there. After an error it never gets there, and keeps them for good.
 *
 * @returns What `forward` returns.
 */
export function withCleanTapeOnError<T>(forward: () => T): T {
  const tape = tf.engine().state.activeTape ?? [];
  const recorded = tape.length;
  try {
    return forward();
  } catch (error) {
    // Ours goes at once: its results are lost, so no gradient can run through it.
    free(tape.splice(recorded));
    // The layers before may still be needed by a caller who catches the error and goes on. Gradients
    // are taken synchronously: they are over, by that caller's success or by the error, before this.
    queueMicrotask(() => free(tape));
    throw error;
  }
}

function free(nodes: { saved?: tf.Tensor[] }[]): void {
  for (const { saved } of nodes) tf.dispose(saved ?? []);
}
