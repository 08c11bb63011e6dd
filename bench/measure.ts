/**
 * Times several contenders in turns, so that a machine that slows down slows all of them, and takes
 * medians.
 *
 * @module
 */
import type { Spec } from "./cases.ts";

/** Something that can compute cases. */
export interface Contender {
  /** Its column in the table. */
  readonly name: string;
  /** Sets a computation up; undefined if it cannot be had here. */
  prepare(spec: Spec): Promise<Running | undefined>;
  /** One line about it. */
  readonly about: string;
  /** Processor seconds per second of the clock so far: 1 with one thread on a quiet machine. */
  cpuPerSecond(): number | undefined;
}

/** A computation that is set up. */
export interface Running {
  /** Does it so many times and gives the seconds of one. */
  time(times: number): Promise<number>;
  /** Frees what it holds. */
  stop(): void | Promise<void>;
}

/** A contender with what it is to compute. */
export interface Entrant {
  contender: Contender;
  spec: Spec;
}

/** Seconds that one sample should last at least; single calls of a few µs measure the clock. */
const SAMPLE = 0.03;
/** Seconds of computing before the first sample, for engines that compile as they go. */
const WARM_UP = 0.3;

/**
 * Times the entrants in rounds, each round starting with another one.
 *
 * @param repeat Samples of each; the result is their median.
 * @returns Seconds of one call; undefined where a contender cannot do it.
 */
export async function race(
  entrants: readonly Entrant[],
  repeat: number,
): Promise<(number | undefined)[]> {
  const runners = [];
  for (const { contender, spec } of entrants) {
    const running = await contender.prepare(spec);
    runners.push(running && { running, times: await warmUp(running), samples: [] as number[] });
  }
  const ready = runners.filter((runner) => runner !== undefined);
  for (let round = 0; round < repeat; round++) {
    for (let i = 0; i < ready.length; i++) {
      const { running, times, samples } = ready[(i + round) % ready.length];
      samples.push(await running.time(times));
    }
  }
  for (const { running } of ready) await running.stop();
  return runners.map((runner) => runner && median(runner.samples));
}

/** Runs until the engine had time to compile, and gives the calls that fill one sample. */
async function warmUp(running: Running): Promise<number> {
  let fastest = Infinity;
  let spent = 0;
  for (let call = 0; call < 2 || spent < WARM_UP; call++) {
    const seconds = await running.time(1);
    fastest = Math.min(fastest, seconds);
    spent += Math.max(seconds, 1e-5);
  }
  return Math.max(1, Math.ceil(SAMPLE / fastest));
}

/** The value in the middle, or between the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** The mean of ratios. */
export function geometricMean(values: readonly number[]): number {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}
