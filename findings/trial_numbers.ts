/**
 * What is read off a single trial, for comparisons, tables and figures alike.
 *
 * @module
 */
import { type ActivationSummary, testAccuracyOf, type TrialRecord } from "../experiments/record.ts";

export { testAccuracyOf };

/** Test minus training accuracy: negative, and the closer to 0 the better the fit carries over. */
export function generalizationOf(record: TrialRecord): number {
  const { train } = record;
  return testAccuracyOf(record) - (train.dataset ?? train.moving).accuracy;
}

/**
 * How the inputs of the activations were distributed, after each epoch, layer by layer. They are what
 * batch normalization was invented to keep steady: the output of BN where it stands before the
 * activation, of the affine map otherwise.
 */
export function activationInputsOf({ experiment, epochs }: TrialRecord): ActivationSummary[][] {
  const kind = experiment.placement === "pre" ? "batchNorm" : "affine";
  return epochs.map(({ activations }) => activations.filter((summary) => summary.kind === kind));
}
