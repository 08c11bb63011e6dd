/**
 * Chooses and prepares the TensorFlow.js backend for experiments: WASM, one thread, with our kernels.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { type KernelChoice, useKernels } from "../kernels/mod.ts";

/**
 * Makes WASM the backend, with our kernels or with TensorFlow.js's own.
 *
 * Without permission to read its binary TensorFlow.js would fall back to its CPU backend in silence,
 * which trains a hundred times slower; here that is an error.
 *
 * @throws {Error} If the WASM backend cannot be had.
 */
export async function prepareBackend(kernels: KernelChoice = "own"): Promise<void> {
  useKernels(kernels);
  if (await tf.setBackend("wasm")) return;
  throw new Error(
    `Cannot use TensorFlow.js's WASM backend: Deno must be allowed to read its binary. Add ` +
      `--allow-read, or run the command as a task ("deno task" lists them).`,
  );
}

/**
 * Whether the kernels' multiply-add rounds once on this processor, as it did where the records were
 * made. WebAssembly leaves that to the processor; all else gives the same bits everywhere. On the
 * current backend, which must be WASM with our kernels.
 */
export function hasFusedMultiplyAdd(): boolean {
  return tf.tidy(() => {
    // a² − (1 + 2⁻¹¹) = 2⁻²⁴ for a = 1 + 2⁻¹²; 0 where a² = 1 + 2⁻¹¹ + 2⁻²⁴ is rounded before the sum.
    const a = 1 + 2 ** -12;
    const difference = tf.matMul([[-(1 + 2 ** -11), a]], [[1], [a]]);
    return difference.dataSync()[0] === 2 ** -24;
  });
}
