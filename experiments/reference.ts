/**
 * The reference run: the records that notebooks, README and report show, made by the code that
 * everybody runs and kept in the repository.
 *
 * @module
 */
import type { FashionMnist } from "../data/fashion_mnist.ts";
import type { Experiment } from "./experiment.ts";
import { type Preset, type PresetName, PRESETS, seedsOf } from "./presets.ts";
import { readFolder, REFERENCE, type TrialRecord } from "./records.ts";
import { runTrial } from "./trial.ts";

/** The presets of the reference run, in the order in which they are run. */
export const REFERENCE_PRESETS = [
  "rates",
  "claims",
  "full",
  "tuned",
  "long",
] as const satisfies readonly PresetName[];

/** How far a trial may lie from its record on another machine, in test accuracy: two points. */
export const TOLERANCE = 0.02;

/** One preset of the reference run. */
export interface ReferencePart {
  preset: Preset;
  folder: URL;
  /** What is there. */
  records: TrialRecord[];
  /** How many trials it has when it is complete. */
  trials: number;
}

/** The presets that have experiments, with what is there of them. */
export async function referenceParts(root: URL = REFERENCE): Promise<ReferencePart[]> {
  const parts = REFERENCE_PRESETS.map(async (name) => {
    const preset: Preset = PRESETS[name];
    const folder = new URL(`${name}/`, root);
    const { records, damaged } = await readFolder(folder);
    if (damaged.length > 0) throw damaged[0];
    return { preset, folder, records, trials: preset.experiments.length * preset.trials };
  });
  return (await Promise.all(parts)).filter(({ trials }) => trials > 0);
}

/**
 * How long a preset takes, from how long its trials took that have a record, on the machine that made
 * them. An experiment without one is taken for the mean of its architecture, per image trained.
 *
 * @param records Of any presets.
 * @param jobs Trials side by side.
 * @returns Seconds; undefined where no record tells.
 */
export function estimateSeconds(
  preset: Preset,
  records: readonly TrialRecord[],
  jobs: number,
): number | undefined {
  let seconds = 0;
  for (const experiment of preset.experiments) {
    const same = records.filter((record) => record.experiment.name === experiment.name);
    const alike = records.filter((record) =>
      record.experiment.architecture === experiment.architecture
    );
    if (alike.length === 0) return undefined;
    const perTrial = same.length > 0
      ? meanOf(same.map((record) => record.seconds.total))
      : meanOf(alike.map((record) => record.seconds.total / imagesTrained(record.experiment))) *
        imagesTrained(experiment);
    seconds += perTrial * seedsOf(preset, preset.trials).length;
  }
  return seconds / jobs;
}

function imagesTrained({ epochs, images }: Experiment): number {
  return epochs * images.train;
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The record of the trial that costs the least time to run again. */
export function cheapest(records: readonly TrialRecord[]): TrialRecord {
  return records.reduce((a, b) => b.seconds.total < a.seconds.total ? b : a);
}

/** Runs the trial of a record again. */
export function rerun(record: TrialRecord, data: FashionMnist): Promise<TrialRecord> {
  return runTrial(record.experiment, record.seed, data);
}

/**
 * What a trial that was run again has otherwise than its record, in words; nothing if it is
 * reproduced. On the same processor with the same software every number must be the same, times
 * apart; elsewhere the test accuracies must lie within {@linkcode TOLERANCE}.
 */
export function deviations(record: TrialRecord, again: TrialRecord): string[] {
  if (!sameMachine(record, again)) {
    return (["moving", "dataset"] as const).flatMap((kind) => {
      const [was, is] = [record.test[kind]?.accuracy, again.test[kind]?.accuracy];
      if (was === undefined && is === undefined) return [];
      return was !== undefined && is !== undefined && Math.abs(was - is) <= TOLERANCE
        ? []
        : [`test accuracy with ${kind} statistics is ${is}, not ${was} ± ${TOLERANCE}`];
    });
  }
  const [was, is] = [numbersOf(record), numbersOf(again)];
  return Object.keys(was).filter((part) => was[part] !== is[part])
    .map((part) => `${part} is not what the record has`);
}

/** Whether the two ran on the same processor with the same software, to give the same bits. */
export function sameMachine(a: TrialRecord, b: TrialRecord): boolean {
  const key = ({ environment: { cpu, os, deno, tensorflow, backend }, kernels }: TrialRecord) =>
    JSON.stringify([cpu, os, deno, tensorflow, backend, kernels]);
  return key(a) === key(b);
}

/** Every part of a record that a trial decides, as text; not when, where and how fast it ran. */
function numbersOf(record: TrialRecord): Record<string, string> {
  const { environment: _, started: __, seconds: ___, epochs, ...rest } = record;
  const untimed = epochs.map(({ seconds: _, ...epoch }) => epoch);
  return Object.fromEntries(
    Object.entries({ ...rest, epochs: untimed }).map(([part, value]) => [
      part,
      JSON.stringify(value),
    ]),
  );
}
