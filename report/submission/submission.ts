/**
 * Makes the one file that is handed in: the notebooks with their outputs, the report as HTML and PDF,
 * the source, and the records that the report shows.
 *
 * @module
 */
import { basename } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { UsageError } from "../../experiments/usage_error.ts";
import { type Preset, PRESETS } from "../../experiments/presets.ts";
import { readFolder, RESULTS, writeWhole } from "../../experiments/records.ts";
import { missingTrials } from "../../experiments/missing.ts";
import { buildReport } from "../build.ts";
import { readEvidence } from "../evidence.ts";
import type { TitleBlock } from "../page/title.tsx";
import { printPage } from "../print.ts";
import { projectFiles, urlOf } from "./project_files.ts";
import {
  assertEnoughTrials,
  assertNotebooks,
  assertSameRecords,
  assertUndamaged,
} from "./checks.ts";
import { withoutTraces, zipped } from "./zip.ts";

/** Options of {@linkcode packSubmission}. */
export interface SubmissionOptions {
  title: TitleBlock & { id: string };
  /** The folder of records; its URL ends in `/`. */
  records: URL;
  /** Where the package goes. */
  out: URL;
  /** The project's folder; its URL ends in `/`. */
  project: URL;
  /** The report that there is already: it must not show other records. */
  report: URL;
  /** The browser that prints the report; without one there is no PDF in the package. */
  browser?: string;
  /** Told what has been done, line by line. */
  progress?: (line: string) => void;
}

/** The name of a package without its ending, and of the one folder in it. */
export function submissionName(id: string): string {
  const safe = id.normalize("NFC").replace(/[^\p{L}\p{N}._-]+/gu, "-").replace(
    /^[.-]+|[.-]+$/g,
    "",
  );
  if (safe !== "") return `submission-${safe.slice(0, 64)}`;
  throw new UsageError(`Cannot name a file after the id "${id}": it has no letter and no digit.`);
}

/** The user's own complete run of the assignment, else the reference run. */
export async function chooseRecords(results = RESULTS): Promise<{ folder: URL; reason: string }> {
  const preset: Preset = PRESETS.assignment;
  const folder = new URL(`${preset.name}/`, results);
  const { records } = await readFolder(folder);
  return missingTrials(preset, records).length === 0
    ? { folder, reason: `your own run of preset ${preset.name}, which is complete` }
    : {
      folder: new URL("reference/", results),
      reason:
        `the reference run, since there is no complete run of your own of preset ${preset.name}`,
    };
}

/**
 * Checks everything, builds and prints the report anew, and packs. The same input gives the same
 * bytes.
 *
 * @returns The paths in the package, in order, and its size.
 * @throws {UsageError} If something must not be handed in as it is; names the file, the rule and the
 * way out. No package is written then.
 */
export async function packSubmission(
  { title, project, records: folder, out, report, browser, progress = () => {} }: SubmissionOptions,
): Promise<{ paths: string[]; bytes: number }> {
  const name = submissionName(title.id);
  const notebooks = await assertNotebooks(new URL("notebooks/", project));
  progress(`Checked ${notebooks} notebooks.`);

  const { records, damaged, files: shown } = await readEvidence(folder);
  assertUndamaged(damaged);
  assertEnoughTrials(records, folder);
  await assertSameRecords(report, shown, folder);

  const parent = new URL(".", out);
  await Deno.mkdir(parent, { recursive: true });
  const dir = fileURLToPath(parent);
  const work = pathToFileURL(await Deno.makeTempDir({ dir, prefix: "submission-" }) + "/");
  try {
    const place = placeOf(folder, project);
    const page = new URL("report.html", work);
    const command = `deno task report --records ${place.slice(0, -1)}`;
    await buildReport({ folder, out: page, command, title });
    progress(`Made the report of ${shown.length} records.`);
    const pdf = browser ? await makePdf(page, browser) : undefined;
    if (pdf) progress("Printed it.");

    const content = new Map([
      ...await sourceOf(project, [out, work]),
      ...await recordsOf(folder, shown.map(({ file }) => file), place),
      ["report.html", page] as const,
      ...(pdf ? [["report.pdf", pdf] as const] : []),
    ]);
    const zip = await zipped(name, content);
    await writeWhole(out, zip);
    return { paths: [...content.keys()], bytes: zip.length };
  } finally {
    await Deno.remove(work, { recursive: true }).catch(() => {});
  }
}

/** Where the records stand in the package: where they stand in the project, or in `results/`. */
function placeOf(folder: URL, project: URL): string {
  const path = `${pathIn(project, folder)}/`;
  return path.startsWith("results/") ? path : `results/${basename(fileURLToPath(folder))}/`;
}

async function makePdf(page: URL, browser: string): Promise<URL> {
  const pdf = new URL("report.pdf", page);
  await printPage({ page, pdf, browser });
  await Deno.writeFile(pdf, withoutTraces(await Deno.readFile(pdf)));
  return pdf;
}

/** A path in the package, and the file that stands for it. */
type Entry = [path: string, file: URL];

/**
 * The project as a clone has it, with the reference run, on which notebooks and report rest, and
 * without other results and without what is just being made.
 */
async function sourceOf(project: URL, making: readonly URL[]): Promise<Entry[]> {
  const except = making.map((file) => pathIn(project, file));
  return (await projectFiles(project, except))
    .filter((path) => !path.startsWith("results/") || path.startsWith("results/reference/"))
    .map((path) => [path, urlOf(project, path)]);
}

/** The records that are shown, and what the folder says of itself. */
async function recordsOf(folder: URL, shown: readonly string[], place: string): Promise<Entry[]> {
  const readme = await Deno.stat(new URL("README.md", folder)).then(() => ["README.md"], () => []);
  return [...readme, ...shown].map((path) => [place + path, urlOf(folder, path)]);
}

/** A file's or folder's path from the project's folder, empty if it lies elsewhere. */
function pathIn(project: URL, file: URL): string {
  return file.href.startsWith(project.href)
    ? decodeURIComponent(file.href.slice(project.href.length).replace(/\/$/, ""))
    : "";
}
