import type { TrialRecord } from "../records.ts";
import type { Claim } from "./claim.ts";
import { SIDE_WORDS, sweepOf } from "./sweeps.ts";

/**
 * How far the units that feed the activations moved from epoch to epoch, in their own deviations:
 * the mean over layers and epochs. Null where a trial has no such number.
 */
export function drift({ epochs, experiment: { placement } }: TrialRecord): number | null {
  const kind = placement === "pre" ? "batchNorm" : "affine";
  const shifts = epochs.slice(1).flatMap(({ activations }) =>
    activations.filter((layer) => layer.kind === kind).map(({ shift }) => shift)
  );
  if (shifts.length === 0 || shifts.includes(null)) return null;
  return shifts.reduce((sum: number, shift) => sum + shift!, 0) / shifts.length;
}

const steadiness = (record: TrialRecord) => {
  const moved = drift(record);
  return moved === null ? null : -moved;
};

const EPOCHS = 10;
const HISTOGRAMS = { epochs: EPOCHS, measure: ["histograms" as const] };

/** Whether batch normalization keeps the distributions of the pre-activations where they are. */
export const preActivationDrift: Claim = {
  name: "drift",
  statement: "the variables […] in intermediate layers or hidden layers, could take values with " +
    "varying magnitudes […] over time […] the variable magnitudes for intermediate layers cannot " +
    "diverge during training because batch normalization actively centers and rescales them",
  source: "assignment",
  question:
    `Over ${EPOCHS} epochs, do the inputs of the activations move less from epoch to epoch ` +
    "with BN than without? (Minus the mean shift of a unit, in its own deviations.)",
  experiments: (["none", "pre", "post"] as const).map((placement) =>
    sweepOf(placement, HISTOGRAMS, "drift")
  ),
  contrasts: (["pre", "post"] as const).map((placement) => ({
    subject: "Steadiness of the inputs of the activations",
    first: {
      experiment: `mlp-${placement}-drift`,
      words: SIDE_WORDS[placement],
      value: steadiness,
    },
    second: { experiment: "mlp-none-drift", words: SIDE_WORDS.none, value: steadiness },
    unit: "deviations" as const,
  })),
};
