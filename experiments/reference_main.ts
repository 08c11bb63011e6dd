/**
 * The command behind `deno task reference`: remakes the records of the reference run, says how long
 * that takes, or runs one of its trials again to see whether it is reproduced.
 *
 * @module
 */
import { Option } from "commander";
import { loadFashionMnist } from "../data/fashion_mnist.ts";
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
import { UsageError } from "./usage_error.ts";
import { markdownTable, numeric } from "./markdown.ts";
import { duration } from "./format.ts";
import { missingText } from "./missing.ts";
import type { Preset } from "./presets.ts";
import type { TrialRecord } from "./record.ts";
import { pathOf, REFERENCE } from "./records.ts";
import {
  estimateSeconds,
  REFERENCE_PRESETS,
  type ReferencePart,
  referenceParts,
} from "./reference.ts";
import type { Trial } from "./reporter.ts";
import { runPreset, trialsOf, trialsToRun } from "./run.ts";
import { keyOf, type Slice, sliceOf } from "./slice.ts";
import { createReporter } from "./terminal_progress.ts";

interface ReferenceFlags {
  missing?: boolean;
  slice?: Slice;
  check?: string | true;
  only?: string[];
  fresh?: boolean;
  jobs: number;
}

const command = sharing(taskCommand(
  "reference",
  "Makes what is missing of the reference run in results/reference/: the records that README, " +
    "notebooks and report show. Ctrl-C stops; the same command goes on.",
))
  .addOption(
    new Option(
      "--check [trial]",
      "run one trial again, at random or by name such as full/mlp-pre-3, and compare it with its record",
    ).conflicts(["missing", "slice", "fresh"]),
  )
  .option("--only <list>", `only these presets of ${REFERENCE_PRESETS.join(", ")}`, list(String))
  .option("--fresh", "move the records aside and start over")
  .option("--jobs <n>", "trials side by side", positive, navigator.hardwareConcurrency)
  .action(async (flags: ReferenceFlags) => {
    assertPresets(flags);
    const all = await referenceParts();
    const parts = all.filter(({ preset }) => flags.only?.includes(preset.name) ?? true);
    const known = all.flatMap(({ records }) => records);
    if (flags.missing) await sayMissing(parts, known, flags);
    else if (flags.check) {
      const trials = parts.flatMap(({ preset, records }) =>
        records.map((record) => ({ name: `${preset.name}/${trialName(record)}`, record }))
      );
      await check(trials, flags.check, REFERENCE);
    } else await make(parts, known, flags);
  });

function assertPresets({ only }: ReferenceFlags): void {
  const unknown = only?.find((name) => !REFERENCE_PRESETS.some((preset) => preset === name));
  if (unknown !== undefined) {
    throw new UsageError(
      `The reference run has no preset "${unknown}", only ${REFERENCE_PRESETS.join(", ")}.`,
    );
  }
}

/**
 * What there is, what is missing, and how long the whole takes.
 *
 * @param known Records that tell how long trials take.
 */
function planOf(
  parts: ReferencePart[],
  known: readonly TrialRecord[],
  { jobs }: ReferenceFlags,
): string {
  const seconds = parts.map(({ preset, records }) =>
    estimateSeconds(preset, records.length > 0 ? records : known, jobs)
  );
  const time = (value: number) => Number.isNaN(value) ? "unknown" : duration(value);
  const rows = parts.map(({ preset, records, trials }, i) => [
    preset.name,
    preset.description,
    String(preset.experiments.length),
    String(preset.trials),
    `${records.length} of ${trials}`,
    time(seconds[i]),
  ]);
  const total = seconds.reduce((sum, value) => sum + value, 0);
  const machine = known[0]?.environment;
  return [
    markdownTable([
      "preset",
      "what",
      ...numeric("experiments", "trials of each", "finished"),
      ...numeric(`time from nothing, ${jobs} at a time`),
    ], rows),
    `From nothing all of it takes ${time(total)}` +
    (machine ? `, by the times recorded on ${machine.cpu} with ${machine.cores} cores.` : ".") +
    " Times depend on the machine and on what runs beside.",
  ].join("\n\n");
}

/** The trials of all parts that are this machine's, by preset and record. */
function mineOf(parts: ReferencePart[], { slice }: ReferenceFlags): Set<string> {
  const trials = parts.flatMap(({ preset }) =>
    trialsOf(preset).map((trial) => ({ ...trial, preset }))
  );
  return new Set((slice ? sliceOf(trials, slice) : trials).map((t) => keyIn(t.preset, t)));
}

function keyIn(preset: Preset, trial: Trial): string {
  return `${preset.name}/${keyOf(trial)}`;
}

async function sayMissing(
  parts: ReferencePart[],
  known: readonly TrialRecord[],
  flags: ReferenceFlags,
): Promise<void> {
  const mine = mineOf(parts, flags);
  const { checksum } = await loadFashionMnist();
  const found = await Promise.all(
    parts.map(({ preset, folder }) =>
      trialsToRun(preset, { folder, checksum, include: (trial) => mine.has(keyIn(preset, trial)) })
    ),
  );
  const missing = found.flatMap(({ missing }) => missing);
  for (const { message } of found.flatMap(({ refused }) => refused)) console.error(message);
  console.log(planOf(parts, known, flags) + "\n");
  console.log(missingText({
    missing,
    asked: mine.size,
    of: `the reference run${sliceName(flags.slice)}`,
    records: known,
    jobs: flags.jobs,
  }));
  Deno.exitCode = missing.length > 0 ? 1 : 0;
}

async function make(
  parts: ReferencePart[],
  known: readonly TrialRecord[],
  flags: ReferenceFlags,
): Promise<void> {
  const { jobs, fresh } = flags;
  const mine = mineOf(parts, flags);
  console.error(planOf(parts, known, flags) + "\n");
  const data = await loadFashionMnist();
  await interruptible(async (signal) => {
    for (const { preset, folder } of parts) {
      console.error(`${preset.name}: ${preset.description}`);
      const outcome = await runPreset(preset, {
        data,
        jobs,
        fresh,
        folder,
        include: (trial) => mine.has(keyIn(preset, trial)),
        reporter: createReporter(),
        signal,
      });
      const status = exitStatus(outcome);
      if (status !== 0) Deno.exitCode = status;
      if (signal.aborted) return;
    }
  });
  console.log(pathOf(REFERENCE));
}

await main(command);
