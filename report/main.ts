/**
 * The command behind `deno task report`: runs what is missing of a preset, then builds the page, or
 * prints the result table for other programs.
 *
 * @module
 */
import { Option } from "commander";
import { pathToFileURL } from "node:url";
import {
  exitStatus,
  fromWorkingDirectory,
  main,
  sayMissing,
  train,
  trainingCommand,
  type TrainingFlags,
} from "../experiments/cli.ts";
import { escapeShell } from "../experiments/escape.ts";
import { UsageError } from "../experiments/usage_error.ts";
import { type Preset, PRESETS } from "../experiments/presets.ts";
import { pathOf } from "../experiments/records.ts";
import { resultTable } from "../experiments/result_table.ts";
import { folderOf } from "../experiments/run.ts";
import { eachTrialOnce, summarizeExperiments } from "../findings/summary.ts";
import { buildReport } from "./build.ts";
import { readEvidence } from "./evidence.ts";
import { type Format, formatResults, FORMATS } from "./formats.ts";
import { findBrowser, printPage } from "./print.ts";
import type { TitleBlock } from "./page/title.tsx";
import { titleOptions } from "./title_flags.ts";

const OUT = new URL("./out/index.html", import.meta.url);
const PDF = new URL("./out/report.pdf", import.meta.url);

interface ReportFlags extends TrainingFlags, TitleBlock {
  records?: string;
  /** False for --no-train. */
  train: boolean;
  pdf?: boolean;
  browser?: string;
  format?: Format;
}

/** What the user typed, for the page: how to make it again, as a shell understands it. */
const command = [
  "deno task report",
  ...Deno.args.filter((arg) => arg !== "--fresh").map(escapeShell),
].join(" ");

const program = titleOptions(trainingCommand(
  "report",
  "Trains what is missing of a preset, then writes the report to report/out/index.html, one page " +
    "that needs no network.",
))
  .option(
    "--records <folder>",
    "train nothing, show the records of this folder, such as results/reference",
    fromWorkingDirectory,
  )
  .addOption(
    new Option(
      "--no-train",
      "train nothing, build from what is there; status 1 if anything is missing",
    )
      .conflicts("fresh"),
  )
  .option("--pdf", "print the page to report/out/report.pdf too, with an installed Chromium")
  .addOption(
    new Option("--browser <path>", "the Chromium, Chrome or Edge that prints (default: found)")
      .argParser(fromWorkingDirectory).implies({ pdf: true }),
  )
  .addOption(
    new Option("--format <name>", "write no page, print the result table to the standard output")
      .choices(FORMATS).conflicts(["pdf", "browser"]),
  )
  .action(async (flags: ReportFlags) => {
    // Before minutes of training, not after.
    if (flags.pdf) flags.browser = await findBrowser(flags.browser);
    if (flags.records) {
      const folder = pathToFileURL(flags.records + "/");
      await assertFolder(folder);
      return await show({ folder }, flags);
    }
    if (!flags.train) {
      await sayMissing(flags, console.error); // the standard output may be a table
      const preset = PRESETS[flags.preset];
      return await show({ folder: folderOf(preset), preset }, flags);
    }
    const { preset, outcome } = await train(flags);
    Deno.exitCode = exitStatus(outcome);
    if (outcome.dropped.length > 0) return;
    await show({ folder: outcome.folder, preset }, flags);
  });

async function show(
  { folder, preset }: { folder: URL; preset?: Preset },
  flags: ReportFlags,
): Promise<void> {
  const { format, pdf, browser } = flags;
  if (format) return await showTable(folder, format);
  const { page, records, damaged } = await buildReport({
    ...{ folder, preset, out: OUT, command },
    title: flags,
  });
  for (const { message } of damaged) console.error(`Passed over: ${message}`);
  for (const warning of summarizeExperiments(records).warnings) console.error(warning);
  if (records.length > 0) console.error(resultTable(eachTrialOnce(records).records));
  console.log(page.href); // a link, where terminals know them
  if (!pdf) {
    const isThere = await Deno.stat(PDF).then(() => true, () => false);
    if (isThere) console.error(`${pathOf(PDF)} is of an earlier page; --pdf prints this one.`);
    return;
  }
  await printPage({ page, pdf: PDF, browser: browser! });
  console.log(PDF.href);
}

/** The table alone goes to the standard output; what a reader must know goes beside it. */
async function showTable(folder: URL, format: Format): Promise<void> {
  const { records, damaged } = await readEvidence(folder);
  const summary = summarizeExperiments(records);
  for (const { message } of damaged) console.error(`Passed over: ${message}`);
  for (const warning of summary.warnings) console.error(warning);
  if (records.length === 0) console.error(`There are no records in ${pathOf(folder)}.`);
  const table = new Blob([formatResults(summary, format)]);
  await table.stream().pipeTo(Deno.stdout.writable, { preventClose: true });
}

/** An empty page in place of a good one would be a poor answer to a slip of the pen. */
async function assertFolder(folder: URL): Promise<void> {
  const isFolder = await Deno.stat(folder).then((info) => info.isDirectory, () => false);
  if (!isFolder) {
    throw new UsageError(`Cannot read records from ${pathOf(folder)}: no such folder.`);
  }
}

await main(program);
