/**
 * The reference run: the records that notebooks, README and report show, made by the code that
 * everybody runs and kept in the repository.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
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
 * Whether the kernels' multiply-add rounds once on this processor, as it did where the records were
 * made. WebAssembly leaves that to the processor; all else gives the same bits everywhere. On the
 * current backend, which must be WASM with our kernels.
 */
export function hasFusedMultiplyAdd(): boolean {
  return tf.tidy(() => {
    // a² − (1 + 2⁻¹¹) = 2⁻²⁴ for a = 1 + 2⁻¹²; 0 where a² = 1 + 2⁻¹¹ + 2⁻²⁴ is rounded before the sum.
    const a = 1 + 2 ** -12;
    const difference = tf.matMul([[-(1 + 2 ** -11), a]], [[1], [a]]);
    return difference.dataSync()[0] === 2 ** -24;
  });
}

/**
 * What a trial that was run again has otherwise than its record, in words; nothing if it is
 * reproduced. Every number must be the same, times apart, on every processor that
 * {@linkcode hasFusedMultiplyAdd}.
 */
export function differencesFrom(record: TrialRecord, again: TrialRecord): string[] {
  const [was, is] = [numbersOf(record), numbersOf(again)];
  return Object.keys(was).filter((part) => was[part] !== is[part])
    .map((part) => `${part} is not what the record has`);
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
