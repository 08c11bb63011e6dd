/**
 * What the trials of one experiment come to, as tables: its scores, its mistakes, and what batch
 * normalization learned.
 *
 * Pure functions from records to Markdown.
 *
 * @module
 */
import { classNamesOf } from "../data/dataset_name.ts";
import { thousands } from "../experiments/format.ts";
import { markdownTable, numeric } from "../experiments/markdown.ts";
import { mean } from "../experiments/mean.ts";
import { CONSTANT } from "../experiments/thresholds.ts";
import {
  type BatchNormRecord,
  type TrialRecord,
  validationCurveOf,
} from "../experiments/record.ts";
import { type Comparison, judgeBy, MARGIN } from "./claims/claim.ts";
import { Trials } from "./claims/trials.ts";
import { comparisonSentence } from "./claims/words.ts";
import { quantiles, summarize, type Summary } from "./statistics.ts";
import { intervalWords, meanAndDeviation, points, signed } from "./words.ts";

/**
 * The scores of one experiment: how far the first epoch leads, what the last reaches, training
 * against test, and how much of it is chance. Accuracies in percent, differences in points.
 *
 * The error of the test set is the standard error √(p(1 − p)/N) of a share p of N images. It is the
 * same for all trials, which share these images, so that it does not show in their spread.
 */
export function scoreTable(records: readonly TrialRecord[]): string {
  const rows = records.length === 0 ? [] : scoreRows(records);
  return markdownTable(["quantity", ...numeric("value")], rows);
}

function scoreRows(records: readonly TrialRecord[]): string[][] {
  const kind = records.every(({ test, train }) => test.dataset && train.dataset)
    ? "dataset"
    : "moving";
  const [train, test] = (["train", "test"] as const).map((split) => ({
    accuracies: records.map((record) => record[split][kind]!.accuracy),
    losses: records.map((record) => record[split][kind]!.loss),
  }));
  const [training, testing] = [train, test].map(({ accuracies }) => summarize(accuracies));
  const gap = summarize(train.accuracies.map((accuracy, i) => accuracy - test.accuracies[i]));
  const losses = [train, test].map(({ losses }) =>
    losses.every((loss) => loss !== null) ? mean(losses).toFixed(3) : "not finite"
  );
  const curve = meanCurve(records);
  const diverged = records.filter(({ diverged }) => diverged !== null).length;
  const images = records[0].experiment.images;
  const testError = Math.sqrt(testing.mean * (1 - testing.mean) / images.test);
  return [
    ["trials", String(records.length)],
    ["diverged trials", String(diverged)],
    ["validation accuracy after epoch 1", points(curve[0])],
    [`validation accuracy after epoch ${curve.length}, the last`, points(curve.at(-1)!)],
    [
      "first epoch from which it stays within one point of its last value",
      String(settledFrom(curve)),
    ],
    ["test accuracy", meanAndInterval(testing)],
    [
      "lowest and highest trial",
      `${points(Math.min(...test.accuracies))} and ${points(Math.max(...test.accuracies))}`,
    ],
    [
      `accuracy on ${thousands(Math.min(images.train, 10_000))} training images`,
      meanAndInterval(training),
    ],
    ["training − test", meanAndInterval(gap)],
    ["loss, training and test", losses.join(" and ")],
    [`standard error due to ${thousands(images.test)} test images`, points(testError)],
  ];
}

/** Validation accuracy after each epoch, mean over trials. */
export function meanCurve(records: readonly TrialRecord[]): number[] {
  const length = Math.min(...records.map(({ epochs }) => epochs.length));
  return Array.from(
    { length },
    (_, i) => mean(records.map((record) => validationCurveOf(record)[i])),
  );
}

/** The epoch, counted from 1, from which on a curve stays within one point of its end. */
function settledFrom(curve: readonly number[]): number {
  return curve.findLastIndex((value) => Math.abs(value - curve.at(-1)!) > 0.01) + 2;
}

function meanAndInterval(summary: Summary): string {
  return meanAndDeviation(summary) + (summary.interval ? ` [${intervalWords(summary)}]` : "");
}

/** Whether it matters which statistics prediction uses: dataset minus moving, on the same weights. */
export function statisticsSentence(records: readonly TrialRecord[]): string {
  const scored = records.flatMap(({ test: { dataset, moving } }) =>
    dataset ? [Math.abs(dataset.accuracy - moving.accuracy)] : []
  );
  if (scored.length === 0) return "No trial was scored with dataset statistics.";
  const comparison: Comparison = {
    subject: "The same weights, dataset statistics − moving average",
    asks: "alike",
    margin: MARGIN.statistics,
    unit: "points",
    pairsIn: (trials) =>
      trials.pairs([records[0].experiment], ([{ test }]) => [
        test.dataset?.accuracy ?? null,
        test.moving.accuracy,
      ]),
  };
  return `${comparisonSentence(judgeBy(new Trials(records), comparison))} The largest gap of a ` +
    `single trial, either way, is ${points(Math.max(...scored))} points.`;
}

/** How often each class is classified correctly, and what it is most often taken for, in percent. */
export function mistakesTable(records: readonly TrialRecord[]): string {
  const names = records.length === 0 ? [] : classNamesOf(records[0].data.checksum);
  const matrices = records.map(({ test }) => (test.dataset ?? test.moving).confusion);
  const rows = names.map((name, i) => {
    const counts = names.map((_, j) => sum(matrices.map((matrix) => matrix[i][j])));
    const share = (n: number) => sum(counts) === 0 ? "–" : points(n / sum(counts), 1);
    const most = Math.max(...counts.filter((_, j) => j !== i));
    const taken = counts.findIndex((count, j) => j !== i && count === most);
    return [name, share(counts[i]), most === 0 ? "–" : names[taken], share(most)];
  });
  return markdownTable([
    "class",
    ...numeric("correct (%)"),
    "most often confused with",
    ...numeric("share (%)"),
  ], rows);
}

/**
 * Where γ and β ended, layer by layer, from 1 and 0: medians, and where the middle 90 % lie. Then how
 * many channels that BN gets are faint: their variance is below ε, so that BN makes it less than γ²/2;
 * and how many of those are constant, the same value for every training image. Shares are of all channels.
 */
export function learnedTable(records: readonly TrialRecord[]): string {
  const spread = (values: readonly number[]) => {
    const [low, median, high] = quantiles(values, [0.05, 0.5, 0.95]).map((value) =>
      signed(value, 3)
    );
    return `${median} [${low}, ${high}]`;
  };
  return markdownTable(
    ["BN layer", ...numeric("channels", "γ", "β", "γ < 0", "faint", "constant")],
    layersOf(records).map(({ name, of }) => {
      const [gamma, beta] = [of(({ gamma }) => gamma), of(({ beta }) => beta)];
      const variances = of(({ dataset }) => dataset.variance);
      const { epsilon } = records[0].experiment;
      const constant = variances.filter((variance) => variance < CONSTANT).length;
      const faint = variances.filter((variance) => variance < epsilon).length;
      return [
        name,
        thousands(gamma.length),
        spread(gamma),
        spread(beta),
        String(gamma.filter((value) => value < 0).length),
        ...[faint, constant].map((n) => `${n} (${points(n / variances.length, 1)} %)`),
      ];
    }),
  );
}

/** The BN layers of some trials of one model: a quantity of all channels of all trials. */
function layersOf(records: readonly TrialRecord[]) {
  const all = Map.groupBy(records.flatMap(({ batchNorm }) => batchNorm), ({ layer }) => layer);
  return [...all].map(([name, entries]) => ({
    name,
    of: (value: (record: BatchNormRecord) => readonly number[]) => entries.flatMap(value),
  }));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
