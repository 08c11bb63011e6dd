/**
 * The machine's limits for one core in WebAssembly: multiplications and additions, and copying.
 *
 * @module
 */
import { compile } from "../kernels/build.ts";
import type { Contender } from "./measure.ts";

/** What one core does per second at best. */
export interface Limits {
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

/** Rounds of multiply-adds in one call: few, since V8 optimizes a function only between two calls. */
const ROUNDS = 20_000;

const TENSOR = 128 * 28 * 28 * 32 * 4;
const LARGE = 100_000_000;

type Kernels = Exports & { memory: WebAssembly.Memory };

let module: Promise<WebAssembly.Module> | undefined;

/** An instance with a memory of its own; compiled once. */
async function load(): Promise<Kernels> {
  module ??= compile("limits.ts", ["--enable", "relaxed-simd"]).then((binary) =>
    WebAssembly.compile(binary)
  );
  return new WebAssembly.Instance(await module).exports as unknown as Kernels;
}

/**
 * A contender that does nothing but fused multiply-adds in vectors of four. It takes its turns like the
 * others, since a core's speed is another one when it is warm, or when its neighbours compute.
 *
 * @returns It, and the operations of one of its calls; a multiply-add counts as two.
 */
export async function multiplyAdds(): Promise<{ contender: Contender; flops: number }> {
  const kernels = await load();
  kernels.memory.grow(1);
  new Float32Array(kernels.memory.buffer, 1024, 8).fill(1);
  const contender: Contender = {
    name: "multiply-adds",
    about: "",
    spent: { seconds: 0, cpu: 0 },
    prepare: () =>
      Promise.resolve([{
        time: (times) => {
          const start = performance.now();
          for (let i = 0; i < times; i++) kernels.multiplyAdds(ROUNDS, 1024);
          return Promise.resolve({ seconds: (performance.now() - start) / 1000 / times });
        },
        stop: () => {},
      }]),
  };
  return { contender, flops: ROUNDS * kernels.flopsPerRound() };
}

/** Prepares the measurement; each call of what it returns takes {@linkcode Limits} once more. */
export async function limitsMeter(): Promise<() => Limits> {
  const exports = await load();
  exports.memory.grow(Math.ceil(2 * LARGE / 65536) + 1);
  new Uint8Array(exports.memory.buffer).fill(1); // pages that were never written cost nothing to read
  const bandwidth = (bytes: number) =>
    2 * bytes / fastest(() => exports.copy(1024 + bytes, 1024, bytes), 10);
  return () => ({ bytes: bandwidth(TENSOR), bytesBeyondCache: bandwidth(LARGE) });
}

/** Limits are the best that was seen. */
export function best(...all: Limits[]): Limits {
  const max = (key: keyof Limits) => Math.max(...all.map((limits) => limits[key]));
  return { bytes: max("bytes"), bytesBeyondCache: max("bytesBeyondCache") };
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
