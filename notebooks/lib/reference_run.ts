/**
 * The reference run, whose records the repository holds.
 *
 * @module
 */
import { isTrialOf } from "../../experiments/missing.ts";
import type { Preset } from "../../experiments/presets.ts";
import type { TrialRecord } from "../../experiments/record.ts";
import { readRecord, readReference, REFERENCE } from "../../experiments/records.ts";
import { CHOOSING_ROWS, REPORTING_ROWS } from "../../experiments/sweeps/mod.ts";
import { UsageError } from "../../experiments/usage_error.ts";
import { judgeClaims, type JudgedClaim } from "../../findings/claims/claim.ts";
import { CLAIMS } from "../../findings/claims/mod.ts";

let everything: Promise<TrialRecord[]> | undefined;

/**
 * What the reference run has recorded; nothing is trained.
 *
 * @param row A row of findings/design.md, such as `B1`, or `R-rates` for trials that chose rates; by
 * default all.
 * @throws {UsageError} If there is no such row.
 * @throws {RecordError} If a record is damaged.
 */
export async function recorded(row?: string): Promise<TrialRecord[]> {
  const wanted = row === undefined ? undefined : rowOf(row);
  const all = await (everything ??= readReference());
  return wanted?.groups.flatMap(({ experiments, seeds }) => {
    const names = new Set(experiments.map(({ name }) => name));
    return all.filter(({ experiment, seed }) => names.has(experiment.name) && seeds.includes(seed));
  }) ?? all;
}

function rowOf(row: string) {
  const rows = [...REPORTING_ROWS, ...CHOOSING_ROWS];
  const found = rows.find(({ id }) => id === row);
  if (found) return found;
  const ids = rows.map(({ id }) => id).join(", ");
  throw new UsageError(`The reference run has no row "${row}": it has ${ids}.`);
}

/**
 * Claims as the reference run decides them.
 *
 * @param ids Which, such as `C1`; by default all.
 * @throws {UsageError} If there is no such claim.
 */
export async function judged(...ids: string[]): Promise<JudgedClaim[]> {
  const unknown = ids.find((wanted) => !CLAIMS.some(({ id }) => id === wanted));
  if (unknown !== undefined) {
    throw new UsageError(
      `There is no claim "${unknown}", only ${CLAIMS.map(({ id }) => id).join(", ")}.`,
    );
  }
  const asked = CLAIMS.filter(({ id }) => ids.length === 0 || ids.includes(id));
  return judgeClaims(asked, await recorded());
}

/** The seeds of which the reference run has all these experiments, just as they are. */
export async function recordedSeeds(
  { experiments }: Preset,
  only?: readonly string[],
): Promise<number[]> {
  const files: string[] = [];
  for await (const { name } of Deno.readDir(REFERENCE)) files.push(name);
  const asked = experiments.filter(({ name }) => only?.includes(name) ?? true);
  const seeds = await Promise.all(asked.map(async (experiment) => {
    const named = new RegExp(`^${RegExp.escape(experiment.name)}-\\d+\\.json$`);
    const records = await Promise.all(
      files.filter((file) => named.test(file))
        .map((file) => readRecord(new URL(file, REFERENCE))),
    );
    return new Set(
      records.flatMap((record) => record && isTrialOf(experiment, record) ? [record.seed] : []),
    );
  }));
  const common = seeds.reduce((some, more) => some.intersection(more), seeds[0] ?? new Set());
  return [...common].sort((a, b) => a - b);
}
