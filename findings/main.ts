/**
 * The command behind `deno task verdicts`: what the records say, from the records alone.
 *
 * @module
 */
import { Command } from "commander";
import { pathToFileURL } from "node:url";
import { batchSize } from "./claims/batch_size.ts";
import { fromWorkingDirectory, main } from "../experiments/cli.ts";
import { UsageError } from "../experiments/usage_error.ts";
import { DEFAULTS } from "../experiments/experiment.ts";
import {
  accuracyTable,
  batchSizeTable,
  batchSizeText,
  claimTable,
  findingText,
  judgeClaims,
  noiseText,
  pairTable,
  placementAnswer,
  rateAnswer,
  rateTable,
  targetAnswer,
  targetTable,
  timeAnswer,
  tunedAnswer,
  tunedTable,
} from "./findings.ts";
import type { TrialRecord } from "../experiments/record.ts";
import { pathOf, readFolder, type RecordFolder, REFERENCE } from "../experiments/records.ts";
import { comparePlacementPairs, modelsAtOwnRate, modelsAtSharedRate } from "./side_by_side.ts";
import { eachTrialOnce, summarizeExperiments } from "./summary.ts";
import { judgeTargets } from "./targets.ts";

interface VerdictFlags {
  records?: string;
  long?: boolean;
}

const command = new Command("deno task verdicts")
  .description(
    "Prints what the records say as Markdown: every claim with its verdict, the accuracies and which " +
      "targets they reach or miss, the differences between placements, the learning rates.",
  )
  .option(
    "--records <folder>",
    "a folder with one folder of records for each preset, such as results (default: the " +
      "reference run's)",
    fromWorkingDirectory,
  )
  .option("--long", "every comparison in a sentence of its own, every batch size, and times")
  .helpOption("-h, --help", "show this help")
  .showHelpAfterError("Add --help to see the options.")
  .allowExcessArguments(false)
  .action(async ({ records, long }: VerdictFlags) => {
    const root = records ? pathToFileURL(records + "/") : REFERENCE;
    const folders = await Promise.all(
      ["claims", "full", "rates", "tuned", "long"].map((preset) =>
        readFolder(new URL(`${preset}/`, root))
      ),
    );
    const [claims, full, rates, tuned, longer] = folders.map(recordsOf);
    if ([claims, full, rates].every((records) => records.length === 0)) {
      throw new UsageError(
        `${pathOf(root)} has no folder claims, full or rates with records: run deno task train ` +
          `--preset claims first, or name another folder with --records.`,
      );
    }
    const findings = judgeClaims(claims);
    const summary = summarizeExperiments(full);
    section("Claims", long ? findings.map(findingText).join("\n\n") : claimTable(findings));
    if (long) section("Batch sizes", batchSizes(claims));
    section("Test accuracy (%)", accuracyTable(summary));
    const targets = judgeTargets([...full, ...tuned, ...longer]);
    section("Targets (%)", targetTable(targets) + "\n\n" + targetAnswer(targets));
    const models = modelsAtSharedRate(full);
    const [shared, own] = [models, modelsAtOwnRate(full, tuned)].map(comparePlacementPairs);
    const said = (text: string) => long ? `\n\n${text}` : "";
    section(
      "Differences of test accuracy (points) at the shared rate",
      pairTable(shared) + said(placementAnswer(shared)),
    );
    section(
      "Differences of test accuracy (points) at own rates",
      pairTable(own) + said(placementAnswer(own)) + said(tunedAnswer(shared, own)),
    );
    if (long) section("Time", timeAnswer(models));
    section("Test accuracy (%) after 30 epochs", accuracyTable(summarizeExperiments(longer)));
    section("Validation accuracy (%) by learning rate", rateTable(rates) + said(rateAnswer(rates)));
    section("Test accuracy (%) at the shared and at the own rate", tunedTable(full, tuned));
    Deno.exitCode = exitStatusOf(folders.flatMap(({ damaged }) => damaged).length);
  });

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
    `Damaged and passed over: ${damaged} ${
      damaged === 1 ? "file" : "files"
    }, named at the top. All ` +
      `of the above is said without ${
        damaged === 1 ? "it" : "them"
      }. Remove what is damaged and run ` +
      `the command that made it again.`,
  );
  return 1;
}

/** Every size of the sweep, of which the claim compares but some. */
function batchSizes(claims: readonly TrialRecord[]): string {
  const names = new Set(batchSize.experiments.map(({ name }) => name));
  const swept = claims.filter(({ experiment }) => names.has(experiment.name));
  return [batchSizeTable(swept), batchSizeText(swept, DEFAULTS), noiseText(swept)].join("\n\n");
}

function section(title: string, text: string): void {
  console.log(`## ${title}\n\n${text}\n`);
}

await main(command);
