/**
 * What the trials of one experiment say, in paragraphs: how fast it learns, how well, how surely, with
 * which mistakes, and what batch normalization learned.
 *
 * Pure functions from records to Markdown.
 *
 * @module
 */
// @ts-types="./jstat.d.ts"
import jStat from "jstat";
import { classNamesOf } from "../data/dataset_name.ts";
import { testAccuracy } from "./claims/claim.ts";
import { count } from "../experiments/format.ts";
import { mean } from "../experiments/mean.ts";
import type { BatchNormRecord, TrialRecord } from "../experiments/records.ts";
import {
  differenceSentence,
  meanAndDeviation,
  MINIMUM_PAIRS,
  pairedDifference,
  points,
  quantile,
  signed,
  summarize,
  type Summary,
} from "./statistics.ts";
import { movingStatisticsNotes, summarizeExperiments } from "./summary.ts";

/** A channel whose variance over the data is below this carries nothing: ReLU has silenced it. */
export const SILENT = 1e-8;

const NO_TRIALS = "There are no trials to speak of.";

/** How fast the trials learn: first epoch, last epoch, and when the mean is nearly there. */
export function courseText(records: readonly TrialRecord[]): string {
  if (records.length === 0) return NO_TRIALS;
  const diverged = divergedText(records);
  const well = records.filter((record) => record.diverged === null);
  if (well.length === 0) return diverged;
  const curve = meanCurve(well);
  const [first, last] = [curve[0], curve.at(-1)!];
  const who = well.length === 1 ? "in the only trial" : `in the mean of ${well.length} trials`;
  const sentences = [diverged];
  if (curve.length === 1) {
    sentences.push(
      `After the only epoch, ${points(first)} % of the validation images are classified rightly ` +
        `${who}. One epoch shows no course: only how far ${stepsOf(well[0])} steps lead.`,
    );
  } else {
    const near = curve.findLastIndex((value) => Math.abs(value - last) > 0.01) + 2;
    sentences.push(
      `After the first epoch, ${points(first)} % of the validation images are classified rightly ` +
        `${who}; after the last, epoch ${curve.length}, it is ${points(last)} %. ` +
        (near <= 1
          ? "From the first epoch on the mean is within one point of where it ends."
          : near >= curve.length
          ? "It comes within one point of where it ends only with the last epoch."
          : `From epoch ${near} on the mean is within one point of where it ends.`),
    );
    if (last > 0.1) {
      const share = 100 * (first - 0.1) / (last - 0.1);
      sentences.push(
        `Guessing would score 10 %; of the way from there to the end, the first epoch covers ` +
          `${signed(share, 0)} %.`,
      );
    }
  }
  return sentences.filter(Boolean).join(" ");
}

function divergedText(records: readonly TrialRecord[]): string {
  const n = records.filter(({ diverged }) => diverged !== null).length;
  return n === 0
    ? ""
    : `${n} of ${records.length} ${records.length === 1 ? "trial" : "trials"} diverged: the loss ` +
      `ceased to be a finite number.`;
}

function stepsOf({ experiment: { epochs, images, batchSize } }: TrialRecord): number {
  return epochs * Math.floor(images.train / batchSize);
}

/** Validation accuracy after each epoch, mean over trials. */
function meanCurve(records: readonly TrialRecord[]): number[] {
  const length = Math.min(...records.map(({ epochs }) => epochs.length));
  return Array.from(
    { length },
    (_, i) => mean(records.map(({ epochs }) => epochs[i].validation.accuracy)),
  );
}

/** Whether it matters which statistics prediction uses: exact minus moving, on the same weights. */
export function statisticsText(records: readonly TrialRecord[]): string {
  if (records.length === 0) return NO_TRIALS;
  const { experiments } = summarizeExperiments(records);
  const difference = pairedDifference(
    { records, value: ({ test }) => test.dataset?.accuracy ?? null },
    { records, value: ({ test }) => test.moving.accuracy },
  );
  if (difference.summary === null) {
    return "No trial was scored with exact statistics, so there is nothing to compare.";
  }
  const gaps = records.flatMap(({ test }) =>
    test.dataset ? [Math.abs(test.dataset.accuracy - test.moving.accuracy)] : []
  );
  const sentence = differenceSentence({
    subject: "The same weights, scored twice",
    first: "prediction with exact statistics",
    second: "prediction with the moving average",
  }, difference);
  const largest = `The largest gap of a single trial, either way, is ${
    points(Math.max(...gaps))
  } points.`;
  return [sentence, largest, ...movingStatisticsNotes(experiments)].join(" ");
}

/** How far apart training and test end, both in prediction mode. */
export function trainTestText(records: readonly TrialRecord[]): string {
  if (records.length === 0) return NO_TRIALS;
  const kind = records.every(({ test, train }) => test.dataset && train.dataset)
    ? "dataset"
    : "moving";
  const value = (split: "train" | "test", record: TrialRecord) => record[split][kind]!;
  const [train, test] = (["train", "test"] as const).map((split) =>
    summarize(records.map((record) => value(split, record).accuracy))
  );
  const gap = summarize(
    records.map((record) => value("train", record).accuracy - value("test", record).accuracy),
  );
  const losses = (["train", "test"] as const).map((split) => {
    const all = records.map((record) => value(split, record).loss);
    return all.every((loss) => loss !== null) ? mean(all).toFixed(3) : "not finite";
  });
  const images = Math.min(records[0].experiment.images.train, 10_000).toLocaleString("en-US");
  const words = kind === "dataset" ? "exact" : "moving";
  return [
    `In prediction mode, with ${words} statistics, the trials end at ${
      meanAndDeviation(train)
    } % on ` +
    `${images} of the training images and at ${
      meanAndDeviation(test)
    } % on the test images; the losses are ` +
    `${losses[0]} and ${losses[1]}.`,
    `Training minus test is ${meanAndDeviation(gap)} points` +
    (gap.interval
      ? ` (95 % interval ${points(gap.interval[0])} to ${points(gap.interval[1])}).`
      : "."),
    gapVerdict(gap),
  ].join(" ");
}

function gapVerdict({ n, interval }: Summary): string {
  if (n < MINIMUM_PAIRS) return "So few trials decide nothing about it.";
  if (interval === null) {
    return "Equal gaps in all trials give no measure of noise, hence no verdict.";
  }
  if (interval[0] > 0) {
    return "So the models know their training images better than new ones: what they fit to the " +
      "training images beyond this is lost on others.";
  }
  if (interval[1] < 0) {
    return "The models do no worse on new images than on those they learned from.";
  }
  return "The interval includes 0: these trials show no gap between training and test.";
}

/** What the trials' spread allows to say. */
export function spreadText(records: readonly TrialRecord[]): string {
  if (records.length === 0) return NO_TRIALS;
  const accuracies = records.map(testAccuracy);
  const summary = summarize(accuracies);
  const { n, deviation, interval } = summary;
  const images = records[0].experiment.images.test;
  const sampling = Math.sqrt(summary.mean * (1 - summary.mean) / images);
  const sampled =
    `A test set of ${images.toLocaleString("en-US")} images leaves an uncertainty of ` +
    `its own, √(p(1 − p)/N) = ${points(sampling)} points. All trials share these images, so that ` +
    `this part does not show in their spread; it would if the images were others.`;
  if (n === 1) {
    return `One trial, at ${points(summary.mean)} %, has no spread: nothing can be said of what ` +
      `another seed would give. ${sampled}`;
  }
  const spread = `Over ${n} trials that differ in nothing but the seed, test accuracy is ` +
    `${meanAndDeviation(summary)} %, from ${points(Math.min(...accuracies))} to ` +
    `${points(Math.max(...accuracies))}`;
  if (interval === null) {
    return `${spread}. Equal scores give no measure of noise, hence no interval. ${sampled}`;
  }
  const detectable = jStat.studentt.inv(0.975, 2 * n - 2) * deviation! * Math.sqrt(2 / n);
  const judged = n < MINIMUM_PAIRS
    ? `${n} trials are too few to judge anything by.`
    : `Were another experiment to spread alike, and its seeds unrelated to these, its mean over ${n} ` +
      `trials would have to lie more than ${
        points(detectable)
      } points away for the difference to ` +
      `stand out at 95 %. Pairing trials of the same seed can make this smaller; nothing smaller ` +
      `should be claimed from means alone.`;
  return `${spread}; the 95 % interval of the mean is ${points(interval[0])} to ` +
    `${points(interval[1])}. ${judged} ${sampled}`;
}

/** What is worn above the waist: classes of Fashion-MNIST that look alike. */
const TOPS = ["T-shirt/top", "Pullover", "Dress", "Coat", "Shirt"];

/** Which classes are easy and which are hard, and what is taken for what. */
export function mistakesText(records: readonly TrialRecord[]): string {
  if (records.length === 0) return NO_TRIALS;
  const names = classNamesOf(records[0].data.checksum);
  const matrices = records.map(({ test }) => (test.dataset ?? test.moving).confusion);
  const counts = matrices[0].map((row, i) => row.map((_, j) => sum(matrices.map((m) => m[i][j]))));
  const classes = counts.map((row, i) => ({
    name: names[i],
    hits: sum(row) === 0 ? 0 : row[i] / sum(row),
  })).sort((a, b) => a.hits - b.hits);
  const confusions = counts.flatMap((row, i) =>
    row.map((n, j) => ({ i, j, n, share: sum(row) === 0 ? 0 : n / sum(row) }))
  ).filter(({ i, j, n }) => i !== j && n > 0);
  if (confusions.length === 0) return "Not one test image was taken for another class.";
  const largest = confusions.toSorted((a, b) => b.share - a.share).slice(0, 3).map((entry) =>
    `${names[entry.i]} taken for ${names[entry.j]} (${points(entry.share, 1)} % of its images)`
  );
  const [worst, best] = [classes[0], classes.at(-1)!];
  return `${best.name} is recognized most often, ${
    points(best.hits, 1)
  } %, and ${worst.name} least ` +
    `often, ${points(worst.hits, 1)} %. The most frequent mistakes are ${inWords(largest)}.` +
    topsSentence(confusions, names);
}

/** How many of the mistakes are between tops; nothing where the classes are others. */
function topsSentence(
  confusions: readonly { i: number; j: number; n: number }[],
  names: readonly string[],
): string {
  if (!TOPS.every((name) => names.includes(name))) return "";
  const images = (some: typeof confusions) => sum(some.map(({ n }) => n));
  const isTop = (label: number) => TOPS.includes(names[label]);
  const among = images(confusions.filter(({ i, j }) => isTop(i) && isTop(j)));
  return ` Of all mistakes, ${
    points(among / images(confusions), 0)
  } % are between the five kinds of ` +
    "tops (T-shirt/top, pullover, dress, coat, shirt), which are half of the classes.";
}

/** Further than this from where they began, medians of γ and β are called changed. */
const CHANGED = 0.02;

/** Where γ and β ended, layer by layer, from 1 and 0. */
export function learnedText(records: readonly TrialRecord[]): string {
  const layers = layersOf(records);
  if (layers.length === 0) return "No trial recorded what batch normalization learned.";
  const lines = layers.map(({ name, channels, of }) => {
    const [gamma, beta] = [of(({ gamma }) => gamma), of(({ beta }) => beta)];
    return `- \`${name}\` (${channels} ${
      channels === 1 ? "channel" : "channels"
    }): the median of γ ` +
      `${course(gamma, 1)}; that of β ${course(beta, 0)}.`;
  });
  const gammas = layers.flatMap(({ of }) => of(({ gamma }) => gamma));
  const negative = gammas.filter((gamma) => gamma < 0).length;
  const sign = negative === 0
    ? `None of the ${gammas.length.toLocaleString("en-US")} scales γ is negative: no channel is ` +
      `turned upside down.`
    : `${negative} of the ${gammas.length.toLocaleString("en-US")} scales γ ${
      negative === 1 ? "is" : "are"
    } negative: there large inputs become small outputs.`;
  return `Over the channels of ${
    count(records.length, "trial")
  }; in brackets where the middle 90 % of them lie, ` +
    `which may be further off than the median:\n\n` +
    `${lines.join("\n")}\n\n${sign}`;
}

function course(values: readonly number[], start: number): string {
  const [low, median, high] = [0.05, 0.5, 0.95].map((share) => quantile(values, share));
  const moved = median - start;
  const verb = Math.abs(Number(moved.toFixed(3))) <= CHANGED
    ? `stayed within ${CHANGED} of ${start}, at`
    : moved > 0
    ? `rose from ${start} to`
    : `fell from ${start} to`;
  return `${verb} ${signed(median, 3)} [${signed(low, 3)}, ${signed(high, 3)}]`;
}

/** How many channels are silent, or so faint that ε limits their gain. */
export function silenceText(records: readonly TrialRecord[]): string {
  const layers = layersOf(records);
  if (layers.length === 0) return "No trial recorded the statistics of its layers.";
  const { epsilon } = records[0].experiment;
  const lines = layers.map(({ name, of }) => {
    const variances = of(({ dataset }) => dataset.variance);
    const silent = variances.filter((variance) => variance < SILENT).length;
    const faint = variances.filter((variance) => variance >= SILENT && variance < epsilon).length;
    const share = (n: number) => `${n} (${points(n / variances.length, 1)} %)`;
    return `- \`${name}\`: of ${number(variances.length)} channels, ${share(silent)} silent, ` +
      `${share(faint)} faint.`;
  });
  const all = layers.flatMap(({ of }) => of(({ dataset }) => dataset.variance));
  const silent = all.filter((variance) => variance < SILENT).length;
  const faint = all.filter((variance) => variance >= SILENT && variance < epsilon).length;
  const conclusion = silent + faint === 0
    ? "So every channel that BN normalizes varies enough for ε to hardly matter."
    : `So ε decides what ${number(silent + faint)} of ${number(all.length)} channels become: ` +
      (silent > 0
        ? `a silent one is β for every training image, and a faint one stays fainter than γ. An ` +
          `image that wakes a silent channel in prediction is enlarged by γ/√ε, ` +
          `${(1 / Math.sqrt(epsilon)).toFixed(1)} times γ.`
        : `none is quite silent, but a faint one stays fainter than γ.`);
  return `Channels of ${
    count(records.length, "trial")
  }; silent: the same value for every training image; faint: ` +
    `variance below ε = ${epsilon}, so that BN makes it less than γ²/2.\n\n${
      lines.join("\n")
    }\n\n` +
    conclusion;
}

/** Where a notebook shows what a conclusion rests on. */
export interface Sections {
  course: string;
  accuracy: string;
  training: string;
  mistakes: string;
  learned: string;
}

/** What one experiment comes to, in one paragraph that cites where each part of it is shown. */
export function conclusion(records: readonly TrialRecord[], sections: Sections): string {
  if (records.length === 0) return NO_TRIALS;
  const { experiments: [{ label, test }] } = summarizeExperiments(records);
  const score = test.dataset ?? test.moving;
  const interval = score.interval
    ? `, with a 95 % interval of ${points(score.interval[0])} to ${points(score.interval[1])}`
    : ", without an interval";
  const curve = meanCurve(records);
  const kind = test.dataset ? "dataset" : "moving";
  const gap = summarize(
    records.map(({ train, test }) =>
      (train[kind] ?? train.moving).accuracy - (test[kind] ?? test.moving).accuracy
    ),
  );
  const layers = layersOf(records);
  const furthest = layers.map(({ name, of }) => {
    const gammas = of(({ gamma }) => gamma);
    return { name, distance: mean(gammas.map((gamma) => Math.abs(gamma - 1))), gammas };
  }).toSorted((a, b) => b.distance - a.distance)[0];
  const few = records.length < MINIMUM_PAIRS
    ? ` That rests on ${count(records.length, "trial")} and is a first impression, no result.`
    : "";
  return [
    `**${label}**: ${meanAndDeviation(score)} % of the test images, over ${
      count(records.length, "trial")
    }${interval} ` +
    `(${sections.accuracy}).${few}`,
    curve.length > 1
      ? `The first epoch brings the mean validation accuracy to ${points(curve[0])} %, the other ` +
        `${curve.length - 1} to ${points(curve.at(-1)!)} % (${sections.course}).`
      : `One epoch brings the mean validation accuracy to ${points(curve[0])} % ` +
        `(${sections.course}).`,
    `Training and test end ${meanAndDeviation(gap)} points apart (${sections.training}).`,
    firstSentences(mistakesText(records), 1) + ` (${sections.mistakes}).`,
    furthest
      ? `Of what BN learned, the scales of \`${furthest.name}\` moved furthest: a channel's ` +
        `γ lies ${signed(furthest.distance, 3)} from 1 in the mean, ` +
        `${signed(Math.max(...furthest.gammas.map((gamma) => Math.abs(gamma - 1))), 3)} at most ` +
        `(${sections.learned}).`
      : "",
  ].filter(Boolean).join(" ");
}

/** Without the full stop, so that a citation can follow. */
function firstSentences(text: string, n: number): string {
  return text.split(/(?<=\.) /).slice(0, n).join(" ").replace(/\.$/, "");
}

interface LayerChannels {
  name: string;
  channels: number;
  /** A quantity of all channels of all trials. */
  of(value: (record: BatchNormRecord) => readonly number[]): number[];
}

/** The BN layers of some trials of one model. */
function layersOf(records: readonly TrialRecord[]): LayerChannels[] {
  const all = Map.groupBy(records.flatMap(({ batchNorm }) => batchNorm), ({ layer }) => layer);
  return [...all].map(([name, entries]) => ({
    name,
    channels: entries[0].gamma.length,
    of: (value) => entries.flatMap(value),
  }));
}

function number(n: number): string {
  return n.toLocaleString("en-US");
}

function inWords(parts: readonly string[]): string {
  return parts.length < 2 ? parts.join("") : `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}`;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
