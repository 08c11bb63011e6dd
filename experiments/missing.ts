import type { Experiment } from "./experiment.ts";
import { type Preset, seedsOf } from "./presets.ts";
import type { TrialRecord } from "./record.ts";

/** Whether a record is a trial of just this experiment, not of another configuration of its name. */
function isTrialOf(experiment: Experiment, record: TrialRecord): boolean {
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
