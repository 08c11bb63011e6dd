/**
 * The command behind `deno task verdicts`: what the records say, from the records alone.
 *
 * @module
 */
import { pathToFileURL } from "node:url";
import { fromWorkingDirectory, main, taskCommand } from "../experiments/cli.ts";
import { UsageError } from "../experiments/usage_error.ts";
import { judgeClaim } from "./evidence/claim.ts";
import { headline } from "./evidence/headline.ts";
import { claims } from "./evidence/mod.ts";
import {
  claimTable as evidenceTable,
  claimText,
  placeTable,
  withAndWithoutTable,
} from "./evidence/table.ts";
import * as say from "./findings.ts";
import { count } from "../experiments/format.ts";
import { pathOf, readFolder, type RecordFolder, REFERENCE } from "../experiments/records.ts";
import type { TrialRecord } from "../experiments/record.ts";
import {
  comparePlacementPairs,
  modelsAtOwnRate,
  modelsIn,
  type PlacementPair,
} from "./side_by_side.ts";
import { eachTrialOnce, summarizeExperiments } from "./summary.ts";

interface VerdictFlags {
  records?: string;
  long?: boolean;
}

const command = taskCommand(
  "verdicts",
  "Prints what the records say as Markdown: every claim with its verdict, the accuracies, " +
    "the differences between placements, the learning rates.",
)
  .option(
    "--records <folder>",
    "a folder with one folder of records for each preset, such as results (default: the " +
      "reference run's), or with records of findings/design.md, such as results/reference-new",
    fromWorkingDirectory,
  )
  .option("--long", "every comparison in a sentence of its own, every batch size, and times")
  .action(async ({ records, long }: VerdictFlags) => {
    const root = records ? pathToFileURL(records + "/") : REFERENCE;
    const evidence = await readFolder(root);
    if (evidence.records.length > 0) return printEvidence(evidence, long);
    const folders = await Promise.all(
      ["claims", "full", "rates", "tuned", "long"].map((preset) =>
        readFolder(new URL(`${preset}/`, root))
      ),
    );
    const [sweeps, full, rates, tuned, longer] = folders.map(recordsOf);
    if ([sweeps, full, rates].every((records) => records.length === 0)) {
      throw new UsageError(
        `${pathOf(root)} has no folder claims, full or rates with records: run deno task train ` +
          `--preset claims first, or name another folder with --records.`,
      );
    }
    const findings = say.judgeClaims(sweeps);
    const summary = summarizeExperiments(full);
    section("Claims", long ? findings.map(say.findingText).join("\n\n") : say.claimTable(findings));
    if (long) section("Batch sizes", say.batchSizeTable(sweeps));
    section("Test accuracy (%)", say.accuracyTable(summary));
    const models = modelsIn(summary);
    const [shared, own] = [models, modelsAtOwnRate(full, tuned)].map(comparePlacementPairs);
    const compared = (pairs: PlacementPair[]) =>
      say.pairTable(pairs) + (long ? `\n\n${say.pairSentences(pairs)}` : "");
    section("Differences of test accuracy (points) at the shared rate", compared(shared));
    section("Differences of test accuracy (points) at own rates", compared(own));
    if (long) section("Time", say.timeTable(models));
    section("Test accuracy (%) after 30 epochs", say.accuracyTable(summarizeExperiments(longer)));
    section("Validation accuracy (%) by learning rate", say.rateTable(rates));
    section("Test accuracy (%) at the shared and at the own rate", say.tunedTable(full, tuned));
    Deno.exitCode = exitStatusOf(folders.flatMap(({ damaged }) => damaged).length);
  });

/** What trials of findings/design.md say. */
function printEvidence(folder: RecordFolder, long = false): void {
  const records = recordsOf(folder);
  const judged = claims().map((claim) => judgeClaim(claim, records));
  const { table, sentences } = headline(records);
  section("Speed and quality", [table, ...sentences].join("\n\n"));
  section("Before against after", placeTable(judged));
  section("With against without", withAndWithoutTable(judged));
  section("Every claim", evidenceTable(judged));
  if (long) section("Every claim in words", judged.map(claimText).join("\n\n"));
  Deno.exitCode = exitStatusOf(folder.damaged.length);
}

/** The records of a folder, with a word about those that are passed over. */
function recordsOf({ records, damaged }: RecordFolder): TrialRecord[] {
  const once = eachTrialOnce(records);
  for (const { message } of damaged) console.error(`Passed over: ${message}`);
  for (const warning of once.warnings) console.error(warning);
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
