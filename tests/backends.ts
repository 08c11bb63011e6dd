/**
 * Runs a test on a named TensorFlow.js backend, and makes sure that it is the one it really runs on.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { type KernelChoice, useKernels } from "../kernels/mod.ts"; // registers the "wasm" backend too

/** The backends that the tests run on. */
export type Backend = "cpu" | "wasm";

// The WASM backend reads its .wasm file at run time; Deno hands that out with the read permission.
const ignored: Record<Backend, boolean> = {
  cpu: false,
  wasm: Deno.permissions.querySync({ name: "read" }).state !== "granted",
};

/**
 * Makes `backend` the one that all following operations run on, on WASM with our kernels or with
 * TensorFlow.js's, and throws if it can't be had.
 *
 * Asking is needed: where WASM fails to load, TensorFlow.js falls back to the CPU, and a test that
 * should hold WASM to something passes on the wrong backend. `tf.getBackend()` alone is no proof
 * either, since right after the failure it still answers "wasm".
 */
export async function useBackend(
  backend: Backend,
  kernels: KernelChoice = "own",
): Promise<void> {
  useKernels(kernels);
  tf.env().set("PROD", true); // spares the logs the CPU backend's advertisement for tfjs-node
  const loaded = await tf.setBackend(backend);
  await tf.ready();
  if (!loaded || tf.getBackend() !== backend) {
    throw new Error(`Cannot use the backend "${backend}": the current one is "${tf.getBackend()}"`);
  }
}

/**
 * Registers `fn` as a test on `backend`; on WASM as two, with our kernels and with TensorFlow.js's. A
 * test fails if it leaves tensors behind.
 */
export function testOnBackend(
  backend: Backend,
  title: string,
  fn: () => void | Promise<void>,
): void {
  testWith(backend, "own", `${title} [${backend}]`, fn);
  if (backend === "wasm") testWith(backend, "stock", `${title} [wasm, stock kernels]`, fn);
}

/** Registers `fn` as a test on WASM with our kernels. */
export function testWithKernels(title: string, fn: () => void | Promise<void>): void {
  testWith("wasm", "own", `${title} [wasm]`, fn);
}

function testWith(
  backend: Backend,
  kernels: KernelChoice,
  name: string,
  fn: () => void | Promise<void>,
): void {
  Deno.test({
    name,
    ignore: ignored[backend],
    async fn() {
      await useBackend(backend, kernels);
      const before = tf.memory().numTensors;
      await fn();
      const left = tf.memory().numTensors - before;
      if (left !== 0) throw new Error(`The test left ${left} tensors undisposed`);
    },
  });
}

/** Registers `fn` as a test for each backend; those on WASM are ignored without read permission. */
export function testOnEachBackend(title: string, fn: () => void | Promise<void>): void {
  testOnBackend("cpu", title, fn);
  testOnBackend("wasm", title, fn);
}
