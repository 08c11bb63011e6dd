/**
 * Times several contenders in turns, so that a machine that slows down slows all of them, and takes
 * medians.
 *
 * @module
 */
import { median } from "../findings/statistics.ts";
import type { Spec } from "./cases.ts";

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
  /** Processor seconds per second of the clock so far: 1 with one thread on a quiet machine. */
  cpuPerSecond(): number | undefined;
}

/** A computation that is set up. */
export interface Running {
  /** What tells it from the other ways, if there are any. */
  readonly way?: string;
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

/** What came of an entrant. */
export interface Result {
  /** Seconds of one call: the median of the fastest way. */
  seconds: number;
  way?: string;
}

/**
 * Times the entrants in rounds, each round starting with another one.
 *
 * @param repeat Samples of each way of each.
 * @returns undefined where a contender cannot do it.
 */
export async function race(
  entrants: readonly Entrant[],
  repeat: number,
): Promise<(Result | undefined)[]> {
  const runners: { entrant: Entrant; running: Running; times: number; samples: number[] }[] = [];
  for (const entrant of entrants) {
    for (const running of await entrant.contender.prepare(entrant.spec)) {
      runners.push({ entrant, running, times: await warmUp(running), samples: [] });
    }
  }
  for (let round = 0; round < repeat; round++) {
    for (let i = 0; i < runners.length; i++) {
      const { running, times, samples } = runners[(i + round) % runners.length];
      samples.push(await running.time(times));
    }
  }
  for (const { running } of runners) await running.stop();
  return entrants.map((entrant) =>
    runners.filter((runner) => runner.entrant === entrant)
      .map(({ running: { way }, samples }) => ({ way, seconds: median(samples) }))
      .toSorted((a, b) => a.seconds - b.seconds).at(0)
  );
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

/** The mean of ratios. */
export function geometricMean(values: readonly number[]): number {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}
