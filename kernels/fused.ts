import * as tf from "@tensorflow/tfjs";

/**
 * Whether multiplying and adding rounds once here. WebAssembly's relaxed SIMD leaves that to the
 * processor, and engines without it round twice; all else gives the same bits everywhere. So results of
 * two machines agree to the bit where this does. Asks the kernels in use; TensorFlow.js's own round
 * twice.
 *
 * @throws {Error} If the backend is not WASM.
 *
 * @example
 * ```ts
 * import { hasFusedMultiplyAdd } from "@batchnorm/from-scratch/kernels";
 * import * as tf from "@tensorflow/tfjs";
 * import { assertEquals } from "@std/assert";
 *
 * await tf.setBackend("wasm");
 * assertEquals(typeof hasFusedMultiplyAdd(), "boolean"); // true on AMD and Intel since about 2013
 * ```
 */
export function hasFusedMultiplyAdd(): boolean {
  if (tf.getBackend() !== "wasm") {
    throw new Error(
      `Only the WASM backend is asked how it rounds, and this is "${tf.getBackend()}": ` +
        'await tf.setBackend("wasm") first.',
    );
  }
  return tf.tidy(() => {
    // a² − (1 + 2⁻¹¹) = 2⁻²⁴ for a = 1 + 2⁻¹²; 0 where a² = 1 + 2⁻¹¹ + 2⁻²⁴ is rounded before the sum.
    const a = 1 + 2 ** -12;
    const difference = tf.matMul([[-(1 + 2 ** -11), a]], [[1], [a]]);
    return difference.dataSync()[0] === 2 ** -24;
  });
}
