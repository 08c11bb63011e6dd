/**
 * The reference run: the records that notebooks, README and report show, made by the code that
 * everybody runs and kept in the repository.
 *
 * @module
 */
import { type Preset, type PresetName, PRESETS, seedsOf } from "./presets.ts";
import type { TrialRecord } from "./record.ts";
import { readFolder, REFERENCE } from "./records.ts";
import { secondsLeft } from "./time_left.ts";

/** The presets of the reference run, in the order in which they are run. */
export const REFERENCE_PRESETS = [
  "rates",
  "claims",
  "full",
  "tuned",
  "long",
] as const satisfies readonly PresetName[];

/** One preset of the reference run. */
export interface ReferencePart {
  preset: Preset;
  folder: URL;
  /** What is there. */
  records: TrialRecord[];
  /** How many trials it has when it is complete. */
  trials: number;
}

/** The presets, with what is there of them. */
export async function referenceParts(root: URL = REFERENCE): Promise<ReferencePart[]> {
  return await Promise.all(REFERENCE_PRESETS.map(async (name) => {
    const preset: Preset = PRESETS[name];
    const folder = new URL(`${name}/`, root);
    const { records, damaged } = await readFolder(folder);
    if (damaged.length > 0) throw damaged[0];
    return { preset, folder, records, trials: preset.experiments.length * preset.trials };
  }));
}

/**
 * How long a preset takes, from how long its trials took that have a record, on the machine that made
 * them.
 *
 * @param records Of any presets.
 * @param jobs Trials side by side.
 * @returns Seconds; NaN where no record tells.
 */
export function estimateSeconds(
  preset: Preset,
  records: readonly TrialRecord[],
  jobs: number,
): number {
  const ahead = preset.experiments.flatMap((experiment) =>
    seedsOf(preset, preset.trials).map(() => ({ experiment, done: 0, seconds: 0 }))
  );
  const known = records.map(({ experiment, seconds }) => ({
    experiment,
    done: 1,
    seconds: seconds.total,
  }));
  return secondsLeft([...ahead, ...known], jobs);
}

/**
 * What a trial that was run again has otherwise than its record, in words; nothing if it is
 * reproduced. Every number must be the same, times apart, on every processor that
 * has fused multiply-add.
 */
export function differencesFrom(record: TrialRecord, again: TrialRecord): string[] {
  const inForm = record.format === 2 ? inFormat2 : (record: TrialRecord) => record;
  const [was, is] = [record, again].map((trial) => numbersOf(inForm(trial)));
  return Object.keys(was).filter((part) => was[part] !== is[part])
    .map((part) => `${part} is not what the record has`);
}

/** As records were before ReLU kept NaN: behind it, what was not finite came out as 0. */
function inFormat2(record: TrialRecord): TrialRecord {
  const epochs = record.epochs.map((epoch) => ({
    ...epoch,
    activations: epoch.activations.map((activation) => ({
      ...activation,
      mean: activation.mean ?? 0,
      deviation: activation.deviation ?? 0,
    })),
  }));
  return { ...record, epochs };
}

/** Every part of a record that a trial decides, as text; not when, where and how fast it ran. */
function numbersOf(record: TrialRecord): Record<string, string> {
  const {
    format: _,
    environment: __,
    memory: ___,
    started: ____,
    seconds: _____,
    epochs,
    ...rest
  } = record;
  const untimed = epochs.map(({ seconds: _, ...epoch }) => epoch);
  return Object.fromEntries(
    Object.entries({ ...rest, epochs: untimed }).map(([part, value]) => [
      part,
      JSON.stringify(value),
    ]),
  );
}
