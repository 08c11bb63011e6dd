/**
 * What trials come to: mean, sample deviation and 95 % interval, differences paired by seed, and
 * verdicts in words. Pure functions over records; nothing here reads or writes a file.
 *
 * Accuracies and their differences are fractions throughout; sentences give percentage points.
 *
 * @module
 */
import * as v from "valibot";
// @ts-types="./jstat.d.ts"
import jStat from "jstat";
import { type Experiment, experimentSchema, type Preset, PRESETS, seedsOf } from "./experiment.ts";
import type { TrialRecord } from "./records.ts";

/** What some values come to. */
export interface Summary {
  /** How many values. */
  n: number;
  mean: number;
  /** Sample deviation; null for a single value. */
  deviation: number | null;
  /** 95 % confidence interval of the mean; null for a single value and for values all equal. */
  interval: [low: number, high: number] | null;
}

/** A deviation below this is float64 rounding: one image in 10,000 moves an accuracy by 1e-4. */
const ROUNDING = 1e-12;

/**
 * Mean, sample deviation and 95 % confidence interval of the mean of n values:
 *
 *     s = √(Σ (xᵢ − x̄)² / (n − 1))          interval = x̄ ± t · s / √n
 *
 * t is the 97.5 % quantile of Student's t distribution with n − 1 degrees of freedom (Student, "The
 * probable error of a mean", Biometrika 6, 1908): 4.30 for three values, 2.26 for ten. Values that
 * are all equal have deviation 0 and no interval: one of no width would claim a certainty that a few
 * equal values cannot give.
 *
 * @throws {RangeError} If there are no values.
 */
export function summarize(values: readonly number[]): Summary {
  const n = values.length;
  if (n === 0) throw new RangeError("Cannot summarize no values: give at least one.");
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  if (n === 1) return { n, mean, deviation: null, interval: null };

  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const deviation = Math.sqrt(squares / (n - 1));
  if (deviation < ROUNDING) return { n, mean, deviation: 0, interval: null };

  const halfWidth = jStat.studentt.inv(0.975, n - 1) * deviation / Math.sqrt(n);
  return { n, mean, deviation, interval: [mean - halfWidth, mean + halfWidth] };
}

/** What paired trials say about the first of two experiments against the second. */
export type Verdict = "better" | "worse" | "no difference shown" | "too few trials";

/** Fewer paired trials than this are not judged. */
export const MINIMUM_PAIRS = 3;

/** The difference of two experiments, trial by trial of the same seed. */
export interface PairedDifference {
  /** The seeds that both have. */
  seeds: number[];
  /** Of the first minus the second; null where no seed is in both. */
  summary: Summary | null;
  verdict: Verdict;
}

/**
 * Pairs the trials of two experiments by seed and summarizes the first minus the second. Trials of
 * one seed see the same batches and, where shapes agree, the same initial weights, so what they
 * share cancels. Seeds that only one of the two has are left out.
 *
 * @param value The number compared; a pair in which either is null is left out.
 */
export function pairedDifference(
  first: readonly TrialRecord[],
  second: readonly TrialRecord[],
  value: (record: TrialRecord) => number | null,
): PairedDifference {
  const bySeed = new Map(second.map((record) => [record.seed, record]));
  const seeds: number[] = [];
  const differences: number[] = [];
  for (const record of first) {
    const partner = bySeed.get(record.seed);
    const [a, b] = [value(record), partner ? value(partner) : null];
    if (a === null || b === null) continue;
    seeds.push(record.seed);
    differences.push(a - b);
  }
  const summary = differences.length > 0 ? summarize(differences) : null;
  return { seeds, summary, verdict: judge(summary) };
}

/**
 * The interval decides: a difference is claimed only if 0 lies outside of it. Equal differences have
 * no interval (see {@linkcode summarize}), so they show none either, however large they are.
 */
function judge(difference: Summary | null): Verdict {
  if (difference === null || difference.n < MINIMUM_PAIRS) return "too few trials";
  if (difference.interval === null) return "no difference shown";
  const [low, high] = difference.interval;
  return low > 0 ? "better" : high < 0 ? "worse" : "no difference shown";
}

/** The words for what is compared, as in "MLP: before the activation … after it". */
export interface ComparisonWords {
  subject: string;
  first: string;
  second: string;
}

/** A paired difference of test accuracies in one plain sentence that claims what the verdict does. */
export function differenceSentence(words: ComparisonWords, difference: PairedDifference): string {
  const { subject, first, second } = words;
  const { summary, verdict } = difference;
  if (summary === null) {
    return `${subject}: no seed has a trial of both, so there is nothing to compare.`;
  }
  const pairs = `${summary.n} paired ${summary.n === 1 ? "trial" : "trials"}`;
  const mean = points(summary.mean);
  if (verdict === "too few trials") {
    return `${subject}: ${pairs} ${summary.n === 1 ? "is" : "are"} too few to judge, at least ` +
      `${MINIMUM_PAIRS} are needed; ${first} minus ${second} is ${mean} points so far.`;
  }
  if (summary.interval === null) {
    return `${subject}: ${first} minus ${second} is ${mean} points in every one of ${pairs}. ` +
      `Equal differences give no measure of seed noise, hence no interval and no verdict.`;
  }
  const numbers = [summary.mean, ...summary.interval];
  // A claim must not rest on a bound that is printed as zero.
  const decimals = verdict !== "no difference shown" && numbers.some(isBareZero) ? 4 : 2;
  const [size, low, high] = numbers.map((number) => points(number, decimals));
  const basis = `95 % interval ${low} to ${high}, ${pairs}`;
  if (verdict === "no difference shown") {
    return `${subject}: the difference of ${mean} points (${first} minus ${second}) is inside ` +
      `seed noise (${basis}): these trials show no difference.`;
  }
  const direction = verdict === "better" ? "higher" : "lower";
  return `${subject}: ${first} scores ${size.replace("−", "")} points ${direction} than ` +
    `${second} on the test set (${basis}).`;
}

function isBareZero(fraction: number): boolean {
  return points(Math.abs(fraction)) === "0.00";
}

/** A fraction as percentage points, with a true minus sign and no minus zero. */
export function points(fraction: number, decimals = 2): string {
  const text = (100 * fraction).toFixed(decimals);
  return /^-0\.0*$/.test(text) ? text.slice(1) : text.replace("-", "−");
}

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

/** BN before minus after the activation, in models that are otherwise the same. */
export interface PlacementComparison {
  model: string;
  pre: ExperimentSummary;
  post: ExperimentSummary;
  /** Of test accuracies, with either kind of statistics. */
  moving: PairedDifference;
  dataset: PairedDifference;
}

/** What a set of records comes to. */
export interface ResultSummary {
  /** In the order of the presets, then the rest in the order of the records. */
  experiments: ExperimentSummary[];
  comparisons: PlacementComparison[];
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
    const trials = uniqueSeeds(group, warnings);
    return summarizeTrials(trials, models.get(settingKey(trials[0]))!);
  });
  warnings.push(...mixtureWarnings(ordered), ...environmentWarnings(ordered));
  return { experiments, comparisons: comparePlacements(experiments), warnings };
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

function comparePlacements(experiments: ExperimentSummary[]): PlacementComparison[] {
  const setting = ({ records }: ExperimentSummary) => settingKey(records[0]);
  const byPlacement = (placement: Experiment["placement"]) =>
    experiments.filter(({ experiment }) => experiment.placement === placement);
  return byPlacement("pre").flatMap((pre) =>
    byPlacement("post").filter((post) => setting(post) === setting(pre)).map((post) => ({
      model: pre.model,
      pre,
      post,
      moving: pairedDifference(pre.records, post.records, ({ test }) => test.moving.accuracy),
      dataset: pairedDifference(
        pre.records,
        post.records,
        ({ test }) => test.dataset?.accuracy ?? null,
      ),
    }))
  );
}

/** The trials of a preset that no record holds; an experiment with another configuration is none. */
export function missingTrials(
  preset: Preset,
  records: readonly TrialRecord[],
): { name: string; seeds: number[] }[] {
  const configuration = (experiment: Experiment) =>
    JSON.stringify(v.parse(experimentSchema, experiment));
  return preset.experiments.map((experiment) => {
    const present = records.filter((record) =>
      configuration(record.experiment) === configuration(experiment)
    );
    const seeds = new Set(seedsOf(preset.trials)).difference(new Set(present.map((r) => r.seed)));
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

/** Each setting's parts in words; together they decide which trials may stand side by side. */
function settingParts({ experiment, data, version, kernels }: TrialRecord): Map<string, string> {
  // Parsing puts the keys into the schema's order.
  const { name: _, placement: __, ...setting } = v.parse(experimentSchema, experiment);
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

/** Each seed once, in order: a copied file must not count as another trial. */
function uniqueSeeds(records: TrialRecord[], warnings: string[]): TrialRecord[] {
  const bySeed = Map.groupBy(records, (record) => record.seed);
  for (const [seed, { length }] of bySeed) {
    if (length === 1) continue;
    warnings.push(
      `${records[0].experiment.name}: ${length} records have seed ${seed}; one of them is counted.`,
    );
  }
  return [...bySeed.values()].map(([record]) => record).sort((a, b) => a.seed - b.seed);
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
