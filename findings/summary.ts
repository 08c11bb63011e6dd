/**
 * What a set of records comes to: one summary for each experiment, and what a reader must know before
 * trusting the numbers. Pure functions; nothing here reads or writes a file.
 *
 * @module
 */
import type { Experiment } from "../experiments/experiment.ts";
import { PRESETS } from "../experiments/presets.ts";
import { RATED } from "../experiments/sweeps/rates.ts";
import type { TrialRecord } from "../experiments/record.ts";
import { hasFailed } from "./claims/trials.ts";
import { modelNames, PLACEMENT_WORDS, settingKey } from "./setting.ts";
import { summarize, type Summary } from "./statistics.ts";
import { warningsOf } from "./warnings.ts";

/** Summaries of the same weights with either kind of statistics; none of the dataset without BN. */
export interface ByStatistics {
  moving: Summary;
  dataset: Summary | null;
}

/** What the trials of one experiment come to. */
export interface ExperimentSummary {
  /** The experiment's name, as in file names. */
  name: string;
  /** The model in words, as short as tells the models of these records apart, for example `MLP`. */
  model: string;
  /** Model and placement in words, for example `MLP, BN before the activation`. */
  label: string;
  experiment: Experiment;
  /** By seed, each seed once. */
  records: TrialRecord[];
  seeds: number[];
  parameters: number;
  validation: ByStatistics;
  test: ByStatistics;
  /** Test accuracy with dataset minus with moving statistics; null without BN. */
  gap: Summary | null;
  /** Duration of a trial. */
  seconds: Summary;
}

/** What a set of records comes to. */
export interface ResultSummary {
  /** The assignment's models first, then in the order of the presets, the rest in that of the records. */
  experiments: ExperimentSummary[];
  /** What a reader must know before trusting the numbers, in plain sentences. */
  warnings: string[];
}

/**
 * Summarizes records by experiment. Trials are averaged together only if everything but the seed is
 * the same: configuration, data, package version and kernels. Others stand apart, under names that
 * say what differs, and a warning says so.
 */
export function summarizeExperiments(records: readonly TrialRecord[]): ResultSummary {
  const ordered = inPresetOrder(records);

  const warnings: string[] = [];
  const groups = Map.groupBy(ordered, (record) => record.experiment.name + settingKey(record));
  const models = modelNames(ordered);
  const experiments = [...groups.values()].map((group) => {
    const once = eachTrialOnce(group);
    warnings.push(...once.warnings);
    const trials = once.records.sort((a, b) => a.seed - b.seed);
    return summarizeTrials(trials, models.get(settingKey(trials[0]))!);
  });
  return { experiments, warnings: [...warnings, ...warningsOf(ordered)] };
}

function inPresetOrder(records: readonly TrialRecord[]): TrialRecord[] {
  const names: string[] = [
    ...RATED,
    ...Object.values(PRESETS).flatMap(({ experiments }) => experiments.map(({ name }) => name)),
  ];
  const rank = ({ experiment }: TrialRecord) => {
    const index = names.indexOf(experiment.name);
    return index < 0 ? names.length : index;
  };
  return records.toSorted((a, b) => rank(a) - rank(b));
}

function summarizeTrials(records: TrialRecord[], model: string): ExperimentSummary {
  const [{ experiment, parameters }] = records;
  const label = `${model}, ${PLACEMENT_WORDS[experiment.placement]}`;
  const failed = records.filter(hasFailed).length;
  const withFailures = (summary: Summary): Summary =>
    failed > 0 ? { ...summary, interval: null, failed } : summary;
  const accuracy = (split: "validation" | "test") => {
    const dataset = summarizeAll(records.map((record) => record[split].dataset?.accuracy ?? null));
    return {
      moving: withFailures(summarize(records.map((record) => record[split].moving.accuracy))),
      dataset: dataset && withFailures(dataset),
    };
  };
  return {
    name: experiment.name,
    model,
    label,
    experiment,
    records,
    seeds: records.map((record) => record.seed),
    parameters,
    validation: accuracy("validation"),
    test: accuracy("test"),
    gap: summarizeAll(
      records.map(({ test }) => test.dataset && test.dataset.accuracy - test.moving.accuracy),
    ),
    seconds: summarize(records.map((record) => record.seconds.total)),
  };
}

/** Null where any trial has no value: a mean over some of the trials would pass for one over all. */
function summarizeAll(values: (number | null)[]): Summary | null {
  const present = values.filter((value) => value !== null);
  return present.length === values.length ? summarize(present) : null;
}

/**
 * The first record of each experiment's seed, for comparisons that pair by seed: a copied file, or a
 * trial of another version, must not count as one more. A warning names what is left out.
 */
export function eachTrialOnce(
  records: readonly TrialRecord[],
): { records: TrialRecord[]; warnings: string[] } {
  const trials = [
    ...Map.groupBy(records, ({ experiment, seed }) => `${experiment.name} ${seed}`).values(),
  ];
  return {
    records: trials.map(([record]) => record),
    warnings: trials.filter(({ length }) => length > 1).map((twins) => {
      const [first] = twins;
      const { experiment, seed } = first;
      // The same trial has the same bits on every processor with fused multiply-add.
      const unlike = twins.some((twin) =>
        settingKey(twin) === settingKey(first) && twin.fused === first.fused &&
        twin.weights !== first.weights
      );
      return `${experiment.name}: ${twins.length} records have seed ${seed}; one of them is counted.` +
        (unlike
          ? " Their weights differ, though they are the same trial: deno task reference --check tells " +
            "on which of the machines results are not those of others."
          : "");
    }),
  };
}
