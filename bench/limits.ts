/**
 * The machine's limits for one core in WebAssembly: multiplications and additions, and copying.
 *
 * @module
 */
import { compile } from "../kernels/build.ts";

/** What one core does per second at best. */
export interface Limits {
  /** Operations of fused float32 multiply-adds in vectors of four; a multiply-add counts as two. */
  flops: number;
  /** Bytes read plus bytes written while copying a tensor of 12.8 MB, [128, 28, 28, 32]. */
  bytes: number;
  /** The same for 100 MB, which fit into no cache. */
  bytesBeyondCache: number;
}

interface Exports {
  flopsPerRound(): number;
  multiplyAdds(rounds: number, at: number): number;
  copy(to: number, from: number, bytes: number): void;
}

const TENSOR = 128 * 28 * 28 * 32 * 4;
const LARGE = 100_000_000;

/** Prepares the measurement; each call of what it returns takes {@linkcode Limits} once more. */
export async function limitsMeter(): Promise<() => Limits> {
  const module = await WebAssembly.compile(await compile("limits.ts"));
  const exports = new WebAssembly.Instance(module).exports as unknown as Exports & {
    memory: WebAssembly.Memory;
  };
  exports.memory.grow(Math.ceil(2 * LARGE / 65536) + 1);
  new Uint8Array(exports.memory.buffer).fill(1); // pages that were never written cost nothing to read
  const bandwidth = (bytes: number) =>
    2 * bytes / fastest(() => exports.copy(1024 + bytes, 1024, bytes), 10);
  new Float32Array(exports.memory.buffer, 1024, 8).fill(1);
  // Short calls, since V8 optimizes a function only between two calls of it.
  const rounds = 20_000;
  return () => ({
    flops: rounds * exports.flopsPerRound() /
      fastest(() => void exports.multiplyAdds(rounds, 1024), 500),
    bytes: bandwidth(TENSOR),
    bytesBeyondCache: bandwidth(LARGE),
  });
}

/** Limits are the best that was seen. */
export function best(...all: Limits[]): Limits {
  const max = (key: keyof Limits) => Math.max(...all.map((limits) => limits[key]));
  return { flops: max("flops"), bytes: max("bytes"), bytesBeyondCache: max("bytesBeyondCache") };
}

function fastest(work: () => void, times: number): number {
  let seconds = Infinity;
  for (let i = 0; i < times; i++) {
    const start = performance.now();
    work();
    seconds = Math.min(seconds, (performance.now() - start) / 1000);
  }
  return seconds;
}
