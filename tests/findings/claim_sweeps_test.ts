import { assertEquals, assertStringIncludes } from "@std/assert";
import { batchSizeTable, driftTable, lagTable, restOfBatchTable } from "../../findings/findings.ts";
import type { TrialRecord } from "../../experiments/record.ts";
import { syntheticRecord, type SyntheticTrial } from "../synthetic_records.ts";

const trial = (trial: Partial<SyntheticTrial> & { accuracy: number }) =>
  syntheticRecord({ name: "mlp-pre", seed: 1, ...trial });

Deno.test("batch sizes: the table has accuracy and noise of every size, and a dash where none was run", () => {
  const of = (name: string, batchSize: number) =>
    trial({ accuracy: 0, experiment: { name, batchSize } }).experiment;
  const [two, four] = [of("mlp-pre-batch-2", 2), of("mlp-pre-batch-4", 4)];
  const noise = [{ layer: "a", mean: 0.7, variance: 1 }, { layer: "b", mean: 0.02, variance: 1 }];
  const records = [0.5, 0.52].map((accuracy, i) => ({
    ...trial({ accuracy, experiment: two, record: { noise } }),
    seed: i,
  }));
  const [head, , ...rows] = batchSizeTable(records, [two, four]).split("\n");
  assertStringIncludes(
    head,
    "| 1/√m | RMS of (µ̂ − µ)/σ, BN layer 1 | RMS of (µ̂ − µ)/σ, BN layer 2 |",
  );
  assertEquals(rows, [
    "| 2 | 0.1 | 2 | 51.00 ± 1.41 | 0.707 | 0.700 | 0.020 |",
    "| 4 | 0.1 | 0 | – | 0.500 | – | – |",
  ]);
});

Deno.test("statistics: dataset minus moving after the first and the last epoch, and images that change class", () => {
  const record = trial({ accuracy: 0.8 });
  const score = (accuracy: number) => ({ loss: 1, accuracy });
  const scored: TrialRecord = {
    ...record,
    companions: { accuracy: 0.7, changed: 0.25 },
    epochs: record.epochs.map((epoch, i, { length }) => ({
      ...epoch,
      validation: score(0.5),
      modes: { batch: score(0.6), dataset: score(i === 0 ? 0.6 : i === length - 1 ? 0.51 : 0.5) },
    })),
  };
  assertStringIncludes(lagTable([scored]), "| 64 | 1 | 10.00 | 1.00 |");
  assertStringIncludes(restOfBatchTable([scored]), "| 64 | 1 | 80.00 | 80.00 | 70.00 | 25.00 |");
  assertEquals(lagTable([record]).split("\n").length, 2, "the titles alone");
});

Deno.test("drift: the mean shift of each placement; without activations there is a dash", () => {
  assertEquals(driftTable([]).split("\n").length, 2, "the titles alone");
  assertStringIncludes(
    driftTable([trial({ accuracy: 0.8 })]),
    "| BN before the activation | – | – |",
  );
});
