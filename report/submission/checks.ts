/**
 * What must hold of notebooks and records before they are handed in. Each check that fails is an
 * error that names the file, the rule and the way out.
 *
 * @module
 */
import * as v from "valibot";
import { UsageError } from "../../experiments/usage_error.ts";
import type { TrialRecord } from "../../experiments/record.ts";
import { pathOf, type RecordError, type RecordFile } from "../../experiments/records.ts";
import { FEWEST_TRIALS } from "../../findings/statistics.ts";
import { summarizeExperiments } from "../../findings/summary.ts";
import { FOUR } from "../../experiments/presets.ts";
import { faultsOf, nameOf, notebookFiles, readNotebook } from "../../notebooks/run/notebook.ts";

/** How the names of the notebooks begin. */
const NUMBERS = ["01", "02", "03", "04", "05", "06", "07", "08"];

/**
 * Every notebook is there, and every code cell of every notebook was run, without an error, and shows
 * what it should.
 *
 * @returns How many notebooks there are.
 */
export async function assertNotebooks(folder: URL): Promise<number> {
  const files = await notebookFiles(undefined, folder);
  const missing = NUMBERS.filter((n) => !files.some((file) => nameOf(file).startsWith(`${n}_`)));
  if (missing.length > 0) {
    throw new UsageError(
      `Cannot hand in ${pathOf(folder)}: notebook ${missing.join(", ")} is missing, and all of ` +
        `${NUMBERS.join(", ")} belong to it. Restore the file.`,
    );
  }
  for (const file of files) {
    const faults = faultsOf(await readNotebook(file));
    if (faults.length === 0) continue;
    const more = faults.length > 1 ? `, and ${faults.length - 1} more` : "";
    throw new UsageError(
      `Cannot hand in ${pathOf(file)}: ${faults[0]}${more}. Every code cell must have been run ` +
        `without an error: deno task notebooks --only ${
          nameOf(file).split("_")[0]
        } runs them and ` +
        `says what fails.`,
    );
  }
  return files.length;
}

/** No file of records is damaged. */
export function assertUndamaged(damaged: readonly RecordError[]): void {
  if (damaged.length === 0) return;
  const more = damaged.length > 1 ? ` ${damaged.length - 1} more are damaged.` : "";
  throw new UsageError(
    `Cannot hand in a damaged record: ${
      damaged[0].message
    }${more} Restore the file, or delete it ` +
      `and run its trial again with deno task train.`,
  );
}

/** Each of the four models has trials enough to be compared. */
export function assertEnoughTrials(records: readonly TrialRecord[], folder: URL): void {
  const { experiments } = summarizeExperiments(records);
  const trials = (name: string) =>
    Math.max(0, ...experiments.filter((e) => e.name === name).map(({ seeds }) => seeds.length));
  const few = FOUR.filter((name) => trials(name) < FEWEST_TRIALS);
  if (few.length === 0) return;
  throw new UsageError(
    `Cannot hand in the records in ${pathOf(folder)}: ` +
      `${few.map((name) => `${name} has ${trials(name)} trials`).join(", ")}, and each of ` +
      `${FOUR.join(", ")} needs at least ${FEWEST_TRIALS}. Run deno task train, or name a folder ` +
      `that has them with --records.`,
  );
}

const listSchema = v.array(v.object({ file: v.string(), sha256: v.string() }));

/** The records that a page says it shows; undefined if there is no such page, or if it does not say. */
async function recordsShownBy(page: URL): Promise<RecordFile[] | undefined> {
  const html = await Deno.readTextFile(page).catch((error) => {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  });
  const list = /<script\b(?=[^>]*\bid="records")[^>]*>(.*?)<\/script>/s.exec(html)?.[1];
  if (list === undefined) return undefined;
  try {
    return v.parse(listSchema, JSON.parse(list));
  } catch (cause) {
    throw new UsageError(
      `Cannot read which records ${pathOf(page)} shows: ${(cause as Error).message}. Delete the ` +
        `page, or make it anew with deno task report.`,
      { cause },
    );
  }
}

/** The page that the user has shows the records that are handed in, if it says what it shows. */
export async function assertSameRecords(
  page: URL,
  packed: readonly RecordFile[],
  folder: URL,
): Promise<void> {
  const shown = await recordsShownBy(page);
  if (!shown) return;
  const difference = [
    ...notIn(packed, shown).map(({ file }) => `${file} is on the page alone`),
    ...notIn(shown, packed).map(({ file }) => `${file} is in the package alone`),
  ];
  if (difference.length === 0) return;
  const more = difference.length > 1 ? ` and ${difference.length - 1} more differ` : "";
  throw new UsageError(
    `Cannot hand in the records in ${pathOf(folder)}: the report in ${pathOf(page)} shows others ` +
      `(${difference[0]}${more}). Make the report anew with deno task report --records ` +
      `${pathOf(folder)}, or delete it, or name the records that it shows with --records.`,
  );
}

/** The records of a list that another lacks, by checksum: files may have moved. */
function notIn(other: readonly RecordFile[], list: readonly RecordFile[]): RecordFile[] {
  const there = new Set(other.map(({ sha256 }) => sha256));
  return list.filter(({ sha256 }) => !there.has(sha256));
}
