/**
 * Builds the report: reads a folder of records and writes one HTML file that needs nothing else.
 *
 * @module
 */
import type { Preset } from "../experiments/presets.ts";
import { readFolder, type RecordError, writeWhole } from "../experiments/records.ts";
import { renderPage } from "./page.tsx";

/** Options of {@linkcode buildReport}. */
export interface ReportOptions {
  /** The folder of records; its URL ends in `/`. */
  folder: URL;
  /** Where the page goes; folders above it are made. */
  out: URL;
  /** The preset that the records should complete; trials that it lacks are named on the page. */
  preset?: Preset;
  /**
   * The command that makes this page.
   * @default "deno task report"
   */
  command?: string;
}

/** What {@linkcode buildReport} made. */
export interface Report {
  /** The page's file. */
  page: URL;
  /** Files in the folder that should be records and cannot be read; the page lists them too. */
  damaged: RecordError[];
}

/**
 * Builds the report of a folder of records, however many there are. Damaged files are passed over
 * and named on the page.
 *
 * @throws {RecordError} If the page cannot be written.
 */
export async function buildReport(
  { folder, out, preset, command }: ReportOptions,
): Promise<Report> {
  const { records, damaged } = await readFolder(folder);
  const page = renderPage({
    command,
    records,
    folder,
    preset,
    damaged: damaged.map((error) => error.message),
  });
  await writeWhole(out, page);
  return { page: out, damaged };
}
