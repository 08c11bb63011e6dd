/**
 * The figures that belong to the claims and to the choice of rates: which records, in which groups.
 *
 * @module
 */
import { BATCH_RULES } from "../findings/claims/batch_size.ts";
import { type Claim, judgeClaim } from "../findings/claims/claim.ts";
import { RATE_EXPERIMENTS } from "../experiments/rates.ts";
import { type TrialRecord, validationAccuracyOf } from "../experiments/record.ts";
import { BATCH_RATES } from "../experiments/sweeps/batch_size.ts";
import { activationDrift, activationMoments } from "./activation_curves.ts";
import { statisticsModes } from "./batch_statistics.ts";
import { learningCurves } from "./learning_curves.ts";
import { trainingCurves } from "./training_curves.ts";
import { claimDifferences, pairedDifferences } from "./paired_differences.ts";
import { SCALING_WORDS } from "./scalings.ts";
import { sweep } from "./sweep.ts";
import type { ColumnsOptions } from "./panels.ts";
import { byPlacement, type LabeledRecords } from "./styles.ts";
import type { Figure } from "./theme.ts";

/**
 * What a claim's trials look like: the sweep, the curves or the statistics that it is about. A claim
 * that has no figure of its own gets its differences.
 *
 * @param records Of any experiments; those of the claim are picked by name.
 */
export function claimFigure(
  claim: Claim,
  records: readonly TrialRecord[],
  options: ColumnsOptions = {},
): Figure {
  const names = new Set(claim.experiments.map(({ name }) => name));
  const own = records.filter(({ experiment }) => names.has(experiment.name));
  switch (claim.name) {
    case "input-scaling":
      return trainingCurves(scalingsByPlacement(own), options);
    case "drift":
      return activationDrift(own);
    case "magnitudes":
      return activationMoments(own);
    case "learning-rate":
      return sweep(byPlacement(own), { ...options, ...LEARNING_RATE });
    case "batch-size":
      return sweep(batchRules(own), {
        ...options,
        xTitle: "batch size",
        x: ({ experiment }) => experiment.batchSize,
      });
    case "depth":
      return sweep(byPlacement(own), {
        ...options,
        xTitle: "hidden layers of 100 units",
        x: ({ experiment }) => experiment.hidden.length,
      });
    case "regularization":
      return learningCurves(own, options);
    case "prediction-statistics":
    case "moving-average-lag":
      return statisticsModes(own, options);
    case "saturating-activation":
    case "bounded-activation":
      return trainingCurves(
        [...Map.groupBy(own, ({ experiment }) => experiment.activation)].flatMap((
          [activation, group],
        ) =>
          byPlacement(group).map((placed) => ({
            ...placed,
            panel: activation === "relu" ? "ReLU" : activation,
          }))
        ),
        options,
      );
    default:
      return pairedDifferences(claimDifferences([judgeClaim(claim, records)]));
  }
}

/**
 * Validation accuracy of every model at every learning rate of the grid: the choice of rates.
 *
 * @param records Of any experiments; those of the grid are picked by name.
 */
export function rateGrid(
  records: readonly TrialRecord[],
  options: ColumnsOptions = {},
): Figure {
  const names = new Set(RATE_EXPERIMENTS.map(({ name }) => name));
  const own = records.filter(({ experiment }) => names.has(experiment.name));
  const groups = ["mlp", "cnn"].flatMap((architecture) =>
    byPlacement(own.filter(({ experiment }) => experiment.architecture === architecture))
      .map((group) => ({ ...group, panel: architecture.toUpperCase() }))
  );
  return sweep(groups, {
    ...options,
    ...LEARNING_RATE,
    value: validationAccuracyOf,
    yTitle: "validation accuracy (%)",
  });
}

const LEARNING_RATE = {
  xTitle: "learning rate (start value)",
  x: ({ experiment }: TrialRecord) => experiment.learningRate,
};

/** The scalings, in panels by placement. */
function scalingsByPlacement(records: readonly TrialRecord[]): LabeledRecords[] {
  return byPlacement(records).flatMap(({ label: panel, records }) =>
    (["raw", "unit", "standardized"] as const).map((scaling) => ({
      label: SCALING_WORDS[scaling],
      panel,
      records: records.filter(({ experiment }) => experiment.scaling === scaling),
    }))
  );
}

/** Both rules of the batch-size sweep; at the shared size they are one. */
function batchRules(records: readonly TrialRecord[]): LabeledRecords[] {
  return BATCH_RULES.map(([rule, label]) => ({
    label,
    records: records.filter(({ experiment: { batchSize, learningRate } }) =>
      learningRate === BATCH_RATES[rule](batchSize)
    ),
  }));
}
