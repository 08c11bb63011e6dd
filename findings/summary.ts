/**
 * What a set of records comes to: one summary for each experiment, and what a reader must know before
 * trusting the numbers. Pure functions; nothing here reads or writes a
 * file.
 *
 * @module
 */
import * as v from "valibot";
import { type Experiment, experimentSchema } from "../experiments/experiment.ts";
import { type Preset, PRESETS, seedsOf } from "../experiments/presets.ts";
import { datasetNames, type TrialRecord } from "../experiments/record.ts";
import { points, summarize, type Summary } from "./statistics.ts";

/** Summaries of the same weights with either kind of statistics; no exact ones without BN. */
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
  /** Test accuracy with exact minus with moving statistics; null without BN. */
  gap: Summary | null;
  /** Duration of a trial. */
  seconds: Summary;
}

/** What a set of records comes to. */
export interface ResultSummary {
  /** In the order of the presets, then the rest in the order of the records. */
  experiments: ExperimentSummary[];
  /** What a reader must know before trusting the numbers, in plain sentences. */
  warnings: string[];
}

/** Each placement in words. */
export const PLACEMENT_WORDS: Record<Experiment["placement"], string> = {
  none: "no BN",
  pre: "BN before the activation",
  post: "BN after the activation",
};

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
  warnings.push(
    ...mixtureWarnings(ordered),
    ...originWarnings(ordered),
    ...environmentWarnings(ordered),
  );
  return { experiments, warnings };
}

function inPresetOrder(records: readonly TrialRecord[]): TrialRecord[] {
  const names = Object.values(PRESETS).flatMap((preset) => preset.experiments).map(({ name }) =>
    name
  );
  const rank = ({ experiment }: TrialRecord) => {
    const index = names.indexOf(experiment.name);
    return index < 0 ? names.length : index;
  };
  return records.toSorted((a, b) => rank(a) - rank(b));
}

function summarizeTrials(records: TrialRecord[], model: string): ExperimentSummary {
  const [{ experiment, parameters }] = records;
  const label = `${model}, ${PLACEMENT_WORDS[experiment.placement]}`;
  const accuracy = (split: "validation" | "test") => ({
    moving: summarize(records.map((record) => record[split].moving.accuracy)),
    dataset: summarizeAll(records.map((record) => record[split].dataset?.accuracy ?? null)),
  });
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

/** Whether a record is a trial of just this experiment, not of another configuration of its name. */
export function isTrialOf(experiment: Experiment, record: TrialRecord): boolean {
  const [asked, has] = [experiment, record.experiment].map((one) =>
    JSON.stringify(v.parse(experimentSchema, one)) // parsing puts the keys into one order
  );
  return asked === has;
}

/** The trials of a preset that no record holds; an experiment with another configuration is none. */
export function missingTrials(
  preset: Preset,
  records: readonly TrialRecord[],
): { name: string; seeds: number[] }[] {
  return preset.experiments.map((experiment) => {
    const present = records.filter((record) => isTrialOf(experiment, record));
    const seeds = new Set(seedsOf(preset, preset.trials)).difference(
      new Set(present.map((r) => r.seed)),
    );
    return { name: experiment.name, seeds: [...seeds] };
  }).filter(({ seeds }) => seeds.length > 0);
}

/** Above this gap, exact over moving, {@linkcode movingStatisticsNotes} explains it: one point. */
const NOTABLE_GAP = 0.01;

/**
 * Why experiments score far lower with moving statistics than with exact ones, in plain words from
 * their records: one note for each reason, none where moving statistics keep up.
 */
export function movingStatisticsNotes(experiments: readonly ExperimentSummary[]): string[] {
  const lagging = experiments.filter(({ gap }) => gap !== null && gap.mean > NOTABLE_GAP);
  return [...Map.groupBy(lagging, reasonForGap)].map(([reason, group]) => {
    const gaps = group.map(({ label, gap }) => `${label}: ${points(gap!.mean)} points`);
    return `Moving statistics score lower than exact ones (${gaps.join("; ")}). ${reason}`;
  });
}

function reasonForGap({ records: [{ batchNorm, experiment: { momentum } }] }: ExperimentSummary) {
  const steps = batchNorm[0]?.moving.count ?? 0;
  // v ← m·v + (1 − m)·batch, n times over, leaves the first v with the weight mⁿ.
  const left = momentum ** steps;
  return left >= 0.01
    ? `With ${steps} training batches and momentum ${momentum}, the moving average still carries ` +
      `${(100 * left).toFixed(0)} % of its initial values (mean 0, variance 1), whatever the ` +
      `layer's input is; exact statistics carry none of them.`
    : `After ${steps} training batches at momentum ${momentum}, less than 1 % of the moving ` +
      `average's initial values is left, so they are not the reason. It also lags behind the ` +
      `weights, since it remembers batches that earlier weights produced.`;
}

/**
 * Each setting's parts in words, apart from what is measured, which changes no score; together they
 * decide which trials may stand side by side.
 */
function settingParts({ experiment, data, version, kernels }: TrialRecord): Map<string, string> {
  // Parsing puts the keys into the schema's order.
  const { name: _, placement: __, measure: ___, ...setting } = v.parse(
    experimentSchema,
    experiment,
  );
  const parts = Object.entries(setting).map(([key, value]): [string, string] => [
    words(key),
    formatValue(value),
  ]);
  return new Map([
    ...parts,
    ["data", data.checksum.slice(0, 12)],
    ["version", version],
    ["kernels", kernels],
  ]);
}

/** Everything that decides a trial but its placement, name and seed. */
function settingKey(record: TrialRecord): string {
  return JSON.stringify([...settingParts(record), record.data.checksum]);
}

/** `learningRate` → `learning rate`. */
export function words(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

/** A hyperparameter's value for tables and names. */
export function formatValue(value: Experiment[keyof Experiment]): string {
  if (Array.isArray(value)) return value.join("-");
  if (typeof value === "object") {
    return Object.entries(value).map(([split, n]) => `${n.toLocaleString("en-US")} ${split}`)
      .join(", ");
  }
  return String(value);
}

/** A model's name is its architecture, and those parts of its setting in which others differ. */
function modelNames(records: readonly TrialRecord[]): Map<string, string> {
  const settings = new Map(
    records.map((record) => [settingKey(record), settingParts(record)]),
  );
  const names = new Map<string, string>();
  for (const [key, parts] of settings) {
    const rivals = [...settings.values()].filter((other) =>
      other.get("architecture") === parts.get("architecture")
    );
    const distinguishing = [...parts].filter(([part, value]) =>
      rivals.some((rival) => rival.get(part) !== value)
    );
    names.set(
      key,
      [
        parts.get("architecture")!.toUpperCase(),
        ...distinguishing.map(([part, value]) => `${part} ${value}`),
      ].join(", "),
    );
  }
  return names;
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
    warnings: trials.filter(({ length }) => length > 1).map(([{ experiment, seed }, ...rest]) =>
      `${experiment.name}: ${rest.length + 1} records have seed ${seed}; one of them is counted.`
    ),
  };
}

function mixtureWarnings(records: readonly TrialRecord[]): string[] {
  const warnings: string[] = [];
  for (const [name, trials] of Map.groupBy(records, (record) => record.experiment.name)) {
    const settings = new Map(trials.map((trial) => [settingKey(trial), settingParts(trial)]));
    if (settings.size === 1) continue;
    const all = [...settings.values()];
    const differing = [...all[0].keys()].filter((part) =>
      new Set(all.map((parts) => parts.get(part))).size > 1
    );
    const what = differing.map((part) =>
      `${part} (${[...new Set(all.map((parts) => parts.get(part)))].join(" and ")})`
    );
    warnings.push(
      `${name}: its trials differ in ${what.join(", ")}; they are shown apart and not averaged.`,
    );
  }
  return warnings;
}

/** Whether experiments, each alike in itself, differ in what should be the same for all of them. */
function originWarnings(records: readonly TrialRecord[]): string[] {
  const names = datasetNames(records);
  const origins: [string, (record: TrialRecord) => string][] = [
    ["data", ({ data: { checksum } }) => `${names.get(checksum)} ${checksum.slice(0, 12)}`],
    ["version of this package", ({ version }) => version],
    ["kernels", ({ kernels }) => kernels],
  ];
  return origins.flatMap(([what, of]) => {
    const byName = Map.groupBy(records, ({ experiment }) => experiment.name);
    const mixed = [...byName.values()].some((trials) => new Set(trials.map(of)).size > 1);
    const values = [...new Set(records.map(of))];
    return mixed || values.length < 2 ? [] : [
      `The trials differ in ${what} (${values.join(" and ")}): what differs is not compared.`,
    ];
  });
}

function environmentWarnings(records: readonly TrialRecord[]): string[] {
  // How many trials ran side by side changes their times, and nothing else.
  const environments = new Set(
    records.map(({ environment: { jobs: _, ...environment } }) => JSON.stringify(environment)),
  );
  if (environments.size < 2) return [];
  return [
    `The trials ran in ${environments.size} different environments (machine or software); their ` +
    `times are not comparable, and small differences of accuracy may come from that as well.`,
  ];
}
