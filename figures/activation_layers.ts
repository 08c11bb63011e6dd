import type { ActivationSummary, TrialRecord } from "../experiments/record.ts";
import { activationInputsOf } from "../findings/trial_numbers.ts";

/** Which outputs of a block are looked at; "inputs" are those that the activation gets. */
export type ActivationKind = "inputs" | ActivationSummary["kind"];

/** For each hidden layer, its summaries epoch by epoch. */
export function layersOf(record: TrialRecord, kind: ActivationKind): ActivationSummary[][] {
  const summaries = kind === "inputs"
    ? activationInputsOf(record).flat()
    : record.epochs.flatMap(({ activations }) => activations)
      .filter((summary) => summary.kind === kind);
  return [...Map.groupBy(summaries, ({ layer }) => layer).values()];
}
