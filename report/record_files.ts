/**
 * The records that a report shows, as files: those of one folder, or of one folder for each preset.
 *
 * @module
 */
import { PRESETS } from "../experiments/presets.ts";
import { pathOf, readRecord, RecordError, type TrialRecord } from "../experiments/records.ts";

/** A record and the file that it stands in. */
export interface RecordFile {
  /** Path from the folder of records, with `/`, for example `full/mlp-pre-1.json`. */
  file: string;
  /** The checksum that the record carries. */
  sha256: string;
  record: TrialRecord;
}

/** What a folder of records and its folders of presets hold. */
export interface RecordFiles {
  /** By path. */
  files: RecordFile[];
  /** One error for each file that should be a record and is not. */
  damaged: RecordError[];
}

/** Reads the records in a folder and in its folders of presets. */
export async function readRecordFiles(folder: URL): Promise<RecordFiles> {
  const files: RecordFile[] = [];
  const damaged: RecordError[] = [];
  for (const file of await recordPaths(folder)) {
    const url = new URL(file.split("/").map(encodeURIComponent).join("/"), folder);
    try {
      const record = await readRecord(url);
      if (!record) continue;
      const { sha256 } = JSON.parse(await Deno.readTextFile(url));
      files.push({ file, sha256, record });
    } catch (error) {
      if (!(error instanceof RecordError)) throw error;
      damaged.push(error);
    }
  }
  return { files, damaged };
}

/**
 * The records of the four models at their shared settings: those of the folder itself, else of preset
 * `full`, else of preset `assignment`. The other presets vary a setting.
 */
export function mainRecords(files: readonly RecordFile[]): TrialRecord[] {
  const parts = Map.groupBy(files, ({ file }) => file.slice(0, file.lastIndexOf("/") + 1));
  const part = ["", "full/", "assignment/"].find((part) => parts.has(part));
  return part === undefined ? [] : parts.get(part)!.map(({ record }) => record);
}

async function recordPaths(folder: URL): Promise<string[]> {
  const folders = ["", ...Object.keys(PRESETS).map((name) => `${name}/`)];
  const paths: string[] = [];
  for (const part of folders) {
    try {
      for await (const { name, isFile } of Deno.readDir(new URL(part, folder))) {
        if (isFile && name.endsWith(".json")) paths.push(part + name);
      }
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) continue;
      throw new RecordError(`Cannot read ${pathOf(folder)}: ${(error as Error).message}`, {
        cause: error,
      });
    }
  }
  return paths.sort();
}
