/**
 * What the trials of single claims say beside their verdicts, in words and tables, for the notebooks
 * that show them.
 *
 * @module
 */
import { batchSize } from "./claims/batch_size.ts";
import { testAccuracy } from "./claims/claim.ts";
import { drift } from "./claims/drift.ts";
import type { Experiment } from "../experiments/experiment.ts";
import { markdownTable } from "../experiments/markdown.ts";
import { mean } from "../experiments/mean.ts";
import type { TrialRecord } from "../experiments/record.ts";
import { meanAndDeviation, points, summarize } from "./statistics.ts";
import { PLACEMENT_WORDS } from "./summary.ts";

const PLACEMENTS = ["none", "pre", "post"] as const;

/** At most this accuracy counts as not having learned: twice of what guessing reaches in ten classes. */
export const GUESSING = 0.2;

function byPlacement(records: readonly TrialRecord[]) {
  return PLACEMENTS.map((placement) => ({
    words: PLACEMENT_WORDS[placement],
    trials: records.filter(({ experiment }) => experiment.placement === placement),
  })).filter(({ trials }) => trials.length > 0);
}

/**
 * How far the inputs of the activations moved, and how large they were, for each placement.
 *
 * @param records Trials with activations after each epoch.
 */
export function driftText(records: readonly TrialRecord[]): string {
  const sentences = byPlacement(records).map(({ words, trials }) => {
    const moved = trials.map(drift).filter((value) => value !== null);
    const size = (pick: (deviations: number[]) => number) =>
      pick(
        trials.flatMap(({ epochs, experiment }) =>
          epochs.slice(2).flatMap(({ activations }) =>
            activations.filter(({ kind, deviation }) =>
              deviation !== null &&
              kind === (experiment.placement === "pre" ? "batchNorm" : "affine")
            ).map(({ deviation }) => deviation!)
          )
        ),
      );
    const shift = moved.length === 0
      ? "has no finite drift"
      : `moved by ${mean(moved).toFixed(3)} deviations per epoch on average`;
    const [low, high] = [size((d) => Math.min(...d)), size((d) => Math.max(...d))];
    const sizes = low <= high
      ? `; their layers' deviations lay between ${low.toFixed(2)} and ${high.toFixed(2)}`
      : "";
    return `- ${words}: the inputs of the activations ${shift}${sizes}.`;
  });
  return sentences.length === 0
    ? "There are no trials."
    : `From the third epoch on:\n\n${sentences.join("\n")}`;
}

/**
 * For each placement, up to which learning rate every trial learned, and at which the mean is highest.
 *
 * @param records Trials at several learning rates.
 */
export function learningRateText(records: readonly TrialRecord[]): string {
  const placements = byPlacement(records).map(({ words, trials }) => {
    const rates = [...Map.groupBy(trials, ({ experiment }) => experiment.learningRate)]
      .map(([rate, trials]) => ({
        rate,
        failed: trials.filter((trial) => testAccuracy(trial) <= GUESSING).length,
        accuracy: mean(trials.map(testAccuracy)),
        n: trials.length,
      }))
      .sort((a, b) => a.rate - b.rate);
    const firstFailure = rates.findIndex(({ failed }) => failed > 0);
    const safe = firstFailure === -1 ? rates.at(-1) : rates[firstFailure - 1];
    const best = rates.reduce((a, b) => b.accuracy > a.accuracy ? b : a);
    const limit = firstFailure === -1
      ? `every trial learned at all rates, the highest ${rates.at(-1)!.rate}`
      : `every trial learned up to ${safe?.rate ?? "no rate at all"}; at a rate of ${
        rates[firstFailure].rate
      }, ${rates[firstFailure].failed} of ${rates[firstFailure].n} did not`;
    return {
      safe: safe?.rate ?? 0,
      words,
      best,
      sentence: `- ${words}: ${limit}. The highest mean, ${points(best.accuracy)} %, is at ` +
        `${best.rate}.`,
    };
  });
  const [none, ...others] = placements;
  const comparisons = none?.words === PLACEMENT_WORDS.none
    ? others.map(({ words, safe }) => {
      if (none.safe === 0 || safe === 0) return `${words}: nothing to compare`;
      const ratio = safe / none.safe;
      if (ratio === 1) return `${words}: no higher than without`;
      return ratio > 1
        ? `${words}: ${Number(ratio.toPrecision(2))} times as high as without`
        : `${words}: lower than without, by a factor of ${Number((1 / ratio).toPrecision(2))}`;
    })
    : [];
  return [
    placements.map(({ sentence }) => sentence).join("\n") || "There are no trials.",
    ...(comparisons.length > 0
      ? [
        `The highest rate of this grid that no trial failed at, ${
          comparisons.join("; ")
        }. To have ` +
        `learned here means more than ${points(GUESSING, 0)} % on the test images, which is far ` +
        `less than to have learned well.`,
      ]
      : []),
  ].join("\n\n");
}

/**
 * How the noise of batch estimates compares with 1/√m, in the first BN layer and behind it.
 *
 * @param records Trials that measured `noise`.
 */
export function noiseText(records: readonly TrialRecord[]): string {
  const measured = records.filter(({ noise }) => noise.length > 0);
  if (measured.length === 0) return "No trial has measured the noise.";
  const ratios = (kind: "mean" | "variance", deep: boolean) =>
    measured.flatMap(({ noise, experiment }) =>
      (deep ? noise.slice(1) : noise.slice(0, 1))
        .map((layer) => layer[kind] * Math.sqrt(experiment.batchSize))
    );
  const range = (values: readonly number[]) =>
    values.length === 0
      ? "not measured"
      : `${Math.min(...values).toFixed(2)} to ${Math.max(...values).toFixed(2)}`;
  const [first, deep] = [ratios("mean", false), ratios("mean", true)];
  const steadier = deep.length > 0 && Math.max(...deep) < 0.5 * Math.min(...first);
  return `In units of 1/√m, the noise of the **mean** is ${
    range(first)
  } in the first BN layer and ` +
    `${range(deep)} in those behind it` +
    (steadier ? ": less than half as much in every trial" : "") +
    `. That of the **variance** is ${range(ratios("variance", false))} in the first and ` +
    `${range(ratios("variance", true))} behind it. A value of 1 is what independent images would ` +
    `give for the mean.`;
}

/**
 * For each batch size, how many test images change their class with their companions in training
 * mode, beside accuracies in both modes.
 *
 * @param records Trials that scored `modes`.
 */
export function companionsTable(records: readonly TrialRecord[]): string {
  const sizes = Map.groupBy(
    records.filter(({ companions }) => companions !== null),
    ({ experiment }) => experiment.batchSize,
  );
  return markdownTable(
    [
      { title: "batch size", numeric: true },
      { title: "trials", numeric: true },
      { title: "exact statistics", numeric: true },
      { title: "moving average", numeric: true },
      { title: "the batch's own", numeric: true },
      { title: "images that change class", numeric: true },
    ],
    [...sizes].sort(([a], [b]) => a - b).map(([size, trials]) => [
      String(size),
      String(trials.length),
      points(mean(trials.map(testAccuracy))),
      points(mean(trials.map(({ test }) => test.moving.accuracy))),
      points(mean(trials.map(({ companions }) => companions!.accuracy))),
      points(mean(trials.map(({ companions }) => companions!.changed))),
    ]),
  );
}

/**
 * By how much exact statistics score above the moving average on the same weights, after the first
 * and after the last epoch.
 *
 * @param records Trials that scored `modes`.
 */
export function modesText(records: readonly TrialRecord[]): string {
  const measured = records.filter(({ epochs }) => epochs.every(({ modes }) => modes !== null));
  const sizes = [...Map.groupBy(measured, ({ experiment }) => experiment.batchSize)]
    .sort(([a], [b]) => a - b);
  if (sizes.length === 0) return "No trial has scored several kinds of statistics.";
  const sentences = sizes.map(([size, trials]) => {
    const gap = (i: number) =>
      mean(trials.map(({ epochs }) => {
        const { modes, validation } = epochs.at(i)!;
        return modes!.dataset.accuracy - validation.accuracy;
      }));
    return `- batches of ${size}: ${points(gap(0))} points after the first epoch, ` +
      `${points(gap(-1))} after the last (means of ${trials.length} trial${
        trials.length === 1 ? "" : "s"
      }).`;
  });
  return `Validation accuracy with exact statistics minus that with the moving average:\n\n${
    sentences.join("\n")
  }`;
}

/**
 * Test accuracy at every batch size and how noisy its estimates of the mean are in each BN layer: the
 * root mean square over batches and channels of (µ̂ − µ)/σ, mean over the trials. For independent
 * images it would be 1/√m.
 *
 * @param records Of any experiments; those of the claim are picked by name.
 * @param experiments The sweep, in the table's order.
 */
export function batchSizeTable(
  records: readonly TrialRecord[],
  experiments: readonly Experiment[] = batchSize.experiments,
): string {
  const byName = Map.groupBy(records, ({ experiment }) => experiment.name);
  const layers = Math.max(0, ...records.map(({ noise }) => noise.length));
  return markdownTable(
    [
      { title: "batch size m", numeric: true },
      { title: "learning rate", numeric: true },
      { title: "trials", numeric: true },
      { title: "test accuracy (%)", numeric: true },
      { title: "1/√m", numeric: true },
      ...Array.from({ length: layers }, (_, i) => ({
        title: `RMS of (µ̂ − µ)/σ, BN layer ${i + 1}`,
        numeric: true,
      })),
    ],
    experiments.map(({ name, batchSize, learningRate }) => {
      const trials = byName.get(name) ?? [];
      const noise = Array.from({ length: layers }, (_, i) => {
        const values = trials.flatMap((trial) => trial.noise[i]?.mean ?? []);
        return values.length > 0 ? mean(values).toFixed(3) : "–";
      });
      return [
        String(batchSize),
        String(learningRate),
        String(trials.length),
        trials.length > 0 ? meanAndDeviation(summarize(trials.map(testAccuracy))) : "–",
        (1 / Math.sqrt(batchSize)).toFixed(3),
        ...noise,
      ];
    }),
  );
}

/**
 * The batch size with the highest mean, for each rule of the learning rate.
 *
 * @param records Trials of several batch sizes.
 * @param shared The rate and the size at which both rules are one.
 */
export function batchSizeText(
  records: readonly TrialRecord[],
  shared: { learningRate: number; batchSize: number },
): string {
  const rules = [
    { words: "With the same learning rate", rate: () => shared.learningRate },
    {
      words: "With the rate in proportion to the batch",
      rate: (size: number) => shared.learningRate * size / shared.batchSize,
    },
  ];
  return rules.map(({ words, rate }) => {
    const own = records.filter(({ experiment }) =>
      experiment.learningRate === rate(experiment.batchSize)
    );
    const sizes = [...Map.groupBy(own, ({ experiment }) => experiment.batchSize)]
      .map(([size, trials]) => ({ size, accuracy: mean(trials.map(testAccuracy)) }))
      .sort((a, b) => b.accuracy - a.accuracy);
    if (sizes.length === 0) return `${words} there are no trials.`;
    const near = sizes.filter(({ accuracy }) => accuracy >= sizes[0].accuracy - 0.005)
      .map(({ size }) => size).sort((a, b) => a - b);
    return `${words} the highest mean is ${points(sizes[0].accuracy)} %, in batches of ` +
      `${sizes[0].size}; within half a point of it are the sizes ${near.join(", ")}` +
      (near.some((size) => size >= 50 && size <= 100)
        ? ", the recommended range among them."
        : ", the recommended range not among them.");
  }).join(" ");
}
