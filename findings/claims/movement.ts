import type { PathRecord, TrialRecord } from "../../experiments/record.ts";
import { followed } from "../../experiments/sweeps/movement.ts";
import { mean } from "../../experiments/mean.ts";
import { type Claim, compare } from "./claim.ts";
import { PLACES, WORDS } from "./words.ts";

type Mode = "training" | "prediction";

/** A mean over layers; undefined where a layer has no number. */
function overLayers(
  path: PathRecord | null,
  of: (layer: PathRecord["layers"][number]) => number | null,
): number | undefined {
  const values = path?.layers.map(of) ?? [null];
  return values.includes(null) ? undefined : mean(values as number[]);
}

/** log S of a trial, negative, so that less movement is more. */
const steadiness = (mode: Mode) => ({ path }: TrialRecord): number | undefined => {
  const shift = overLayers(path, (layer) => layer[mode].shift);
  return shift && -Math.log(shift);
};

/** −mean |log(σ at the end / σ at the beginning)| */
const keptSize = ({ path }: TrialRecord): number | undefined => {
  const change = overLayers(
    path,
    ({ prediction: { deviation: { first, last } } }) =>
      first && last ? Math.abs(Math.log(last / first)) : null,
  );
  return change && -change;
};

export const lessMovement: Claim = {
  id: "C4",
  name: "the activations’ inputs move less with BN",
  question:
    "While the training loss falls from 0.60 to 0.35, do the inputs of the activations move " +
    "less with BN than without?",
  quotation: {
    text:
      "the variables […] in intermediate layers or hidden layers, could take values with varying " +
      "magnitudes […] over time […] such drift in the distribution leads to sub-optimal performance",
    source: "assignment",
  },
  parts: (["training", "prediction"] as const).map((mode) => ({
    title: `in ${mode} mode`,
    comparisons: PLACES.map((place) =>
      compare(`movement without BN ÷ with BN ${WORDS[place]}`, followed(place), followed("none"), {
        unit: "log ratio",
        margin: Math.log(1.1),
        value: steadiness(mode),
      })
    ),
  })),
};

export const sizesStay: Claim = {
  id: "C5",
  name: "standard deviations of the activations’ inputs change less with BN before",
  question:
    "While the loss falls as far, do the standard deviations of these inputs change less with BN before " +
    "the activation than without?",
  quotation: {
    text:
      "the variable magnitudes for intermediate layers cannot diverge during training because " +
      "batch normalization actively centers and rescales them",
    source: "assignment, from Dive into Deep Learning",
  },
  parts: [{
    comparisons: [
      compare(
        "|log of the factor by which σ changes|, no BN − BN before",
        followed("pre"),
        followed("none"),
        {
          unit: "logarithms",
          value: keptSize,
        },
      ),
    ],
  }],
};
