/**
 * Many trials side by side in workers: reuses what is finished, runs what is missing, writes each
 * record as its trial ends.
 *
 * @module
 */
import { assertRule } from "../bn/options.ts";
import { DataError } from "../data/data_error.ts";
import type { FashionMnist } from "../data/fashion_mnist.ts";
import type { Experiment } from "./experiment.ts";
import { type Preset, seedsOf } from "./presets.ts";
import { kernelsOf, type TrialRecord } from "./record.ts";
import {
  pathOf,
  readRecord,
  RecordError,
  recordName,
  RESULTS,
  writeRecord,
  writeWhole,
} from "./records.ts";
import type { Reporter, Trial } from "./reporter.ts";
import { assertRunOptions, DATA, type RunOptions } from "./run_options.ts";
import { VERSION } from "./trial.ts";
import type { TrialProgress } from "./trial_progress.ts";
import type { TrialAnswer, TrialRequest } from "./worker.ts";

/** What became of a run. */
export interface RunOutcome {
  folder: URL;
  /** Of all trials asked for that are there now, in the order in which they are run. */
  records: TrialRecord[];
  /** Found finished, at the beginning or as its turn came. */
  reused: Trial[];
  finished: Trial[];
  failed: { trial: Trial; error: Error }[];
  /** Trials that were not run because the run was stopped. */
  dropped: Trial[];
}

/** What a record must agree with, beside the trial itself. */
interface Asked {
  checksum: string;
  /** What every worker computes with. */
  kernels: string;
}

/** The folder where a preset's records live. */
export function folderOf(preset: Preset): URL {
  return new URL(`${preset.name}/`, RESULTS);
}

/**
 * Runs the trials of a preset that have no record yet.
 *
 * Several runs may share a folder, on several machines too: what one has finished, the others reuse.
 * A trial that two train at once gets the same numbers twice, and one record.
 *
 * A trial whose worker dies fails alone; the others go on.
 *
 * @throws {RecordError} If a file stands where a record belongs and is damaged or of another
 * configuration, or if records cannot be written. Nothing is deleted.
 * @throws {DataError} If an experiment takes more images than there are.
 * @throws {TypeError} If an option has an unknown name or a value that it cannot have, or an experiment
 * a setting that it cannot have.
 * @throws {UsageError} If the preset has no experiment of a name, or nothing would be run.
 */
export async function runPreset(preset: Preset, options: RunOptions): Promise<RunOutcome> {
  assertRunOptions(preset, options);
  assertRule(`run preset ${preset.name}`, "data", options.data, DATA);
  const { data, reporter, folder = folderOf(preset), blas } = options;
  const asked = { checksum: data.checksum, kernels: kernelsOf({ kernels: "own", blas }) };
  if (options.fresh) await moveAside(folder, reporter);
  const trials = trialsOf(preset, options);
  const { missing, records } = await plan(trials, folder, asked, options.alsoFrom);
  const reused = [...records.keys()];
  for (const { experiment } of missing) assertEnoughImages(experiment, data);
  const outcome: RunOutcome = {
    folder,
    records: [],
    reused,
    finished: [],
    failed: [],
    dropped: [],
  };
  if (missing.length > 0) {
    await removeLeftOver(folder);
    await assertWritable(folder);
  }
  const jobs = Math.min(options.jobs ?? navigator.hardwareConcurrency, missing.length);
  const shared = shareBytes(data);
  const queue = [...missing];
  const end = new AbortController();
  const signal = AbortSignal.any([end.signal, ...(options.signal ? [options.signal] : [])]);

  const work = async () => {
    for (let trial = queue.shift(); trial; trial = queue.shift()) {
      const theirs = signal.aborted ? undefined : await recordOf(trial, folder, asked);
      if (theirs) {
        records.set(trial, theirs);
        outcome.reused.push(trial);
        reporter?.reused(trial);
        continue;
      }
      if (signal.aborted) {
        outcome.dropped.push(trial);
        continue;
      }
      reporter?.started(trial);
      let record: TrialRecord | undefined;
      try {
        record = await runInWorker({ ...trial, data: shared, jobs, blas: blas?.path }, {
          onProgress: (progress) => reporter?.progress(trial, progress),
          signal,
        });
      } catch (error) {
        outcome.failed.push({ trial, error: error as Error });
        reporter?.failed(trial, error as Error);
        continue;
      }
      if (record === undefined) {
        outcome.dropped.push(trial);
        continue;
      }
      // Where another run was faster, its record stays.
      const faster = await recordOf(trial, folder, asked);
      if (faster && !blas && faster.fused && record.fused && faster.weights !== record.weights) {
        const error = new RecordError(
          "another run has trained it to other weights, which no machine should: deno task reference " +
            "--check tells on which of the two",
        );
        outcome.failed.push({ trial, error });
        reporter?.failed(trial, error);
        continue;
      }
      if (!faster) await writeRecord(folder, record);
      records.set(trial, record);
      outcome.finished.push(trial);
      reporter?.finished(trial, record);
    }
  };

  reporter?.plan(missing, reused, jobs);
  try {
    await Promise.all(Array.from({ length: jobs }, work));
  } finally {
    end.abort(); // after an error here, no trial goes on behind it
    reporter?.end();
  }
  outcome.records = trials.flatMap((trial) => records.get(trial) ?? []);
  return outcome;
}

/** What a run of a preset is asked for. */
type WhichTrials = Pick<RunOptions, "only" | "seeds" | "trials" | "include">;

/** First seeds first and long trials before short ones, so that the cores finish together. */
export function trialsOf(preset: Preset, which: WhichTrials = {}): Trial[] {
  const { only, seeds, trials = preset.trials, include = () => true } = which;
  const experiments = preset.experiments.filter(({ name }) => only?.includes(name) ?? true)
    .toSorted((a, b) => b.filters - a.filters);
  return (seeds ?? seedsOf(preset, trials)).flatMap((seed) =>
    experiments.map((experiment) => ({ experiment, seed }))
  ).filter(include);
}

/**
 * The trials that have no record, and why files that should be records of some of them are none: damaged,
 * or another trial's.
 *
 * @throws As {@linkcode runPreset}, but for data and records.
 */
export async function trialsToRun(
  preset: Preset,
  options: WhichTrials & Pick<RunOptions, "folder" | "blas"> & { checksum: string },
): Promise<{ missing: Trial[]; refused: RecordError[] }> {
  const { folder = folderOf(preset), blas, checksum, ...which } = options;
  assertRunOptions(preset, which);
  const asked = { checksum, kernels: kernelsOf({ kernels: "own", blas }) };
  const [missing, refused]: [Trial[], RecordError[]] = [[], []];
  for (const trial of trialsOf(preset, which)) {
    const record = await recordOf(trial, folder, asked).catch((error) => {
      if (!(error instanceof RecordError)) throw error;
      refused.push(error);
    });
    if (!record) missing.push(trial);
  }
  return { missing, refused };
}

/** Which trials have to be run, and the records of the others. */
async function plan(
  trials: Trial[],
  folder: URL,
  asked: Asked,
  alsoFrom?: URL,
): Promise<{ missing: Trial[]; records: Map<Trial, TrialRecord> }> {
  const missing: Trial[] = [];
  const records = new Map<Trial, TrialRecord>();
  for (const trial of trials) {
    const elsewhere = alsoFrom && await recordIn(alsoFrom, trial, asked);
    const record = await recordOf(trial, folder, asked) ?? elsewhere;
    if (record) records.set(trial, record);
    else missing.push(trial);
  }
  return { missing, records };
}

/**
 * A trial's record in the folder of the run; undefined if there is none.
 *
 * @throws {RecordError} If it is damaged, or another trial's.
 */
async function recordOf(
  trial: Trial,
  folder: URL,
  asked: Asked,
): Promise<TrialRecord | undefined> {
  const file = new URL(recordName(trial.experiment, trial.seed), folder);
  const record = await readRecord(file).catch((error) => {
    throw withWaysOut(error);
  });
  const differences = record ? differencesOf(record, trial, asked) : [];
  if (differences.length === 0) return record;
  const kernels = differences.some((difference) => difference.startsWith("kernels "));
  throw withWaysOut(
    new RecordError(
      `${pathOf(file)} is the record of another trial than the one asked for: ` +
        `${differences.join("; ")}.` +
        (kernels ? " --blas goes on with a BLAS's records, and without it with the others." : ""),
    ),
  );
}

/** A folder's record of a trial, if it has one that is the very same. */
async function recordIn(
  folder: URL,
  trial: Trial,
  asked: Asked,
): Promise<TrialRecord | undefined> {
  const record = await readRecord(new URL(recordName(trial.experiment, trial.seed), folder));
  return record && differencesOf(record, trial, asked).length === 0 ? record : undefined;
}

function withWaysOut(error: Error): RecordError {
  return new RecordError(
    `${error.message} Move the file away to run that trial again; deno task train --fresh moves all ` +
      `records of a preset aside and starts over.`,
    { cause: error },
  );
}

/** What in a record differs from the trial asked for, in words; empty if it can be used. */
function differencesOf(
  record: TrialRecord,
  { experiment, seed }: Trial,
  asked: Asked,
): string[] {
  const found: Record<string, unknown> = {
    ...record.experiment,
    seed: record.seed,
    "data checksum": record.data.checksum,
    "package version": record.version,
    kernels: kernelsOf(record),
  };
  const shouldHave = {
    ...experiment,
    seed,
    "data checksum": asked.checksum,
    "package version": VERSION,
    kernels: asked.kernels,
  };
  return Object.entries(shouldHave).flatMap(([key, value]) => {
    const [is, shouldBe] = [JSON.stringify(found[key]), JSON.stringify(value)];
    return is === shouldBe ? [] : [`${key} is ${is}, not ${shouldBe}`];
  });
}

/** Says before any training, and not in every worker, that the data are too few. */
function assertEnoughImages({ name, images }: Experiment, data: FashionMnist): void {
  for (const split of ["train", "validation", "test"] as const) {
    if (images[split] <= data[split].count) continue;
    throw new DataError(
      `Cannot run ${name}: it takes ${images[split]} ${split} images, and ${data.source} has ` +
        `${data[split].count}. Choose a smaller preset, or a dataset of the size of MNIST.`,
    );
  }
}

async function moveAside(folder: URL, reporter?: Reporter): Promise<void> {
  const time = new Date().toISOString().slice(0, -1).replaceAll(/[:.]/g, "-");
  const aside = new URL(folder.href.replace(/\/$/, `-until-${time}/`));
  try {
    await Deno.rename(folder, aside);
    reporter?.moved(folder, aside);
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) return;
    throw new RecordError(
      `Cannot move ${pathOf(folder)} aside to ${pathOf(aside)}: ${(cause as Error).message}.`,
      { cause },
    );
  }
}

/** Finds out before an hour of training, and not after it, that a record could not be written. */
async function assertWritable(folder: URL): Promise<void> {
  const probe = new URL(`probe-${crypto.randomUUID()}.tmp`, folder); // other runs have theirs
  await writeWhole(probe, " ".repeat(256 * 1024));
  await Deno.remove(probe).catch(() => {}); // with --fresh, another run may have moved it aside
}

/** What runs that were killed while they wrote have left: nobody writes for a day. */
async function removeLeftOver(folder: URL): Promise<void> {
  const DAY = 24 * 60 * 60 * 1000;
  try {
    for await (const { name } of Deno.readDir(folder)) {
      if (!/[0-9a-f-]{36}\.tmp$/.test(name)) continue;
      const file = new URL(encodeURIComponent(name), folder);
      const { mtime } = await Deno.stat(file);
      if (mtime && Date.now() - mtime.getTime() > DAY) await Deno.remove(file);
    }
  } catch (error) {
    // No folder yet; or another run was faster.
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** The same data over shared memory, so that workers read one copy. */
function shareBytes(data: FashionMnist): FashionMnist {
  const share = (bytes: Uint8Array) => {
    const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
    shared.set(bytes);
    return shared;
  };
  const shareSplit = <S extends FashionMnist["train"]>(split: S): S => ({
    ...split,
    images: share(split.images),
    labels: share(split.labels),
  });
  return {
    ...data,
    train: shareSplit(data.train),
    validation: shareSplit(data.validation),
    test: shareSplit(data.test),
  };
}

/** Runs one trial in a worker of its own; undefined if it was stopped. */
function runInWorker(
  request: TrialRequest,
  options: { onProgress: (progress: TrialProgress) => void; signal: AbortSignal },
): Promise<TrialRecord | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<TrialRecord | undefined>();
  const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
  const stop = () => resolve(undefined);
  options.signal.addEventListener("abort", stop);
  worker.onmessage = ({ data: answer }: MessageEvent<TrialAnswer>) => {
    if ("record" in answer) resolve(answer.record);
    else if ("error" in answer) reject(answer.error);
    else options.onProgress(answer.progress);
  };
  worker.onerror = (event) => {
    event.preventDefault(); // or it would end this process too
    reject(new Error(event.message));
  };
  worker.postMessage(request);
  return promise.finally(() => {
    options.signal.removeEventListener("abort", stop);
    worker.terminate();
  });
}
