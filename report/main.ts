/**
 * The command behind `deno task report`: runs what is missing of a preset, then builds the page.
 *
 * @module
 */
import { pathToFileURL } from "node:url";
import {
  exitStatus,
  fromWorkingDirectory,
  main,
  train,
  trainingCommand,
  type TrainingFlags,
  UsageError,
} from "../experiments/cli.ts";
import { pathOf } from "../experiments/records.ts";
import { buildReport } from "./build.ts";

const OUT = new URL("./out/index.html", import.meta.url);

interface ReportFlags extends TrainingFlags {
  records?: string;
}

/** What the user typed, for the page: how to make it again. */
const command = `deno task report ${Deno.args.filter((arg) => arg !== "--fresh").join(" ")}`.trim();

const program = trainingCommand(
  "report",
  "Trains what is missing of a preset, then writes the report to report/out/index.html, one page " +
    "that needs no network.",
)
  .option(
    "--records <folder>",
    "train nothing, show the records of this folder",
    fromWorkingDirectory,
  )
  .action(async (flags: ReportFlags) => {
    if (flags.records) {
      const folder = pathToFileURL(flags.records + "/");
      await assertFolder(folder);
      return await show(buildReport({ folder, out: OUT, command }));
    }
    const { preset, outcome } = await train(flags);
    Deno.exitCode = exitStatus(outcome);
    if (outcome.dropped.length > 0) return;
    await show(buildReport({ folder: outcome.folder, preset, out: OUT, command }));
  });

async function show(report: ReturnType<typeof buildReport>): Promise<void> {
  const { page, damaged } = await report;
  for (const { message } of damaged) console.error(`Passed over: ${message}`);
  console.log(pathOf(page));
}

/** An empty page in place of a good one would be a poor answer to a slip of the pen. */
async function assertFolder(folder: URL): Promise<void> {
  const isFolder = await Deno.stat(folder).then((info) => info.isDirectory, () => false);
  if (!isFolder) {
    throw new UsageError(`Cannot read records from ${pathOf(folder)}: no such folder.`);
  }
}

await main(program);
