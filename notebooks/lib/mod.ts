/**
 * What the notebooks share: training with progress in the notebook, the figures, and outputs that are
 * seen in every front end.
 *
 * @example A notebook's cells, here outside of one: tables and texts go to the terminal
 * ```ts
 * import { chosenPreset, showTable } from "@batchnorm/from-scratch/notebook";
 *
 * const preset = chosenPreset("quick"); // unless BN_PRESET names another
 * await showTable({
 *   columns: ["Experiment", "Epochs"],
 *   rows: preset.experiments.map(({ name, epochs }) => [name, epochs]),
 * });
 * ```
 *
 * @module
 */
import { assertOptions, BOOLEAN } from "../../bn/options.ts";
import { type Preset, type PresetName, PRESETS } from "../../experiments/presets.ts";
import { nameOf } from "../../experiments/progress.ts";
import type { TrialRecord } from "../../experiments/record.ts";
import { REFERENCE } from "../../experiments/records.ts";
import { runPreset } from "../../experiments/run.ts";
import { blasFor } from "../../experiments/blas.ts";
import { RUN_RULES, type RunOptions } from "../../experiments/run_options.ts";
import { UsageError } from "../../experiments/usage_error.ts";
import { createReporter } from "../../experiments/terminal_progress.ts";
import type { Blas } from "../../kernels/mod.ts";
import { fashionMnist } from "./data.ts";
import { judged, recorded, recordedSeeds } from "./reference_run.ts";
import { inKernel, keepOutputsInOrder } from "./kernel.ts";
import { NotebookReporter } from "./notebook_progress.ts";

export * from "../../findings/claims/headline.ts";
export { comparisonsOf } from "../../findings/claims/claim.ts";
export * from "../../findings/claims/table.ts";
export * from "../../experiments/backend.ts";
export * from "../../experiments/experiment.ts";
export * from "../../experiments/presets.ts";
export * from "../../findings/statistics.ts";
export * from "../../findings/words.ts";
export * from "../../findings/findings.ts";
export * from "../../findings/summary.ts";
export type { TrialRecord } from "../../experiments/record.ts";
export { CONSTANT } from "../../experiments/thresholds.ts";
export { showFigure, showMarkdown, showTable, type TableContent } from "./display.ts";
export * from "../../figures/mod.ts";
export { byPlacement } from "../../figures/styles.ts";
export { fashionMnist };
export * from "./tables.ts";
export * from "./short_model.ts";
export * from "./comparisons.ts";
export * from "./feature_maps.ts";
export * from "./rest_of_batch.ts";
export { judged, recorded };

keepOutputsInOrder();

/** Environment variable that names the preset of every notebook. */
const PRESET_VARIABLE = "BN_PRESET";

/**
 * The preset that a notebook uses.
 *
 * @param name Its name, unless the environment variable `BN_PRESET` names another.
 */
export function chosenPreset(name: PresetName): Preset {
  const variable = environmentOf(PRESET_VARIABLE);
  return variable ? presetOf(variable, `${PRESET_VARIABLE} can be`) : presetOf(name);
}

/** An environment variable, where it may be read. */
function environmentOf(variable: string): string | undefined {
  const { state } = Deno.permissions.querySync({ name: "env", variable });
  return state === "granted" ? Deno.env.get(variable) : undefined;
}

/** The BLAS that `BN_BLAS` asks for: a library's file, or 1 for one in the usual places. */
function blasOf(): Blas | undefined {
  const library = environmentOf("BN_BLAS");
  return library ? blasFor(library === "1" || library) : undefined;
}

function presetOf(name: string, there = "there are"): Preset {
  if (Object.hasOwn(PRESETS, name)) return PRESETS[name as PresetName];
  throw new UsageError(
    `There is no preset "${name}": ${there} ${Object.keys(PRESETS).join(", ")}.`,
  );
}

const { data, only, seeds, trials, jobs, folder } = RUN_RULES;
const TRAIN_RULES = { data, only, seeds, trials, jobs, folder, anew: BOOLEAN };

/** Options of {@linkcode train}. */
export type TrainOptions =
  & Pick<RunOptions, "only" | "seeds" | "trials" | "jobs" | "folder">
  & Partial<Pick<RunOptions, "data">>
  & {
    /**
     * Whether to train here what the reference run has recorded too, rather than to show its records.
     * @default false
     */
    anew?: boolean;
  };

/**
 * Runs the trials of a preset that have no record yet and gives the records of all that were asked
 * for. What other notebooks or the report have run is used again. Where the reference run has trials
 * of these experiments, those are given, and nothing is trained, unless `anew` is set, or `seeds` or
 * `trials` ask for others.
 *
 * Interrupting the kernel stops the run and keeps what is finished; the same cell goes on from there.
 *
 * @throws {Error} If a trial fails or the run is stopped.
 */
export async function train(
  preset: Preset,
  given: TrainOptions = {},
): Promise<TrialRecord[]> {
  assertOptions("train", given, TRAIN_RULES);
  let { data, anew = false, ...options } = given;
  data ??= await fashionMnist();
  const reporter = inKernel() ? new NotebookReporter() : createReporter();
  const stop = stopOnInterrupt();
  if (!anew && !options.seeds && !options.trials) {
    const recorded = await recordedSeeds(preset, options.only);
    if (recorded.length > 0) options.seeds = recorded;
  }
  const alsoFrom = anew ? undefined : REFERENCE;
  const run = { data, alsoFrom, ...options, blas: blasOf(), reporter, signal: stop.signal };
  const { records, finished, failed, dropped } = await runPreset(preset, run)
    .finally(() => stop.forget());
  if (reporter instanceof NotebookReporter) await reporter.settled;
  if (dropped.length > 0) {
    throw new Error(
      `Stopped: ${finished.length} finished, ${dropped.length} not run. Run the cell again to go on.`,
    );
  }
  if (failed.length > 0) {
    throw new AggregateError(
      failed.map(({ error }) => error),
      `Failed: ${
        failed.map(({ trial, error }) => `${nameOf(trial)}: ${error.message}`).join("; ")
      }`,
    );
  }
  return records;
}

interface Stop {
  signal: AbortSignal;
  forget(): void;
}

/**
 * Jupyter interrupts a kernel by SIGINT, which ends a Deno that does not listen. A second one, from
 * an impatient user, may come when the run has just ended: it must not end the kernel either.
 */
function stopOnInterrupt(): Stop {
  const stop = new AbortController();
  const listener = () => stop.abort();
  Deno.addSignalListener("SIGINT", listener);
  return {
    signal: stop.signal,
    forget: () => {
      const remove = () => Deno.removeSignalListener("SIGINT", listener);
      if (stop.signal.aborted && inKernel()) setTimeout(remove, 5_000);
      else remove();
    },
  };
}
