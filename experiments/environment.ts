/**
 * Where a trial ran, for its record.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { cpus } from "node:os";
import { type Environment, printable } from "./record.ts";

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
