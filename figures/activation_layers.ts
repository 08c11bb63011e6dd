import type { ActivationSummary, TrialRecord } from "../experiments/record.ts";

/** Which outputs of a block are looked at; "inputs" are those that the activation gets. */
export type ActivationKind = "inputs" | ActivationSummary["kind"];

/**
 * For each hidden layer, its summaries epoch by epoch. The inputs of an activation, which batch
 * normalization was invented to keep steady, are the output of BN where it stands before the activation,
 * and of the affine map otherwise.
 */
export function layersOf(
  { experiment, epochs }: TrialRecord,
  kind: ActivationKind,
): ActivationSummary[][] {
  const inputs = experiment.placement === "pre" ? "batchNorm" : "affine";
  const wanted = kind === "inputs" ? inputs : kind;
  const summaries = epochs.flatMap(({ activations }) => activations)
    .filter((summary) => summary.kind === wanted);
  return [...Map.groupBy(summaries, ({ layer }) => layer).values()];
}
