/**
 * The presets: which experiments are run together, and how many trials of each.
 *
 * @module
 */
import { type Experiment, experimentOf } from "./experiment.ts";
import { OWN_CLAIMS } from "./sweeps/own_run.ts";

/** A set of experiments and the number of trials of each. */
export interface Preset {
  name: string;
  /** One line for `--help`. */
  description: string;
  experiments: Experiment[];
  /** Trials of each experiment; trial i has seed `firstSeed` + i, in every experiment alike. */
  trials: number;
  /**
   * Seed of the first trial.
   * @default 1
   */
  firstSeed?: number;
}

/** The assignment's four: each architecture with BN before and after the activation. */
export const FOUR = ["mlp-pre", "mlp-post", "cnn-pre", "cnn-post"] as const;

/** The presets by name. Their seeds are none of those of the reference run, to stand beside it. */
export const PRESETS = {
  quick: {
    name: "quick",
    description: "a first look: 3,000 training images, 1 epoch",
    experiments: FOUR.map((name) =>
      experimentOf(name, {
        epochs: 1,
        images: { train: 3_000, validation: 1_000, test: 2_000 },
      })
    ),
    trials: 3,
  },
  assignment: {
    name: "assignment",
    description: "the four experiments on all images, 5 epochs",
    experiments: FOUR.map((name) => experimentOf(name)),
    trials: 3,
  },
  claims: OWN_CLAIMS,
} satisfies Record<string, Preset>;

/** Name of a preset. */
export type PresetName = keyof typeof PRESETS;

/** The seeds of a preset's trials, the same for all experiments, so that their trials pair up. */
export function seedsOf({ firstSeed = 1 }: Preset, trials: number): number[] {
  return Array.from({ length: trials }, (_, i) => firstSeed + i);
}
