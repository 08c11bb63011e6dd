/**
 * The command behind `deno task verdicts`: what the records say, from the records alone.
 *
 * @module
 */
import { pathToFileURL } from "node:url";
import { fromWorkingDirectory, main, taskCommand } from "../experiments/cli.ts";
import { UsageError } from "../experiments/usage_error.ts";
import { judgeClaims } from "./claims/claim.ts";
import { headline } from "./claims/headline.ts";
import { CLAIMS } from "./claims/mod.ts";
import {
  claimTable,
  claimText,
  LEFT_OUT,
  placeTable,
  withAndWithoutTable,
} from "./claims/table.ts";
import { count } from "../experiments/format.ts";
import { pathOf, readFolder, type RecordFolder, REFERENCE } from "../experiments/records.ts";
import type { TrialRecord } from "../experiments/record.ts";
import { eachTrialOnce } from "./summary.ts";
import { warningsOf } from "./warnings.ts";

interface VerdictFlags {
  records?: string;
  long?: boolean;
}

const command = taskCommand(
  "verdicts",
  "Prints what the records say as Markdown: speed and quality, and every claim with its verdict.",
)
  .option(
    "--records <folder>",
    "a folder of records, such as results/claims (default: the reference run's)",
    fromWorkingDirectory,
  )
  .option("--long", "every comparison in a sentence of its own, with its test")
  .action(async ({ records, long }: VerdictFlags) => {
    const root = records ? pathToFileURL(records + "/") : REFERENCE;
    const folder = await readFolder(root);
    if (folder.records.length === 0) {
      for (const { message } of folder.damaged) console.error(`Passed over: ${message}`);
      throw new UsageError(
        `${
          pathOf(root)
        } holds no records: run deno task reference or deno task train --preset claims ` +
          `first, or name another folder with --records.`,
      );
    }
    print(recordsOf(folder), long);
    Deno.exitCode = exitStatusOf(folder.damaged.length);
  });

function print(records: readonly TrialRecord[], long = false): void {
  const judged = judgeClaims(CLAIMS, records);
  const { table, sentences, notes } = headline(records);
  section("Speed and quality", [table, ...sentences, ...notes].join("\n\n"));
  section("Before against after", placeTable(judged));
  section("With against without", withAndWithoutTable(judged));
  section("Every claim", `${claimTable(judged)}\n\n${LEFT_OUT}`);
  if (long) section("Every claim in words", judged.map(claimText).join("\n\n"));
}

/** The records of a folder, with a word about those that are passed over. */
function recordsOf({ records, damaged }: RecordFolder): TrialRecord[] {
  const once = eachTrialOnce(records);
  for (const { message } of damaged) console.error(`Passed over: ${message}`);
  for (const warning of [...once.warnings, ...warningsOf(once.records)]) console.error(warning);
  return once.records;
}

/** What is printed without some of the records must not pass for the whole. */
function exitStatusOf(damaged: number): 0 | 1 {
  if (damaged === 0) return 0;
  console.error(
    `Damaged and passed over: ${
      count(damaged, "file")
    }, named at the top; all of the above is said ` +
      `without. Remove what is damaged and run the command that made it again.`,
  );
  return 1;
}

function section(title: string, text: string): void {
  console.log(`## ${title}\n\n${text}\n`);
}

await main(command);
