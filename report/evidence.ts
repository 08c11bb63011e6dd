/**
 * What a report rests on: the trials of its experiments, and beside them the study that a single
 * preset does not hold, the sweep of learning rates, the claims and the longer runs.
 *
 * @module
 */
import type { PresetName } from "../experiments/presets.ts";
import type { TrialRecord } from "../experiments/record.ts";
import {
  readFolder,
  type RecordError,
  type RecordFile,
  REFERENCE,
} from "../experiments/records.ts";
import { eachTrialOnce } from "../findings/summary.ts";

/** Presets whose trials can be a report's own; of equally many, those of the first. */
const MAIN = ["full", "assignment", "quick"] as const satisfies readonly PresetName[];

/** Presets that answer what the report's own trials leave open. */
const STUDY = ["full", "tuned", "rates", "claims", "long"] as const satisfies readonly PresetName[];

/** Trials of several presets that belong together. */
export interface Study {
  /** Whether they are those of the reference run, in the repository, and not of the folder asked for. */
  isReference: boolean;
  records: Record<typeof STUDY[number], readonly TrialRecord[]>;
}

/** What {@linkcode readEvidence} found. */
export interface Evidence {
  /** The report's own trials. */
  records: TrialRecord[];
  study?: Study;
  /** Files that should be records and cannot be read. */
  damaged: RecordError[];
  /** Every record file that was read from the folder, by its path in it. */
  files: RecordFile[];
}

/** What a folder holds by itself. */
export type OwnEvidence = Omit<Evidence, "study">;

/** Reads the trials of a folder as {@linkcode readEvidence} does, without what stands in for a study. */
export async function readOwnEvidence(folder: URL): Promise<OwnEvidence> {
  const { parts: _, ...own } = await readParts(folder);
  return own;
}

/**
 * Reads a folder of records, or a folder that holds one for each preset, such as
 * `results/reference/`. Where the folder has no study of its own, that of the reference run stands in,
 * if its trials are of the same data.
 *
 * @param folder Its URL ends in `/`.
 */
export async function readEvidence(folder: URL): Promise<Evidence> {
  const { parts, ...own } = await readParts(folder);
  const hasStudy = parts && STUDY.some((name) => name !== "full" && parts[name].length > 0);
  const study = hasStudy
    ? { isReference: false, records: eachOnce(parts) }
    : await referenceStudy(own.records);
  return { ...own, study };
}

type Parts = Awaited<ReturnType<typeof readPresets>>["records"];

/** What a folder holds by itself, and where it holds a folder for each preset, the trials of each. */
async function readParts(folder: URL): Promise<OwnEvidence & { parts?: Parts }> {
  const own = await readFolder(folder);
  if (own.records.length > 0 || own.damaged.length > 0) return own;
  const { records: parts, damaged, files } = await readPresets(folder);
  const records = MAIN.map((name) => parts[name])
    .reduce((most, others) => others.length > most.length ? others : most);
  return { records, damaged, files, parts };
}

async function referenceStudy(own: readonly TrialRecord[]): Promise<Study | undefined> {
  const { records } = await readPresets(REFERENCE);
  const data = new Set(
    [...own, ...Object.values(records).flat()].map(({ data }) => data.checksum),
  );
  return own.length > 0 && data.size === 1
    ? { isReference: true, records: eachOnce(records) }
    : undefined;
}

/** A study is paired by seed, so that a copied file must not be a trial of its own. */
function eachOnce(records: Study["records"]): Study["records"] {
  const of = (name: typeof STUDY[number]) => eachTrialOnce(records[name]).records;
  return {
    full: of("full"),
    tuned: of("tuned"),
    rates: of("rates"),
    claims: of("claims"),
    long: of("long"),
  };
}

async function readPresets(root: URL) {
  const names = [...new Set<typeof MAIN[number] | typeof STUDY[number]>([...MAIN, ...STUDY])];
  const folders = await Promise.all(names.map(async (name) => ({
    name,
    ...await readFolder(new URL(`${name}/`, root)),
  })));
  return {
    records: Object.fromEntries(
      folders.map(({ name, records }) => [name, records]),
    ) as Record<typeof names[number], TrialRecord[]>,
    damaged: folders.flatMap(({ damaged }) => damaged),
    files: folders.flatMap(({ name, files }) =>
      files.map(({ file, sha256 }) => ({ file: `${name}/${file}`, sha256 }))
    ),
  };
}
