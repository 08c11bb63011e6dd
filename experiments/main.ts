/**
 * The command behind `deno task train`: runs what is missing of a preset and keeps the records.
 *
 * @module
 */
import {
  exitStatus,
  main,
  sayMissing,
  sharing,
  train,
  trainingCommand,
  type TrainingFlags,
} from "./cli.ts";
import { pathOf } from "./records.ts";
import { resultTable } from "./result_table.ts";

const command = sharing(trainingCommand(
  "train",
  "Trains the models of a preset, one record per trial under results/. What is " +
    "finished is kept and not run again.",
)).action(async (flags: TrainingFlags & { missing?: boolean }) => {
  if (flags.missing) return await sayMissing(flags);
  const { outcome } = await train(flags);
  if (outcome.records.length > 0) console.error(resultTable(outcome.records));
  console.log(pathOf(outcome.folder));
  Deno.exitCode = exitStatus(outcome);
});

await main(command);
