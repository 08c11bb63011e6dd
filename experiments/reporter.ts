/**
 * Who hears how a run is going.
 *
 * @module
 */
import type { Experiment } from "./experiment.ts";
import type { TrialRecord } from "./record.ts";
import type { TrialProgress } from "./trial_progress.ts";

/** One experiment with one seed. */
export interface Trial {
  experiment: Experiment;
  seed: number;
}

/** Hears how a run is going; draws bars, prints lines, or updates a notebook. */
export interface Reporter {
  /** Existing records have been moved aside. */
  moved(from: URL, to: URL): void;
  /** The plan: what will be run, and what was found finished. */
  plan(missing: Trial[], reused: Trial[], jobs: number): void;
  /** Another run has finished this one since the plan was made; it is not run here. */
  reused(trial: Trial): void;
  started(trial: Trial): void;
  progress(trial: Trial, progress: TrialProgress): void;
  finished(trial: Trial, record: TrialRecord): void;
  failed(trial: Trial, error: Error): void;
  /** Called once, whatever happened. */
  end(): void;
}
