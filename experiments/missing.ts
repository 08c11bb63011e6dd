/**
 * Which trials there are no records of.
 *
 * @module
 */
import type { Experiment } from "./experiment.ts";
import { count, duration } from "./format.ts";
import { type Preset, seedsOf } from "./presets.ts";
import type { TrialRecord } from "./record.ts";
import type { Trial } from "./reporter.ts";
import { secondsLeft } from "./time_left.ts";

/** Whether a record is a trial of just this experiment, not of another configuration of its name. */
export function isTrialOf(experiment: Experiment, record: TrialRecord): boolean {
  const has: Record<string, unknown> = record.experiment;
  return Object.entries(experiment).every(([key, value]) =>
    JSON.stringify(has[key]) === JSON.stringify(value)
  );
}

/** The trials of a preset that no record holds; an experiment with another configuration is none. */
export function missingTrials(
  preset: Preset,
  records: readonly TrialRecord[],
): { name: string; seeds: number[] }[] {
  return preset.experiments.map((experiment) => {
    const present = records.filter((record) => isTrialOf(experiment, record));
    const seeds = new Set(seedsOf(preset, preset.trials)).difference(
      new Set(present.map((r) => r.seed)),
    );
    return { name: experiment.name, seeds: [...seeds] };
  }).filter(({ seeds }) => seeds.length > 0);
}

/** What {@linkcode missingText} tells of. */
export interface MissingReport {
  missing: readonly Trial[];
  /** How many trials were asked for. */
  asked: number;
  /** What they are: `preset quick`. */
  of: string;
  /** Records that tell how long trials take. */
  records: readonly TrialRecord[];
  /** Trials side by side. */
  jobs: number;
}

/** What is missing, a line for each experiment, and how long it takes; or that nothing is. */
export function missingText({ missing, asked, of, records, jobs }: MissingReport): string {
  if (asked === 0) return `Nothing is in ${of}: there are fewer trials than slices.`;
  if (missing.length === 0) return `Nothing is missing of ${of}: ${count(asked, "trial")}.`;
  const byName = Map.groupBy(missing, ({ experiment }) => experiment.name);
  const lines = [...byName].map(([name, trials]) =>
    `  ${name}: ${trials.length === 1 ? "seed" : "seeds"} ${
      trials.map(({ seed }) => seed).toSorted((a, b) => a - b).join(", ")
    }`
  );
  const seconds = secondsLeft([
    ...missing.map(({ experiment }) => ({ experiment, done: 0, seconds: 0 })),
    ...records.map(({ experiment, seconds }) => ({ experiment, done: 1, seconds: seconds.total })),
  ], jobs);
  const machine = records[0]?.environment;
  const time = Number.isNaN(seconds) ? "No record tells how long they take." : (
    `They take about ${duration(seconds)}, ${jobs} at a time, by the times recorded on ` +
    `${machine.cpu} with ${machine.cores} cores.`
  );
  return [`Missing of ${of}: ${missing.length} of ${count(asked, "trial")}.`, ...lines, time]
    .join("\n");
}
