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
