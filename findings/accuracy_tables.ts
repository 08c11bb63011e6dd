/**
 * Accuracies of many experiments as tables: of a preset, by learning rate, at own rates, after few
 * and after many epochs.
 *
 * Pure functions from records to Markdown.
 *
 * @module
 */
import { DEFAULTS } from "../experiments/experiment.ts";
import { markdownTable, numeric } from "../experiments/markdown.ts";
import { mean } from "../experiments/mean.ts";
import { BEST_RATES, bestRate, RATE_GRID, RATED_MODELS, rateScores } from "../experiments/rates.ts";
import type { TrialRecord } from "../experiments/record.ts";
import { FAILED } from "../experiments/thresholds.ts";
import { atOwnRate } from "./side_by_side.ts";
import type { Summary } from "./statistics.ts";
import { type ExperimentSummary, type ResultSummary, summarizeExperiments } from "./summary.ts";
import { generalizationOf } from "./trial_numbers.ts";
import { intervalWords, meanAndDeviation, points } from "./words.ts";

/** Test accuracy of each experiment, in percent: mean ± standard deviation and interval. */
export function accuracyTable({ experiments }: ResultSummary): string {
  const cell = (summary: Summary | null) => summary ? meanAndDeviation(summary) : "–";
  return markdownTable(
    [
      "model",
      ...numeric(
        "trials",
        "moving statistics",
        "dataset statistics",
        "95 % interval",
        "dataset − moving",
      ),
    ],
    experiments.map(({ label, test, gap }) => [
      label,
      String(test.moving.n),
      cell(test.moving),
      cell(test.dataset),
      intervalWords(test.dataset ?? test.moving),
      gap ? points(gap.mean) : "–",
    ]),
  );
}

/** Above this gap, dataset minus moving, {@linkcode laggingTable} names an experiment: one point. */
const NOTABLE_GAP = 0.01;

/**
 * Experiments that score far lower with the moving average than with dataset statistics, and how much of
 * its initial values the average still carries: v ← m·v + (1 − m)·batch, n times over, leaves the first
 * v with the weight mⁿ. Empty where the average keeps up.
 */
export function laggingTable(experiments: readonly ExperimentSummary[]): string {
  const lagging = experiments.filter(({ gap }) => gap !== null && gap.mean > NOTABLE_GAP);
  if (lagging.length === 0) return "";
  return markdownTable(
    [
      "model",
      ...numeric(
        "dataset − moving",
        "training steps n",
        "momentum m",
        "initial values left, mⁿ (%)",
      ),
    ],
    lagging.map(({ label, gap, experiment: { momentum }, records: [{ batchNorm }] }) => {
      const steps = batchNorm[0]?.moving.count ?? 0;
      return [
        label,
        points(gap!.mean),
        String(steps),
        String(momentum),
        points(momentum ** steps, 0),
      ];
    }),
  );
}

/**
 * Validation accuracy of every model at every rate of the grid, mean of all trials, those that failed
 * included and counted in brackets; the best in bold.
 */
export function rateTable(records: readonly TrialRecord[]): string {
  return markdownTable(
    [
      "model",
      ...numeric(...RATE_GRID.map(String), "best"),
      "within one point",
    ],
    RATED_MODELS.map((model) => {
      const best = bestRate(model, records);
      const scores = new Map(
        rateScores(model, records).map((score) => [score.learningRate, score]),
      );
      return [
        model,
        ...RATE_GRID.map((rate) => {
          const score = scores.get(rate);
          const failed = score?.accuracies.filter((accuracy) => accuracy <= FAILED).length ?? 0;
          const text = score ? points(score.mean) + (failed > 0 ? ` (${failed} failed)` : "") : "–";
          return rate === best ? `**${text}**` : text;
        }),
        best === undefined ? "–" : String(best),
        [...scores.values()].filter(({ mean }) => mean >= scores.get(best!)!.mean - 0.01)
          .map(({ learningRate }) => learningRate).join(", ") || "–",
      ];
    }),
  );
}

/**
 * Each model at the shared rate and at its own best one: the same trials by the same seeds.
 *
 * @param shared Records at the shared rate.
 * @param tuned Records at the own best rates, of the models whose best is another.
 */
export function tunedTable(
  shared: readonly TrialRecord[],
  tuned: readonly TrialRecord[],
): string {
  const accuracy = (records: readonly TrialRecord[]) => {
    if (records.length === 0) return "–";
    const [{ test }] = summarizeExperiments(records).experiments;
    return meanAndDeviation(test.dataset ?? test.moving);
  };
  return markdownTable(
    [
      "model",
      ...numeric(`at ${DEFAULTS.learningRate}`, "own rate", "at its own rate"),
    ],
    RATED_MODELS.map((model) => [
      model,
      accuracy(shared.filter(({ experiment }) => experiment.name === model)),
      String(BEST_RATES[model]),
      accuracy(atOwnRate(model, shared, tuned)),
    ]),
  );
}

/** The same models after few and after many epochs: test accuracy, and training minus test. */
export function longTable(
  short: readonly TrialRecord[],
  long: readonly TrialRecord[],
): string {
  return markdownTable(
    [
      "model",
      ...numeric("epochs", "trials", "test accuracy", "training − test"),
    ],
    longRows(short, long).map((summary) => [
      summary.name,
      String(summary.experiment.epochs),
      String(summary.records.length),
      meanAndDeviation(summary.test.dataset ?? summary.test.moving),
      points(gapOf(summary)),
    ]),
  );
}

/** Each model of the long trials, below itself after few epochs. */
function longRows(short: readonly TrialRecord[], long: readonly TrialRecord[]) {
  const [before, after] = [short, long].map((records) => {
    const names = Map.groupBy(records, ({ experiment }) => experiment.name);
    return [...names.values()].map((group) => summarizeExperiments(group).experiments[0]);
  });
  return after.flatMap((longer) => {
    const same = before.find(({ name }) => name === longer.name);
    return same ? [same, longer] : [];
  });
}

/** Training minus test accuracy, of the same weights with the same statistics. */
function gapOf({ records }: ExperimentSummary): number {
  return -mean(records.map(generalizationOf));
}
