/**
 * Where a trial ran, and what computed it, for its record.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { cpus } from "node:os";
import { blasInUse, hasFusedMultiplyAdd, kernelsInUse } from "../kernels/mod.ts";
import { type Environment, printable, type TrialRecord } from "./record.ts";

/**
 * Versions and machine. The processor's name needs `--allow-sys=cpus`; without it, it is "unknown".
 *
 * @param jobs Trials running side by side.
 */
export function environment(jobs: number): Environment {
  const mayNameCpu = Deno.permissions.querySync({ name: "sys", kind: "cpus" }).state === "granted";
  return {
    deno: Deno.version.deno,
    tensorflow: tf.version_core,
    backend: tf.getBackend(),
    os: `${Deno.build.os} ${Deno.build.arch}`,
    cpu: printable(mayNameCpu ? cpus()[0]?.model ?? "unknown" : "unknown"),
    cores: navigator.hardwareConcurrency,
    jobs,
  };
}

/** The kernels in use, and how their multiply-add rounds. */
export function computedBy(): Pick<TrialRecord, "kernels" | "blas" | "fused"> {
  const blas = blasInUse();
  return {
    kernels: kernelsInUse(),
    ...blas && { blas: { library: printable(blas.library), version: printable(blas.version) } },
    fused: tf.getBackend() === "wasm" && hasFusedMultiplyAdd(),
  };
}

/** Bytes of TensorFlow.js's WASM memory, which never shrinks; null on another backend. */
export function memoryInUse(): number | null {
  const { wasm } = tf.backend() as { wasm?: { asm: { memory: WebAssembly.Memory } } };
  return wasm?.asm.memory.buffer.byteLength ?? null;
}
