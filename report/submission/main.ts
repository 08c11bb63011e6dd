/**
 * The command behind `deno task submission`: makes the one file that is handed in.
 *
 * @module
 */
import { pathToFileURL } from "node:url";
import { fromWorkingDirectory, main, taskCommand } from "../../experiments/cli.ts";
import { UsageError } from "../../experiments/usage_error.ts";
import { pathOf } from "../../experiments/records.ts";
import { findBrowser } from "../print.ts";
import type { TitleBlock } from "../page/title.tsx";
import { titleOptions } from "../title_flags.ts";
import { chooseRecords, packSubmission, submissionName } from "./submission.ts";

const PROJECT = new URL("../../", import.meta.url);
const OUT = new URL("../out/", import.meta.url);

interface Flags extends TitleBlock {
  records?: string;
  out?: string;
  pdf: boolean;
  browser?: string;
}

const command = titleOptions(
  taskCommand(
    "submission",
    "Makes one zip to hand in: the notebooks with their outputs, the report as HTML and PDF, the " +
      "source, and the records that the report shows. Refuses if a cell was not run or failed, if " +
      "a record is damaged, if one of the four models has fewer than three trials, or if the " +
      "report in report/out shows other records.",
  ),
)
  .option(
    "--records <folder>",
    "the records to show (default: your own complete run, else the reference run)",
    fromWorkingDirectory,
  )
  .option(
    "--out <file>",
    "the package (default: report/out/submission-<id>.zip)",
    fromWorkingDirectory,
  )
  .option("--no-pdf", "leave the PDF out")
  .option(
    "--browser <path>",
    "the Chromium, Chrome or Edge that prints the PDF (default: found)",
    fromWorkingDirectory,
  )
  .action(async (flags: Flags) => {
    const { author, id } = flags;
    if (!author || !id) {
      throw new UsageError("A package needs a name: add --author <name> --id <id>.");
    }
    const out = flags.out
      ? pathToFileURL(flags.out)
      : new URL(`${encodeURIComponent(submissionName(id))}.zip`, OUT);
    await assertMayWrite(out);
    const browser = flags.pdf ? await browserFor(flags.browser) : undefined;
    const records = flags.records
      ? { folder: pathToFileURL(flags.records + "/"), reason: "as you named them" }
      : await chooseRecords();
    console.error(`Records: ${pathOf(records.folder)} (${records.reason}).`);

    const { paths, bytes } = await packSubmission({
      title: { ...flags, author, id },
      records: records.folder,
      out,
      project: PROJECT,
      report: new URL("index.html", OUT),
      browser,
      progress: (line) => console.error(line),
    });
    console.error(`Packed ${paths.length} files, ${(bytes / 1e6).toFixed(1)} MB.`);
    console.log(pathOf(out));
  });

async function browserFor(named?: string): Promise<string> {
  try {
    return await findBrowser(named);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw new UsageError(`${error.message} --no-pdf leaves the PDF out.`, { cause: error });
  }
}

/** In a terminal Deno asks whether a folder may be written to that the task does not name. */
async function assertMayWrite(out: URL): Promise<void> {
  const path = new URL(".", out);
  const { state } = await Deno.permissions.request({ name: "write", path });
  if (state === "granted") return;
  throw new UsageError(
    `Cannot write ${pathOf(out)}: this command may write to report/out alone. Allow it when Deno ` +
      `asks in a terminal, or leave --out away and move the file.`,
  );
}

await main(command);
