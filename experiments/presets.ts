/**
 * The presets: which experiments are run together, and how many trials of each.
 *
 * @module
 */
import { type Experiment, experimentOf } from "./experiment.ts";
import { RATE_EXPERIMENTS, TUNED_EXPERIMENTS } from "./rates.ts";
import { SWEEP_EXPERIMENTS } from "./sweeps/mod.ts";

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

/** The presets by name. */
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
  full: {
    name: "full",
    description: "the four, both models without BN, and the starter MLP",
    experiments: ([...FOUR, "mlp-none", "cnn-none", "mlp256-pre", "mlp256-post"] as const)
      .map((name) => experimentOf(name)),
    trials: 10,
  },
  rates: {
    name: "rates",
    description: "the learning rate of each model chosen on the validation images",
    experiments: RATE_EXPERIMENTS,
    trials: 3,
    firstSeed: 101, // no seed that chooses a rate is used to report what the rate achieves
  },
  tuned: {
    name: "tuned",
    description: "each model at its own best rate, where that is not the shared one",
    experiments: TUNED_EXPERIMENTS,
    trials: 10,
  },
  long: {
    name: "long",
    description: "the four experiments, 30 epochs: what more training gives",
    experiments: FOUR.map((name) => experimentOf(name, { epochs: 30 })),
    trials: 1,
  },
  claims: {
    name: "claims",
    description: "the assignment's claims, one factor at a time, on 10,000 training images",
    experiments: SWEEP_EXPERIMENTS,
    trials: 3,
  },
} satisfies Record<string, Preset>;

/** Name of a preset. */
export type PresetName = keyof typeof PRESETS;

/** The seeds of a preset's trials, the same for all experiments, so that their trials pair up. */
export function seedsOf({ firstSeed = 1 }: Preset, trials: number): number[] {
  return Array.from({ length: trials }, (_, i) => firstSeed + i);
}
