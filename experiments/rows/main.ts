/**
 * The command behind `deno task reference:new`: makes the records of findings/design.md, row by row,
 * in results/reference-new/, until they take the place of the reference run.
 *
 * @module
 */
import { type FashionMnist, loadFashionMnist } from "../../data/fashion_mnist.ts";
import { exitStatus, interruptible, list, main, positive, taskCommand } from "../cli.ts";
import { markdownTable } from "../markdown.ts";
import type { Preset } from "../presets.ts";
import { pathOf, readFolder, RESULTS } from "../records.ts";
import { runPreset } from "../run.ts";
import { createReporter } from "../terminal_progress.ts";
import { UsageError } from "../usage_error.ts";
import { chosenRate } from "./choice.ts";
import { CHOICES, CHOOSING_ROWS, REPORTING, reportingRows } from "./mod.ts";
import type { Row } from "./row.ts";

const FOLDER = new URL("reference-new/", RESULTS);

interface Flags {
  choosing?: boolean;
  rates?: boolean;
  only?: string[];
  jobs: number;
}

const command = taskCommand(
  "reference:new",
  "Makes what is missing of the records of findings/design.md. Ctrl-C stops; the same command goes on.",
)
  .option(
    "--choosing",
    "the trials that choose learning rates, in place of those that are reported",
  )
  .option("--rates", "run nothing, list the learning rates that were chosen")
  .option("--only <list>", "only these rows, for example A3,A4", list(String))
  .option("--jobs <n>", "trials side by side", positive, navigator.hardwareConcurrency)
  .action(async ({ choosing, rates, only, jobs }: Flags) => {
    if (rates) return console.log(await ratesTable());
    const ids = choosing ? CHOOSING_ROWS.map(({ id }) => id) : REPORTING;
    const unknown = only?.find((id) => !ids.includes(id));
    if (unknown !== undefined) {
      throw new UsageError(`There is no row "${unknown}", only ${ids.join(", ")}.`);
    }
    const mine = ids.filter((id) => only?.includes(id) ?? true);
    const data = await loadFashionMnist();
    const rows = choosing
      ? CHOOSING_ROWS.filter(({ id }) => mine.includes(id))
      : reportingRows(mine);
    for (const row of rows) {
      console.error(`${row.id}: ${row.description}`);
      if (!await make(row, data, jobs)) return;
    }
  });

/** Whether it came to its end. */
async function make(
  { id, description, groups }: Row,
  data: FashionMnist,
  jobs: number,
): Promise<boolean> {
  return await interruptible(async (signal) => {
    for (const { experiments, seeds } of groups) {
      const preset: Preset = { name: id, description, experiments, trials: seeds.length };
      const reporter = createReporter();
      const options = { data, seeds, folder: FOLDER, jobs, reporter, signal };
      const outcome = await runPreset(preset, options);
      Deno.exitCode = exitStatus(outcome) || Deno.exitCode;
      if (signal.aborted) return false;
    }
    return true;
  });
}

async function ratesTable(): Promise<string> {
  const { records, damaged } = await readFolder(FOLDER);
  if (damaged.length > 0) throw damaged[0];
  const rows = Object.values(CHOICES).flat().map((choice) => [
    choice.design,
    String(chosenRate(choice, records) ?? "–"),
  ]);
  return markdownTable([`design, by ${pathOf(FOLDER)}`, "rate"], rows);
}

await main(command);
