import { mean } from "../../experiments/mean.ts";
import type { TrialRecord } from "../../experiments/record.ts";
import { DRIFT, DRIFT_EPOCHS } from "../../experiments/sweeps/drift.ts";
import { activationInputsOf } from "../trial_numbers.ts";
import { againstNone, type Claim, compare, SIDE_WORDS } from "./claim.ts";

/**
 * The epoch from which on distributions are compared. They are looked at in prediction mode, and the
 * moving statistics of earlier epochs still carry their initial values: 0.99¹⁵⁶ = 21 % after the first
 * epoch of 156 steps, less than 1 % after the third. Their fading would pass for drift.
 */
export const SETTLED = 3;

/**
 * How far the units that feed the activations moved from epoch to epoch, in their own standard
 * deviations: the mean over layers and over the epochs after the third. Null where a trial has no such number.
 */
export function drift(record: TrialRecord): number | null {
  return meanOfAll(activationInputsOf(record).slice(SETTLED).flat().map(({ shift }) => shift));
}

/** The standard deviations of the layers that feed the activations, after each epoch from the third on. */
export function settledDeviations(record: TrialRecord): number[] {
  const settled = activationInputsOf(record).slice(SETTLED - 1).flat();
  return settled.flatMap(({ deviation }) => deviation ?? []);
}

/** The mean of some numbers; null where there is none, or where one is missing. */
function meanOfAll(values: (number | null)[]): number | null {
  const present = values.filter((value) => value !== null);
  return present.length > 0 && present.length === values.length ? mean(present) : null;
}

const steadiness = (record: TrialRecord) => {
  const moved = drift(record);
  return moved === null ? null : -moved;
};

/** Whether batch normalization keeps the distributions of the pre-activations where they are. */
export const preActivationDrift: Claim = {
  name: "drift",
  statement: "the variables […] in intermediate layers or hidden layers, could take values with " +
    "varying magnitudes […] over time […] such drift in the distribution leads to sub-optimal " +
    "performance",
  source: "assignment",
  question:
    `From the third to the last of ${DRIFT_EPOCHS} epochs, do the inputs of the activations move less from epoch to epoch ` +
    "with BN than without? (Minus the mean shift of a unit, in its own standard deviations. Whether drift " +
    "leads to worse performance is not asked here.)",
  experiments: DRIFT,
  contrasts: againstNone(
    "Steadiness of the inputs of the activations",
    (placement) => `mlp-${placement}-drift`,
    { value: steadiness, unit: "standard deviations" },
  ),
};

/**
 * How much the magnitude of the activations' inputs changed from the third epoch to the last: the mean
 * over layers of |log(σ_last/σ_third)|, 0 for none. Null where a trial has no such number.
 */
export function magnitudeChange(record: TrialRecord): number | null {
  const settled = activationInputsOf(record).slice(SETTLED - 1);
  if (settled.length === 0) return null;
  const [third, last] = [settled[0], settled.at(-1)!].map((layers) =>
    layers.map(({ deviation }) => deviation)
  );
  const changes = third.map((before, i) =>
    before && last[i] && Math.abs(Math.log(last[i] / before))
  );
  return meanOfAll(changes);
}

const sameMagnitude = (record: TrialRecord) => {
  const change = magnitudeChange(record);
  return change === null ? null : -change;
};

/** Whether batch normalization keeps the magnitudes of the pre-activations. */
export const preActivationMagnitudes: Claim = {
  name: "magnitudes",
  statement:
    "the variable magnitudes for intermediate layers cannot diverge during training because " +
    "batch normalization actively centers and rescales them",
  source: "assignment",
  question:
    `From the third to the last of ${DRIFT_EPOCHS} epochs, does the standard deviation of the inputs of the ` +
    "activations change less with BN before the activation than without? (Minus the mean of " +
    "|log q|, q the last standard deviation divided by the third; BN after the activation does not normalize these inputs.)",
  experiments: DRIFT,
  contrasts: [
    compare(
      "Constancy of the magnitudes of the inputs of the activations",
      ["mlp-pre-drift", SIDE_WORDS.pre],
      ["mlp-none-drift", SIDE_WORDS.none],
      { value: sameMagnitude, unit: "e-folds" },
    ),
  ],
};
