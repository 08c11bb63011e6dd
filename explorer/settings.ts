/**
 * What a visitor chooses, and the link that holds it.
 *
 * @module
 */
import type { Activation, Placement } from "@batchnorm/from-scratch";

/** What can be chosen, under its name on the page, and where a visitor begins. */
export const CHOICES = {
  model: choice<"mlp" | "cnn">("Model", "mlp", [["mlp", "MLP"], ["cnn", "CNN"]]),
  placement: choice<Placement>("Batch normalization", "pre", [
    ["pre", "before the activation"],
    ["post", "after the activation"],
    ["none", "none"],
  ]),
  activation: choice<Activation>("Activation", "relu", [
    ["relu", "ReLU"],
    ["sigmoid", "sigmoid"],
    ["tanh", "tanh"],
  ]),
  rate: numbers("Learning rate", 0.1, [0.01, 0.03, 0.1, 0.3, 1, 3, 10]),
  batch: numbers("Batch size", 64, [2, 4, 8, 16, 32, 64, 128, 256]),
  depth: numbers("Hidden layers (MLP)", 3, [1, 2, 3, 4, 8, 16]),
  epsilon: numbers("ε", 1e-3, [1e-8, 1e-5, 1e-3, 1e-1]),
};

/** Everything that decides a run. */
export type Settings = { [K in keyof typeof CHOICES]: (typeof CHOICES)[K]["start"] };

function choice<T>(name: string, start: T, values: [value: T, words: string][]) {
  return { name, start, values };
}

function numbers(name: string, start: number, values: number[]) {
  const words = (value: number) => value < 0.01 ? value.toExponential() : String(value);
  return choice(name, start, values.map((value) => [value, words(value)]));
}

/** The names of the settings, in the page's order. */
export const KEYS = Object.keys(CHOICES) as (keyof Settings)[];

/** The settings of a link's part behind the `#`; what it lacks or does not know is where one begins. */
export function settingsOf(hash: string): Settings {
  const given = new URLSearchParams(hash.replace(/^#/, ""));
  return Object.fromEntries(KEYS.map((key) => {
    const { values, start } = CHOICES[key];
    const [value] = values.find(([value]) => String(value) === given.get(key)) ?? [start];
    return [key, value];
  })) as unknown as Settings;
}

/** A link's part behind the `#`. */
export function hashOf(settings: Settings): string {
  return `#${new URLSearchParams(KEYS.map((key) => [key, String(settings[key])]))}`;
}
