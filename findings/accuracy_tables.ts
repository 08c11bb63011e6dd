/**
 * Accuracies of many experiments as tables. Pure functions from records to Markdown.
 *
 * @module
 */
import { markdownTable, numeric } from "../experiments/markdown.ts";
import type { Summary } from "./statistics.ts";
import type { ExperimentSummary, ResultSummary } from "./summary.ts";
import { intervalWords, meanAndDeviation, points } from "./words.ts";

/** Test accuracy of each experiment, in percent: mean ± standard deviation and interval. */
export function accuracyTable({ experiments }: ResultSummary): string {
  const cell = (summary: Summary | null) => summary ? meanAndDeviation(summary) : "–";
  return markdownTable(
    [
      "model",
      ...numeric(
        "trials",
        "moving average",
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
