/**
 * What a report rests on: a folder of records.
 *
 * @module
 */
import type { TrialRecord } from "../experiments/record.ts";
import { readFolder, type RecordFolder } from "../experiments/records.ts";
import { RATED } from "../experiments/sweeps/rates.ts";
import { CHOOSING_SEEDS, REPORTING_SEEDS } from "../experiments/sweeps/row.ts";
import { eachTrialOnce } from "../findings/summary.ts";

/** The models of the assignment, those without BN and the starter MLP, at the rate that all share. */
const MAIN_MODELS = new Set<string>([...RATED, "mlp256-pre", "mlp256-post"]);

/** By its seed: the design's are nobody else's. */
function isOfDesign({ seed }: TrialRecord): boolean {
  return REPORTING_SEEDS.includes(seed) || CHOOSING_SEEDS.includes(seed);
}

/** A report's own trials, with every file that was read, by its path in the folder. */
export interface Evidence extends RecordFolder {
  /** All trials of findings/design.md, if the folder holds them; the report's own are among them. */
  design?: TrialRecord[];
}

/**
 * Reads a folder of records.
 *
 * @param folder Its URL ends in `/`.
 */
export async function readEvidence(folder: URL): Promise<Evidence> {
  const own = await readFolder(folder);
  const design = own.records.filter(isOfDesign);
  const main = design.filter(({ experiment }) => MAIN_MODELS.has(experiment.name));
  return main.length > 0 && main.length < design.length
    ? { ...own, records: main, design: eachTrialOnce(design).records }
    : own;
}
