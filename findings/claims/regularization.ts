import { testAccuracyOf, type TrialRecord } from "../../experiments/record.ts";
import { lengthsOf, ofLength } from "../../experiments/sweeps/regularization.ts";
import type { Placement } from "../../experiments/sweeps/row.ts";
import { type Claim, compareSets, type Comparison, MARGIN, type Unit } from "./claim.ts";
import { hasFailed, type Outcome } from "./trials.ts";
import { PLACES, WORDS } from "./words.ts";

/** Training losses at which is compared. */
const LOSSES = [0.30, 0.20, 0.14];

/** Training loss in prediction mode, with the statistics that the test accuracy has. */
const trainingLoss = ({ train }: TrialRecord) => (train.dataset ?? train.moving).loss!;

/**
 * Test accuracy, or another number, at a training loss, between the two runs of one seed that enclose
 * it, in proportion in the logarithm of the loss; undefined if no two do, null if all failed.
 */
export function atTrainingLoss(
  records: readonly TrialRecord[],
  loss: number,
  value: (record: TrialRecord) => number = testAccuracyOf,
): Outcome {
  const runs = records.filter((record) => !hasFailed(record))
    .toSorted((a, b) => trainingLoss(b) - trainingLoss(a));
  if (runs.length === 0) return null;
  const next = runs.findIndex((record) => trainingLoss(record) <= loss);
  if (next < 1) return undefined;
  const [above, below] = [runs[next - 1], runs[next]];
  const share = Math.log(trainingLoss(above) / loss) /
    Math.log(trainingLoss(above) / trainingLoss(below));
  return value(above) + share * (value(below) - value(above));
}

const testLoss = ({ test }: TrialRecord) => (test.dataset ?? test.moving).loss!;

function compareAt(
  loss: number,
  place: "pre" | "post",
  of?: { unit: Unit; value: (record: TrialRecord) => number },
): Comparison {
  const runs = (placement: Placement) =>
    lengthsOf(placement).map((epochs) => ofLength(placement, epochs));
  return compareSets(
    `${of ? "test loss " : ""}at a loss of ${loss.toFixed(2)}, BN ${WORDS[place]} − none`,
    runs(place),
    runs("none"),
    (records) => atTrainingLoss(records, loss, of?.value),
    of ? { unit: of.unit } : { margin: MARGIN.tenThousand },
  );
}

export const regularizes: Claim = {
  id: "D4",
  name: "BN regularizes",
  question: "At equal training loss, does the MLP score more test images with BN than without?",
  quotation: {
    text: "BN acts as regularizer",
    source: "assignment; so Ioffe & Szegedy 2015, abstract",
  },
  parts: PLACES.map((place) => ({
    title: `BN ${WORDS[place]}`,
    comparisons: LOSSES.map((loss) => compareAt(loss, place)),
  })),
  beside: PLACES.flatMap((place) =>
    LOSSES.map((loss) => compareAt(loss, place, { unit: "nats", value: testLoss }))
  ),
};
