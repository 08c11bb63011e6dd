/**
 * What the commands share: the options that say what to train, training itself with its reports, and
 * one way of ending in an error.
 *
 * @module
 */
import { Command, InvalidArgumentError, Option } from "commander";
import { resolve } from "node:path";
import { COUNT, type Rule, SEED } from "../bn/options.ts";
import { DataError } from "../data/data_error.ts";
import { loadFashionMnist } from "../data/fashion_mnist.ts";
import { blasFor } from "./blas.ts";
import { count } from "./format.ts";
import { type Preset, type PresetName, PRESETS } from "./presets.ts";
import { nameOf } from "./progress.ts";
import { missingText } from "./missing.ts";
import type { TrialRecord } from "./record.ts";
import { readFolder, RecordError, REFERENCE } from "./records.ts";
import type { Trial } from "./reporter.ts";
import { folderOf, type RunOutcome, runPreset, trialsOf, trialsToRun } from "./run.ts";
import { assertRunOptions, type RunOptions } from "./run_options.ts";
import { keyOf, parseSlice, type Slice, sliceOf } from "./slice.ts";
import { createReporter } from "./terminal_progress.ts";
import { UsageError } from "./usage_error.ts";

/** The options of `train`, which `report` takes too. */
export interface TrainingFlags
  extends Pick<RunOptions, "jobs" | "trials" | "seeds" | "only" | "fresh"> {
  preset: PresetName;
  data?: string;
  /** A library's file; true for one in the usual places. */
  blas?: string | true;
  /** The part of the trials that is this machine's. */
  slice?: Slice;
}

/** A command behind a task, with its help; it takes no arguments but its options. */
export function taskCommand(name: string, description: string): Command {
  return new Command(`deno task ${name}`)
    .description(description)
    .helpOption("-h, --help", "show this help")
    .showHelpAfterError("Add --help to see the options.")
    .allowExcessArguments(false);
}

/** A command with the options that say what to train. */
export function trainingCommand(name: string, description: string): Command {
  const presets = Object.values(PRESETS).map(({ name, description, trials }) =>
    `  ${name}: ${description}; ${count(trials, "trial")} of each`
  );
  return choosing(taskCommand(name, description))
    .option("--jobs <n>", "trials side by side", positive, navigator.hardwareConcurrency)
    .option("--fresh", "move the preset's records aside and start over")
    .addHelpText("after", `\nPresets:\n${presets.join("\n")}`);
}

/** Adds the options that say which trials, of which data, and what computes them. */
export function choosing(command: Command): Command {
  return command
    .addOption(
      new Option("--preset <name>", "what to train")
        .choices(Object.keys(PRESETS)).default("assignment"),
    )
    .option("--trials <n>", "trials of each experiment (default: the preset's)", positive)
    .option("--seeds <list>", "only these seeds, for example 2,3 (instead of --trials)", list(seed))
    .option("--only <list>", "only these experiments, for example mlp-pre,cnn-post", list(String))
    .option(
      "--data <folder>",
      "another dataset in the same four IDX files, such as MNIST or KMNIST",
      fromWorkingDirectory,
    )
    .addOption(
      blasOption("train with a BLAS of the machine: faster, and other numbers in the last digits"),
    );
}

/** Adds the options of a command that shares its trials out among machines. */
export function sharing(command: Command): Command {
  return command
    .addOption(
      new Option(
        "--slice <K/N>",
        "of the trials that the other options choose, those of slice K of N; each slice may run on a " +
          "machine of its own",
      ).argParser(parseSlice).conflicts("fresh"), // which would move the others' records aside
    )
    .addOption(
      new Option(
        "--missing",
        "train nothing, list what has no record; status 1 if anything has none",
      )
        .conflicts("fresh"),
    );
}

/** How a slice is called after what it is of: `, slice 2 of 4`. */
export function sliceName(slice?: Slice): string {
  return slice ? `, slice ${slice.number} of ${slice.of}` : "";
}

/** What a run of a preset takes of the flags. */
function whichTrials(preset: Preset, { trials, seeds, only, slice }: TrainingFlags) {
  const which = { trials, seeds, only };
  if (!slice) return which;
  assertRunOptions(preset, which);
  const all = trialsOf(preset, which);
  const mine = new Set(sliceOf(all, slice).map(keyOf));
  if (mine.size === 0) {
    console.error(`Slice ${slice.number} of ${slice.of} is empty: there are ${all.length} trials.`);
  }
  return { ...which, include: (trial: Trial) => mine.has(keyOf(trial)) };
}

/** Says what of the chosen preset has no record. */
export async function sayMissing(flags: TrainingFlags, say = console.log): Promise<void> {
  const preset: Preset = PRESETS[flags.preset];
  const { checksum } = await loadFashionMnist({ source: flags.data });
  const which = whichTrials(preset, flags);
  const blas = flags.blas ? blasFor(flags.blas) : undefined;
  const { missing, refused } = await trialsToRun(preset, { ...which, blas, checksum });
  for (const { message } of refused) console.error(message);
  say(missingText({
    missing,
    asked: trialsOf(preset, which).length,
    of: `preset ${preset.name}${sliceName(flags.slice)}`,
    records: missing.length > 0 ? await timedRecords(preset) : [],
    jobs: flags.jobs!,
  }));
  Deno.exitCode = missing.length > 0 ? 1 : 0;
}

/** Records that tell how long a preset's trials take: its own, and those of the reference run. */
async function timedRecords(preset: Preset): Promise<TrialRecord[]> {
  const folders = [folderOf(preset), REFERENCE].map((folder) => readFolder(folder));
  return (await Promise.all(folders)).flatMap(({ records }) => records);
}

/**
 * Runs what is missing of the chosen preset and says how it went. Ctrl-C stops; what is finished
 * stays.
 */
export async function train(
  flags: TrainingFlags,
): Promise<{ preset: Preset; outcome: RunOutcome }> {
  const preset: Preset = PRESETS[flags.preset];
  assertRunOptions(preset, { only: flags.only }); // before the data are read
  const data = await loadFashionMnist({ source: flags.data });
  const { jobs, fresh } = flags;
  const blas = flags.blas ? blasFor(flags.blas) : undefined;
  const which = whichTrials(preset, flags);
  const options = { ...which, data, jobs, fresh, blas, reporter: createReporter() };
  const outcome = await interruptible((signal) => runPreset(preset, { ...options, signal }));
  return { preset, outcome };
}

/** The option of commands that may train with a BLAS; true for one in the usual places. */
export function blasOption(description: string): Option {
  return new Option("--blas [library]", description).argParser(fromWorkingDirectory);
}

/** Runs something that Ctrl-C stops. */
export async function interruptible<T>(run: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const stop = new AbortController();
  const onSignal = () => stop.abort();
  for (const signal of SIGNALS) Deno.addSignalListener(signal, onSignal);
  try {
    return await run(stop.signal);
  } finally {
    // One Ctrl-C may arrive twice, from the terminal and from deno task: what is stopped has its last words.
    if (!stop.signal.aborted) {
      for (const signal of SIGNALS) Deno.removeSignalListener(signal, onSignal);
    }
  }
}

/**
 * The exit status of a run, with a last line for what did not go well: 0 if everything asked for is
 * there, 1 if a trial failed, 130 if the run was stopped.
 */
export function exitStatus({ finished, failed, dropped }: RunOutcome): 0 | 1 | 130 {
  if (dropped.length > 0) {
    console.error(
      `Stopped: ${finished.length} finished in this run, ${dropped.length} not run. ` +
        `The same command goes on from here.`,
    );
    return 130;
  }
  if (failed.length > 0) {
    console.error(
      `Failed: ${failed.map(({ trial }) => nameOf(trial)).join(", ")}. What is finished is kept; ` +
        `the same command runs the failed ones again.`,
    );
    return 1;
  }
  return 0;
}

/** Runs a command to its end; errors that a user can mend are shown without a stack. */
export async function main(command: Command): Promise<never> {
  try {
    await command.parseAsync(Deno.args, { from: "user" });
  } catch (error) {
    const known = [DataError, RecordError, UsageError].some((kind) => error instanceof kind);
    console.error(known ? `error: ${(error as Error).message}` : error);
    Deno.exit(1);
  }
  Deno.exit();
}

// Windows knows no SIGTERM.
const SIGNALS: Deno.Signal[] = Deno.build.os === "windows" ? ["SIGINT"] : ["SIGINT", "SIGTERM"];

/** A whole number, 1 or more. */
export const positive = numberThat(COUNT);

const seed = numberThat(SEED);

function numberThat([must, holds]: Rule): (text: string) => number {
  return (text) => {
    const value = text === "" ? NaN : Number(text);
    if (holds(value)) return value;
    throw new InvalidArgumentError(`It must ${must}.`);
  };
}

/** Items between commas, each once. */
export function list<T>(parse: (text: string) => T): (text: string) => T[] {
  return (text) => [...new Set(text.split(",").map((item) => parse(item.trim())))];
}

/** A path as the user typed it: `deno task` runs its commands in the package's folder. */
export function fromWorkingDirectory(path: string): string {
  if (path === "") throw new InvalidArgumentError("Name a folder.");
  return resolve(Deno.env.get("INIT_CWD") ?? Deno.cwd(), path);
}
