/**
 * The command behind `deno task reference`: makes the records of findings/design.md, row by row, says
 * how long that takes, or runs one of its trials again to see whether it is reproduced.
 *
 * @module
 */
import { Option } from "commander";
import { type FashionMnist, loadFashionMnist } from "../data/fashion_mnist.ts";
import { check, trialName } from "./check.ts";
import {
  exitStatus,
  interruptible,
  list,
  main,
  positive,
  sharing,
  sliceName,
  taskCommand,
} from "./cli.ts";
import { markdownTable } from "./markdown.ts";
import { missingText } from "./missing.ts";
import type { Preset } from "./presets.ts";
import { pathOf, readReference, REFERENCE } from "./records.ts";
import type { Trial } from "./reporter.ts";
import { runPreset, trialsToRun } from "./run.ts";
import { keyOf, type Slice, sliceOf } from "./slice.ts";
import { createReporter } from "./terminal_progress.ts";
import { UsageError } from "./usage_error.ts";
import { chosenRate } from "./sweeps/choice.ts";
import { CHOICES, CHOOSING_ROWS, REPORTING_ROWS } from "./sweeps/mod.ts";
import type { Row } from "./sweeps/row.ts";

interface Flags {
  choosing?: boolean;
  rates?: boolean;
  only?: string[];
  missing?: boolean;
  slice?: Slice;
  check?: string | true;
  jobs: number;
}

const command = sharing(taskCommand(
  "reference",
  "Makes what is missing of the reference run in results/reference/: the records of findings/design.md, " +
    "which README, notebooks and report show. Ctrl-C stops; the same command goes on.",
))
  .option(
    "--choosing",
    "the trials that choose learning rates, in place of those that are reported",
  )
  .option("--rates", "run nothing, list the learning rates that were chosen")
  .addOption(
    new Option(
      "--check [trial]",
      "run one trial again, at random or by name such as mlp-pre-11, and compare it with its record",
    ).conflicts(["missing", "slice"]),
  )
  .option("--only <list>", "only these rows, for example A3,A4", list(String))
  .option("--jobs <n>", "trials side by side", positive, navigator.hardwareConcurrency)
  .action(async (flags: Flags) => {
    if (flags.rates) return console.log(await ratesTable());
    if (flags.check) {
      const trials = (await readReference()).map((record) => ({ name: trialName(record), record }));
      return await check(trials, flags.check, REFERENCE);
    }
    const rows = rowsOf(flags);
    const mine = mineOf(rows, flags.slice);
    if (flags.missing) return await sayMissing(rows, mine, flags);
    const data = await loadFashionMnist();
    for (const row of rows) {
      console.error(`${row.id}: ${row.description}`);
      if (!await make(row, mine, data, flags.jobs)) return;
    }
  });

function rowsOf({ choosing, only }: Flags): Row[] {
  const rows = choosing ? CHOOSING_ROWS : REPORTING_ROWS;
  const ids = rows.map(({ id }) => id);
  const unknown = only?.find((id) => !ids.includes(id));
  if (unknown !== undefined) {
    throw new UsageError(`There is no row "${unknown}", only ${ids.join(", ")}.`);
  }
  return rows.filter(({ id }) => only?.includes(id) ?? true);
}

/** The trials of some rows that are this machine's, by record; rows may share trials. */
function mineOf(rows: readonly Row[], slice?: Slice): Set<string> {
  const trials = rows.flatMap(({ groups }) =>
    groups.flatMap(({ experiments, seeds }) =>
      experiments.flatMap((experiment) => seeds.map((seed): Trial => ({ experiment, seed })))
    )
  );
  const each = [...new Map(trials.map((trial) => [keyOf(trial), trial])).values()];
  return new Set((slice ? sliceOf(each, slice) : each).map(keyOf));
}

/** Each group of a row as a preset, and the options of its run. */
function runsOf({ id, description, groups }: Row, mine: Set<string>) {
  return groups.map(({ experiments, seeds }) => {
    const preset: Preset = { name: id, description, experiments, trials: seeds.length };
    const include = (trial: Trial) => mine.has(keyOf(trial));
    return { preset, options: { seeds, folder: REFERENCE, include } };
  });
}

/** Whether it came to its end. */
async function make(
  row: Row,
  mine: Set<string>,
  data: FashionMnist,
  jobs: number,
): Promise<boolean> {
  return await interruptible(async (signal) => {
    for (const { preset, options } of runsOf(row, mine)) {
      const reporter = createReporter();
      const outcome = await runPreset(preset, { ...options, data, jobs, reporter, signal });
      Deno.exitCode = exitStatus(outcome) || Deno.exitCode;
      if (signal.aborted) return false;
    }
    return true;
  });
}

async function sayMissing(
  rows: readonly Row[],
  mine: Set<string>,
  { slice, jobs }: Flags,
): Promise<void> {
  const { checksum } = await loadFashionMnist();
  const missing = new Map<string, Trial>();
  for (const { preset, options } of rows.flatMap((row) => runsOf(row, mine))) {
    const found = await trialsToRun(preset, { ...options, checksum });
    for (const { message } of found.refused) console.error(message);
    for (const trial of found.missing) missing.set(keyOf(trial), trial);
  }
  console.log(missingText({
    missing: [...missing.values()],
    asked: mine.size,
    of: `rows ${rows.map(({ id }) => id).join(", ")}${sliceName(slice)}`,
    records: await readReference(),
    jobs,
  }));
  Deno.exitCode = missing.size > 0 ? 1 : 0;
}

async function ratesTable(): Promise<string> {
  const records = await readReference();
  const rows = Object.values(CHOICES).flat().map((choice) => [
    choice.design,
    String(chosenRate(choice, records) ?? "–"),
  ]);
  return markdownTable([`design, by ${pathOf(REFERENCE)}`, "rate"], rows);
}

await main(command);
