/**
 * What decides a trial, in words: tables, names of models and warnings are made of it.
 *
 * @module
 */
import * as v from "valibot";
import { type Experiment, experimentSchema } from "../experiments/experiment.ts";
import { thousands } from "../experiments/format.ts";
import { kernelsOf, type TrialRecord } from "../experiments/record.ts";

/** Each placement in words. */
export const PLACEMENT_WORDS: Record<Experiment["placement"], string> = {
  none: "no BN",
  pre: "BN before the activation",
  post: "BN after the activation",
};

/** How the learning rate goes, in words. */
export const SCHEDULE_WORDS: Record<Experiment["schedule"], string> = {
  linear: "rate falling to zero",
  constant: "constant rate",
};

/**
 * Each setting's parts in words, apart from what is measured, which changes no score; together they
 * decide which trials may stand side by side.
 */
export function settingParts(record: TrialRecord): Map<string, string> {
  const { experiment, data, version } = record;
  // Parsing puts the keys into the schema's order.
  const { name: _, placement: __, measure: ___, ...setting } = v.parse(
    experimentSchema,
    experiment,
  );
  const parts = Object.entries(setting).map(([key, value]): [string, string] => [
    settingName(key),
    formatValue(value),
  ]);
  return new Map([
    ...parts,
    ["data", data.checksum.slice(0, 12)],
    ["version", version],
    ["kernels", kernelsOf(record)],
  ]);
}

/** Everything that decides a trial but its placement, name and seed. */
export function settingKey(record: TrialRecord): string {
  return JSON.stringify([...settingParts(record), record.data.checksum]);
}

/** `learningRate` → `learning rate`. */
export function settingName(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

/** A hyperparameter's value for tables and names. */
export function formatValue(value: Experiment[keyof Experiment]): string {
  if (Array.isArray(value)) return value.join("-");
  if (typeof value === "object") {
    return Object.entries(value).map(([split, n]) => `${thousands(n)} ${split}`)
      .join(", ");
  }
  return String(value);
}

/** A model's name is its architecture, and those parts of its setting in which others differ. */
export function modelNames(records: readonly TrialRecord[]): Map<string, string> {
  const settings = new Map(
    records.map((record) => [settingKey(record), settingParts(record)]),
  );
  const names = new Map<string, string>();
  for (const [key, parts] of settings) {
    const rivals = [...settings.values()].filter((other) =>
      other.get("architecture") === parts.get("architecture")
    );
    const distinguishing = [...parts].filter(([part, value]) =>
      rivals.some((rival) => rival.get(part) !== value)
    );
    names.set(
      key,
      [
        parts.get("architecture")!.toUpperCase(),
        ...distinguishing.map(([part, value]) => `${part} ${value}`),
      ].join(", "),
    );
  }
  return names;
}
