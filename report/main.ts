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
} from "../experiments/cli.ts";
import { pathOf } from "../experiments/records.ts";
import { buildReport } from "./build.ts";

const OUT = new URL("./out/index.html", import.meta.url);

interface ReportFlags extends TrainingFlags {
  records?: string;
}

const command = trainingCommand(
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
      return await show(buildReport({ folder, out: OUT }));
    }
    const { preset, outcome } = await train(flags);
    Deno.exitCode = exitStatus(outcome);
    if (outcome.dropped.length > 0) return;
    await show(buildReport({ folder: outcome.folder, preset, out: OUT }));
  });

async function show(report: ReturnType<typeof buildReport>): Promise<void> {
  const { page, damaged } = await report;
  for (const { message } of damaged) console.error(`Passed over: ${message}`);
  console.log(pathOf(page));
}

await main(command);
