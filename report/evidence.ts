/**
 * What a report rests on: the trials of its experiments, and beside them the study that a single
 * preset does not hold, the sweep of learning rates, the claims and the longer runs.
 *
 * @module
 */
import type { PresetName } from "../experiments/presets.ts";
import type { TrialRecord } from "../experiments/record.ts";
import { RATED } from "../experiments/rows/rates.ts";
import { choosing, reporting } from "../experiments/rows/row.ts";
import { readFolder, type RecordFolder, REFERENCE } from "../experiments/records.ts";
import { eachTrialOnce } from "../findings/summary.ts";

/** Presets whose trials can be a report's own; of equally many, those of the first. */
const MAIN = ["full", "assignment", "quick"] as const satisfies readonly PresetName[];

/** Presets that answer what the report's own trials leave open. */
const STUDY = ["full", "tuned", "rates", "claims", "long"] as const satisfies readonly PresetName[];

/** The models of the assignment, those without BN and the starter MLP, at the rate that all share. */
const MAIN_MODELS = new Set<string>([...RATED, "mlp256-pre", "mlp256-post"]);

/** By its seed: those below 11 are users' and the pilot's. */
function isOfDesign({ seed }: TrialRecord): boolean {
  return reporting(12).includes(seed) || choosing(6).includes(seed);
}

type Presets = Record<typeof MAIN[number] | typeof STUDY[number], RecordFolder>;

/** A report's own trials, with every file that was read, by its path in the folder. */
export interface Evidence extends RecordFolder {
  /** All trials of findings/design.md, if the folder holds them; the report's own are among them. */
  design?: TrialRecord[];
  /** What the folder holds of each preset, if it holds folders of presets. */
  presets?: Presets;
}

/** Trials of several presets that belong together. */
export interface Study {
  /** Whether they are those of the reference run, in the repository, and not of the folder asked for. */
  isReference: boolean;
  records: Record<typeof STUDY[number], TrialRecord[]>;
  /** What is left out of them. */
  warnings?: string[];
}

/**
 * Reads a folder of records, or a folder that holds one for each preset, such as
 * `results/reference/`.
 *
 * @param folder Its URL ends in `/`.
 */
export async function readEvidence(folder: URL): Promise<Evidence> {
  const own = await readFolder(folder);
  const main = own.records.filter(({ experiment }) => MAIN_MODELS.has(experiment.name));
  if (main.length > 0 && main.length < own.records.length && own.records.every(isOfDesign)) {
    return { ...own, records: main, design: eachTrialOnce(own.records).records };
  }
  if (own.records.length > 0 || own.damaged.length > 0) return own;
  const presets = await readPresets(folder);
  return {
    records: MAIN.map((name) => presets[name].records)
      .reduce((most, others) => others.length > most.length ? others : most),
    damaged: Object.values(presets).flatMap(({ damaged }) => damaged),
    files: Object.entries(presets).flatMap(([name, { files }]) =>
      files.map(({ file, sha256 }) => ({ file: `${name}/${file}`, sha256 }))
    ),
    presets,
  };
}

/**
 * The study that belongs to a report's own trials. Where their folder has none, that of the reference
 * run stands in, if its trials are of the same data.
 */
export async function readStudy(
  { records: own, presets, design }: Evidence,
): Promise<Study | undefined> {
  if (presets && STUDY.some((name) => name !== "full" && presets[name].records.length > 0)) {
    return { isReference: false, ...studyOf(presets) };
  }
  if (own.length === 0 || design) return undefined;
  const study = studyOf(await readPresets(REFERENCE));
  const all = [...own, ...Object.values(study.records).flat()];
  const data = new Set(all.map(({ data }) => data.checksum));
  return data.size === 1 ? { isReference: true, ...study } : undefined;
}

/** The reference run's trials of findings/design.md; none while it holds older ones. */
export async function readReference(): Promise<TrialRecord[]> {
  return (await readFolder(REFERENCE)).records;
}

/** A study is paired by seed, so that a copied file must not be a trial of its own. */
function studyOf(presets: Presets): Omit<Study, "isReference"> {
  const once = STUDY.map((name) => [name, eachTrialOnce(presets[name].records)] as const);
  const records = once.map(([name, { records }]) => [name, records]);
  return {
    records: Object.fromEntries(records) as Study["records"],
    warnings: once.filter(([name]) => name !== "full") // which are the report's own
      .flatMap(([name, { warnings }]) => warnings.map((warning) => `${name}: ${warning}`)),
  };
}

async function readPresets(root: URL): Promise<Presets> {
  const names = [...new Set([...MAIN, ...STUDY])];
  const folders = await Promise.all(names.map((name) => readFolder(new URL(`${name}/`, root))));
  return Object.fromEntries(names.map((name, i) => [name, folders[i]])) as Presets;
}
