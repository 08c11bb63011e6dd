/**
 * The options of a run, and what they may be: the cells of a notebook are not type-checked.
 *
 * @module
 */
import {
  ARRAY,
  assertOptions,
  assertRule,
  BOOLEAN,
  COUNT,
  FUNCTION,
  inWords,
  OBJECT,
  type Rule,
  SEED,
} from "../bn/options.ts";
import type { FashionMnist } from "../data/fashion_mnist.ts";
import type { Blas } from "../kernels/mod.ts";
import { assertExperiment } from "./experiment.ts";
import type { Preset } from "./presets.ts";
import type { Reporter, Trial } from "./reporter.ts";
import { UsageError } from "./usage_error.ts";

/** Options of {@linkcode runPreset}. */
export interface RunOptions {
  data: FashionMnist;
  /** Trials side by side, by default one per core. */
  jobs?: number;
  /** Trials of each experiment, by default the preset's. */
  trials?: number;
  /** Names of the experiments to run, by default all of the preset. */
  only?: string[];
  /** Seeds to run, by default the preset's. */
  seeds?: number[];
  /** Which of these trials to run, by default all: those of one slice, for example. */
  include?: (trial: Trial) => boolean;
  /**
   * Another folder whose records count too, where they are exactly the trials asked for. Nothing is
   * written there.
   */
  alsoFrom?: URL;
  /** A BLAS of the machine for the products of training, from `openBlas()`; by default none. */
  blas?: Blas;
  /** Move existing records aside and start over. */
  fresh?: boolean;
  /** Folder of the records, by default `results/<preset>/`. */
  folder?: URL;
  reporter?: Reporter;
  /** Stops the run: trials under way are dropped, finished ones are kept. */
  signal?: AbortSignal;
}

/** A loaded data set. */
export const DATA: Rule = [
  "be a data set, from loadFashionMnist()",
  (value) => Boolean(value && (value as FashionMnist).checksum && (value as FashionMnist).train),
];

/** A folder. */
const FOLDER: Rule = [
  "be a URL that ends in /",
  (value) => value instanceof URL && value.pathname.endsWith("/"),
];

/** What each option of {@linkcode runPreset} must be. */
export const RUN_RULES: Record<keyof RunOptions, Rule> = {
  data: DATA,
  jobs: COUNT,
  trials: COUNT,
  only: ARRAY,
  seeds: ARRAY,
  include: FUNCTION,
  alsoFrom: FOLDER,
  blas: ["be a BLAS, from openBlas()", (value) => Boolean((value as Blas)?.library)],
  fresh: BOOLEAN,
  folder: FOLDER,
  reporter: OBJECT,
  signal: ["be an AbortSignal", (value) => value instanceof AbortSignal],
};

/**
 * @throws {TypeError} If an option has an unknown name or a value that it cannot have, or an experiment
 * a setting that it cannot have.
 * @throws {UsageError} If the preset has no experiment of a name, or nothing would be run.
 */
export function assertRunOptions(preset: Preset, options: Partial<RunOptions>): void {
  if (!Array.isArray(preset?.experiments)) {
    throw new TypeError(
      `Cannot run ${
        inWords(preset)
      }: it is no preset, such as chosenPreset("quick") or PRESETS.quick.`,
    );
  }
  const task = `run preset ${preset.name}`;
  assertOptions(task, options, RUN_RULES);
  const { only, seeds, trials = preset.trials } = options;
  if (preset.experiments.length === 0) {
    throw new UsageError(`Cannot ${task}: it has no experiment.`);
  }
  assertRule(task, "trials", trials, COUNT);
  const names = preset.experiments.map(({ name }) => name);
  const unknown = only?.find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw new UsageError(
      `Cannot run experiment "${unknown}": preset ${preset.name} has ${names.join(", ")}.`,
    );
  }
  for (const [option, list] of Object.entries({ only, seeds })) {
    if (list?.length === 0) {
      throw new UsageError(`Cannot ${task} with ${option} []: name one at least, or leave it out.`);
    }
  }
  seeds?.forEach((seed, i) => {
    assertRule(task, "seed", seed, SEED);
    if (seeds.indexOf(seed) < i) throw new UsageError(`Cannot ${task} with seed ${seed} twice.`);
  });
  preset.experiments.forEach(assertExperiment);
}
