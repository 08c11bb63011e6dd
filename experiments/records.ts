/**
 * Records: one JSON file per trial, complete or absent.
 *
 * A record is written beside its place and renamed, carries the SHA-256 of its own content, and is
 * checked against the schema when read.
 *
 * @module
 */
import * as v from "valibot";
import { sha256Of } from "../data/sha256.ts";
import type { Experiment } from "./experiment.ts";
import { FORMAT, printable, recordSchema, type TrialRecord } from "./record.ts";

/** A file where a record belongs that is not one, or not the one asked for. */
export class RecordError extends Error {
  override name = "RecordError";

  /** @param message May hold a file's name: it is shown without control characters but line breaks. */
  constructor(message: string, options?: ErrorOptions) {
    super(message.split("\n").map((line) => printable(line, Infinity)).join("\n"), options);
  }
}

/** Where the records of all presets live, found from this module and not the working directory. */
export const RESULTS = new URL("../results/", import.meta.url);

/** Where the records of the reference run live; in the repository. */
export const REFERENCE = new URL("reference/", RESULTS);

/** Name of a trial's file. */
export function recordName(experiment: Pick<Experiment, "name">, seed: number): string {
  return `${experiment.name}-${seed}.json`;
}

/**
 * Reads one record and checks it: JSON, schema, checksum.
 *
 * @returns The record, or undefined if there is no such file.
 * @throws {RecordError} If the file is damaged or no record; names the file and the fault.
 */
export async function readRecord(file: URL): Promise<TrialRecord | undefined> {
  return (await readSealed(file))?.trial;
}

/** A trial, and the SHA-256 that its file carries and its content has. */
interface Sealed {
  trial: TrialRecord;
  sha256: string;
}

async function readSealed(file: URL): Promise<Sealed | undefined> {
  let text: string;
  try {
    text = await Deno.readTextFile(file);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw new RecordError(`Cannot read ${pathOf(file)}: ${(error as Error).message}`, {
      cause: error,
    });
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new RecordError(`${pathOf(file)} is not JSON; it may have been cut short.`, { cause });
  }
  const format = (json as Partial<TrialRecord> | null)?.format;
  if (Number.isInteger(format) && format !== FORMAT) {
    throw new RecordError(
      `${
        pathOf(file)
      } is a record of format ${format}, and this version of the package reads format ` +
        `${FORMAT}. Move it away, and its trial is trained again.`,
    );
  }
  const parsed = v.safeParse(recordSchema, json);
  if (!parsed.success) {
    const [issue] = parsed.issues;
    throw new RecordError(
      `${pathOf(file)} is not a record of a trial: ` +
        `${printable(v.getDotPath(issue) ?? "it")}: ${printable(issue.message)}`,
    );
  }
  const { sha256, ...trial } = parsed.output;
  if (sha256 !== await checksum(json as TrialRecord)) {
    throw new RecordError(
      `${pathOf(file)} has been changed since it was written: its content does not have the ` +
        `SHA-256 that it carries.`,
    );
  }
  return { trial, sha256 };
}

/** A record's file, to tell whether two sets of records are the same. */
export interface RecordFile {
  /** Its path in the folder. */
  file: string;
  /** That of its content, as it carries it. */
  sha256: string;
}

/** What a folder of records holds. */
export interface RecordFolder {
  /** The readable ones, by experiment name and seed. */
  records: TrialRecord[];
  /** Their files, by name. */
  files: RecordFile[];
  /** One error for each file that should be a record and is not. */
  damaged: RecordError[];
}

/**
 * Reads every record of a folder; for readers that show what there is, damaged files are reported
 * and passed over. A folder that does not exist holds nothing.
 */
export async function readFolder(folder: URL): Promise<RecordFolder> {
  const records: TrialRecord[] = [];
  const files: RecordFile[] = [];
  const damaged: RecordError[] = [];
  for (const name of await recordNames(folder)) {
    try {
      const sealed = await readSealed(new URL(encodeURIComponent(name), folder));
      if (!sealed) continue; // it was there a moment ago
      records.push(sealed.trial);
      files.push({ file: name, sha256: sealed.sha256 });
    } catch (error) {
      if (!(error instanceof RecordError)) throw error;
      damaged.push(error);
    }
  }
  records.sort((a, b) => compare(a.experiment.name, b.experiment.name) || a.seed - b.seed);
  return { records, files, damaged };
}

async function recordNames(folder: URL): Promise<string[]> {
  const names: string[] = [];
  try {
    for await (const entry of Deno.readDir(folder)) {
      if (entry.isFile && entry.name.endsWith(".json")) names.push(entry.name);
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return names.sort();
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * Writes a record under its name in a folder: beside its place first, then renamed, so that the name
 * stands for a complete record or for none.
 *
 * @throws {RecordError} If it cannot be written; names the file.
 */
export async function writeRecord(folder: URL, trial: TrialRecord): Promise<URL> {
  const file = new URL(recordName(trial.experiment, trial.seed), folder);
  const text = JSON.stringify({ ...trial, sha256: await checksum(trial) }) + "\n";
  await writeWhole(file, text);
  return file;
}

/**
 * Writes a file so that it is complete or absent: under a temporary name in the same folder, then
 * renamed.
 *
 * @throws {RecordError} If it cannot be written; the temporary file is removed.
 */
export async function writeWhole(file: URL, content: string | Uint8Array): Promise<void> {
  const temporary = new URL(`${file.href}.${crypto.randomUUID()}.tmp`);
  const write = async () => {
    await Deno.mkdir(new URL(".", file), { recursive: true });
    if (typeof content === "string") await Deno.writeTextFile(temporary, content);
    else await Deno.writeFile(temporary, content);
    await Deno.rename(temporary, file);
  };
  try {
    await write().catch((error) => {
      // Just then, another run may have moved the folder aside.
      if (error instanceof Deno.errors.NotFound) return write();
      throw error;
    });
  } catch (cause) {
    await Deno.remove(temporary).catch(() => {});
    throw new RecordError(
      `Cannot write ${pathOf(file)}: ${(cause as Error).message}. Make room or make the folder ` +
        `writable, then run the same command again: finished trials are kept.`,
      { cause },
    );
  }
}

/** A file's path for messages; of what is not a file, its address. */
export function pathOf(file: URL): string {
  return file.protocol === "file:" ? decodeURIComponent(file.pathname) : file.href;
}

async function checksum(record: TrialRecord & { sha256?: string }): Promise<string> {
  const { sha256: _, ...content } = record;
  return await sha256Of(new TextEncoder().encode(JSON.stringify(content)));
}

/**
 * The records of the reference run.
 *
 * @throws {RecordError} If one is damaged.
 */
export async function readReference(): Promise<TrialRecord[]> {
  const { records, damaged } = await readFolder(REFERENCE);
  if (damaged.length > 0) throw damaged[0];
  return records;
}
