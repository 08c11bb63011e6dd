/**
 * Times several contenders in turns, so that a machine that slows down slows all of them, and takes
 * medians.
 *
 * @module
 */
import { median } from "../findings/statistics.ts";
import type { Spec } from "./cases.ts";

/** Names of our own contenders. */
export const [OURS, OURS_BLAS] = ["ours", "ours, BLAS"];

/** Something that can compute cases. */
export interface Contender {
  /** Its column in the table. */
  readonly name: string;
  /**
   * Sets a computation up, in every way that might be the fastest; none if it cannot be had here.
   */
  prepare(spec: Spec): Promise<Running[]>;
  /** One line about it. */
  readonly about: string;
  /** Wall time and processor time so far: alike with one thread on a quiet machine. */
  readonly spent: { seconds: number; cpu: number };
}

/** Seconds of one call: wall time, and processor time where it is known. */
export interface Timing {
  seconds: number;
  cpu?: number;
}

/** A computation that is set up. */
export interface Running {
  /** Does it so many times and gives the time of one. */
  time(times: number): Promise<Timing>;
  /** Frees what it holds. */
  stop(): void | Promise<void>;
}

/** Seconds of one call: what it took in the middle, and where nobody else slowed the core. */
export interface Seconds {
  median: number;
  fastest: number;
}

/** A contender with what it is to compute. */
interface Entrant {
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
 * @param repeat Samples of each way of each.
 * @returns Seconds of one call, of the fastest way; undefined where a contender cannot do it.
 */
export async function race(
  entrants: readonly Entrant[],
  repeat: number,
): Promise<(Seconds | undefined)[]> {
  const runners: { entrant: Entrant; running: Running; times: number; samples: number[] }[] = [];
  for (const entrant of entrants) {
    for (const running of await entrant.contender.prepare(entrant.spec)) {
      runners.push({ entrant, running, times: await warmUp(running), samples: [] });
    }
  }
  for (let round = 0; round < repeat; round++) {
    for (let i = 0; i < runners.length; i++) {
      const { entrant, running, times, samples } = runners[(i + round) % runners.length];
      const { seconds, cpu = 0 } = await running.time(times);
      samples.push(seconds);
      entrant.contender.spent.seconds += seconds * times;
      entrant.contender.spent.cpu += cpu * times;
    }
  }
  for (const { running } of runners) await running.stop();
  return entrants.map((entrant) => {
    const ways = runners.filter((runner) => runner.entrant === entrant);
    const [best] = ways.map(({ samples }) => ({
      median: median(samples),
      fastest: Math.min(...samples),
    })).toSorted((a, b) => a.median - b.median);
    return best;
  });
}

/** Runs until the engine had time to compile, and gives the calls that fill one sample. */
async function warmUp(running: Running): Promise<number> {
  let fastest = Infinity;
  let spent = 0;
  for (let call = 0; call < 2 || spent < WARM_UP; call++) {
    const { seconds } = await running.time(1);
    fastest = Math.min(fastest, seconds);
    spent += Math.max(seconds, 1e-5);
  }
  return Math.max(1, Math.ceil(SAMPLE / fastest));
}

/** The mean of ratios. */
export function geometricMean(values: readonly number[]): number {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}
