/**
 * A trial of the reference run again, on this machine: whether it comes out as recorded, to the bit.
 *
 * @module
 */
import { loadFashionMnist } from "../data/fashion_mnist.ts";
import { prepareBackend } from "./backend.ts";
import { hasFusedMultiplyAdd } from "../kernels/mod.ts";
import { duration } from "./format.ts";
import type { TrialRecord } from "./record.ts";
import { pathOf } from "./records.ts";
import { runTrial } from "./trial.ts";
import { UsageError } from "./usage_error.ts";

/** `mlp-pre-3` */
export function trialName({ experiment, seed }: TrialRecord): string {
  return `${experiment.name}-${seed}`;
}

/**
 * Runs one of some trials again and says whether it reproduces its record; if not, the exit status is 1.
 *
 * @param wanted Its name; true for one at random.
 * @param folder Where the records are from.
 * @throws {UsageError} If there is no such trial, or this processor cannot give its bits.
 */
export async function check(
  trials: readonly { name: string; record: TrialRecord }[],
  wanted: string | true,
  folder: URL,
): Promise<void> {
  const chosen = wanted === true
    ? trials[Math.floor(Math.random() * trials.length)]
    : trials.find(({ name }) => name === wanted);
  if (chosen === undefined) {
    throw new UsageError(
      wanted === true
        ? `There are no records in ${pathOf(folder)}: run deno task reference first.`
        : `The reference run has no trial "${wanted}".`,
    );
  }
  const { name, record } = chosen;
  await prepareBackend(record.kernels);
  if (!hasFusedMultiplyAdd()) {
    throw new UsageError(
      `Cannot compare ${name} with its record: this processor rounds twice where the one that made ` +
        `it, with fused multiply-add, rounded once. Run the same command on a processor that has it.`,
    );
  }
  console.error(`Running ${name} again: about ${duration(record.seconds.total)}.`);
  const again = await runTrial(record.experiment, record.seed, await loadFashionMnist());
  const found = differencesFrom(record, again);
  if (found.length === 0) return console.log(`${name} reproduces every number of its record.`);
  const { deno, tensorflow } = record.environment;
  console.error(
    `${name} does not reproduce its record, made by Deno ${deno} with TensorFlow.js ${tensorflow}: ` +
      `${found.join("; ")}.`,
  );
  Deno.exitCode = 1;
}

/**
 * What a trial that was run again has otherwise than its record, in words; nothing if it is
 * reproduced. Every number must be the same, times apart, on every processor that
 * has fused multiply-add.
 */
export function differencesFrom(record: TrialRecord, again: TrialRecord): string[] {
  const [was, is] = [record, again].map(numbersOf);
  return Object.keys(was).filter((part) => was[part] !== is[part])
    .map((part) => `${part} is not what the record has`);
}

/** Every part of a record that a trial decides, as text; not when, where and how fast it ran. */
function numbersOf(record: TrialRecord): Record<string, string> {
  const {
    environment: _,
    memory: __,
    started: ___,
    seconds: ____,
    epochs,
    ...rest
  } = record;
  const untimed = epochs.map(({ seconds: _, ...epoch }) => epoch);
  return Object.fromEntries(
    Object.entries({ ...rest, epochs: untimed }).map(([part, value]) => [
      part,
      JSON.stringify(value),
    ]),
  );
}
