/**
 * Builds the report: reads a folder of records and writes one HTML file that needs nothing else.
 *
 * @module
 */
import type { TrialRecord } from "../experiments/record.ts";
import { readReference, type RecordError, writeWhole } from "../experiments/records.ts";
import { readEvidence } from "./evidence.ts";
import { type PageContent, renderPage } from "./page.tsx";

/** Options of {@linkcode buildReport}. */
export interface ReportOptions extends Pick<PageContent, "preset" | "command" | "title"> {
  /** The folder of records; ends in `/`. */
  folder: URL;
  /** Where the page goes; folders above it are made. */
  out: URL;
}

/** What {@linkcode buildReport} made. */
export interface Report {
  /** The page's file. */
  page: URL;
  /** The trials that it is about. */
  records: TrialRecord[];
  /** Files in the folder that should be records and cannot be read; the page lists them too. */
  damaged: RecordError[];
}

/**
 * Builds the report of a folder of records, however many there are. Damaged files are passed over
 * and named on the page.
 *
 * @throws {RecordError} If the page cannot be written.
 */
export async function buildReport({ out, ...options }: ReportOptions): Promise<Report> {
  const evidence = await readEvidence(options.folder);
  const { records, files, damaged } = evidence;
  const page = await renderPage({
    ...options,
    records,
    files,
    design: evidence.design,
    reference: evidence.design ? [] : await readReference(),
    commit: await currentCommit(),
    damaged: damaged.map((error) => error.message),
  });
  await writeWhole(out, page);
  return { page: out, records, damaged };
}

const REPOSITORY = new URL("../.git/", import.meta.url);

/** The commit that is checked out, as far as plain files tell; undefined outside of a repository. */
async function currentCommit(): Promise<string | undefined> {
  const read = (name: string) =>
    Deno.readTextFile(new URL(name, REPOSITORY)).then((text) => text.trim(), () => undefined);
  const head = await read("HEAD");
  const branch = head?.match(/^ref: (.+)$/)?.[1];
  if (!branch) return head;
  const packed = async () =>
    (await read("packed-refs"))?.split("\n").find((line) => line.endsWith(` ${branch}`));
  return await read(branch) ?? (await packed())?.split(" ")[0];
}
