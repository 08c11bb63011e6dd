/**
 * What a visitor chooses, and the link that holds it.
 *
 * @module
 */
import type { Activation, Placement } from "@batchnorm/from-scratch";

/** Everything that decides a run. */
export interface Settings {
  model: "mlp" | "cnn";
  placement: Placement;
  activation: Activation;
  rate: number;
  batch: number;
  /** Hidden layers of the MLP, 100 units each; the CNN has its own. */
  depth: number;
  epsilon: number;
}

/** The choices of each setting, and its name on the page; the first is where a visitor begins. */
export const CHOICES: {
  [K in keyof Settings]: { name: string; values: [value: Settings[K], words: string][] };
} = {
  model: { name: "Model", values: [["mlp", "MLP"], ["cnn", "CNN"]] },
  placement: {
    name: "Batch normalization",
    values: [["pre", "before the activation"], ["post", "after the activation"], ["none", "none"]],
  },
  activation: {
    name: "Activation",
    values: [["relu", "ReLU"], ["sigmoid", "sigmoid"], ["tanh", "tanh"]],
  },
  rate: { name: "Learning rate", values: numbers([0.1, 0.01, 0.03, 0.3, 1, 3, 10]) },
  batch: { name: "Batch size", values: numbers([64, 2, 4, 8, 16, 32, 128, 256]) },
  depth: { name: "Hidden layers (MLP)", values: numbers([3, 1, 2, 4, 8, 16]) },
  epsilon: { name: "ε", values: numbers([1e-3, 1e-8, 1e-5, 1e-1]) },
};

function numbers(values: number[]): [number, string][] {
  return values.map((value) => [value, value < 0.01 ? value.toExponential() : String(value)]);
}

const KEYS = Object.keys(CHOICES) as (keyof Settings)[];

/** The settings of a link's part behind the `#`; what it lacks or does not know is where one begins. */
export function settingsOf(hash: string): Settings {
  const given = new URLSearchParams(hash.replace(/^#/, ""));
  return Object.fromEntries(KEYS.map((key) => {
    const values = CHOICES[key].values.map(([value]) => value as Settings[typeof key]);
    return [key, values.find((value) => String(value) === given.get(key)) ?? values[0]];
  })) as unknown as Settings;
}

/** A link's part behind the `#`. */
export function hashOf(settings: Settings): string {
  return `#${new URLSearchParams(KEYS.map((key) => [key, String(settings[key])]))}`;
}
