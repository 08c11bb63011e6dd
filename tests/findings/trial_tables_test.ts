import { assertEquals, assertStringIncludes } from "@std/assert";
import {
  learnedTable,
  mistakesTable,
  scoreTable,
  statisticsSentence,
} from "../../findings/findings.ts";
import type { BatchNormRecord, EpochRecord, TrialRecord } from "../../experiments/record.ts";
import { fashionTrials, syntheticRecord, syntheticTrials } from "../synthetic_records.ts";

/** Three trials whose mean validation accuracy takes this course. */
function withCourse(curve: number[]): TrialRecord[] {
  return syntheticTrials("mlp-pre", [0.88, 0.89, 0.9]).map((record) => ({
    ...record,
    epochs: curve.map((accuracy, i): EpochRecord => ({
      ...record.epochs[0],
      epoch: i + 1,
      validation: { loss: 1, accuracy },
    })),
  }));
}

/** Trials with these accuracies on training and test images, dataset statistics. */
function withGaps(pairs: [train: number, test: number][]): TrialRecord[] {
  return pairs.map(([train, test], i) => {
    const record = syntheticRecord({ name: "mlp-pre", seed: i + 1, accuracy: test });
    return { ...record, train: { ...record.train, dataset: { loss: 0.2, accuracy: train } } };
  });
}

function withLayers(layers: Partial<BatchNormRecord>[]): TrialRecord[] {
  return syntheticTrials("mlp-pre", [0.88, 0.89, 0.9]).map((record) => ({
    ...record,
    batchNorm: layers.map((layer) => ({ ...record.batchNorm[0], ...layer })),
  }));
}

/** A trial that took so many of ten images of class `actual` for class `predicted`. */
function withMistakes(mistakes: [actual: number, predicted: number, n: number][]): TrialRecord[] {
  const confusion = Array.from(
    { length: 10 },
    (_, i) => Array.from({ length: 10 }, (_, j) => i === j ? 10 : 0),
  );
  for (const [actual, predicted, n] of mistakes) {
    confusion[actual][predicted] += n;
    confusion[actual][actual] -= n;
  }
  const [record] = fashionTrials("mlp-pre", [0.9]);
  const score = { loss: 1, accuracy: 0.9, confusion };
  return [{ ...record, test: { moving: score, dataset: score } }];
}

/** The value that a table has for a quantity. */
function valueOf(table: string, quantity: string): string {
  const row = table.split("\n").find((line) => line.startsWith(`| ${quantity} |`));
  return row?.split(" | ")[1].replace(/ \|$/, "") ?? `no row ${quantity}: ${table}`;
}

Deno.test("scoreTable() says where the first epoch leads and when the mean is near its end", () => {
  const table = scoreTable(withCourse([0.7, 0.85, 0.895, 0.9]));
  assertEquals(valueOf(table, "validation accuracy after epoch 1"), "70.00");
  assertEquals(valueOf(table, "validation accuracy after epoch 4, the last"), "90.00");
  assertEquals(
    valueOf(table, "first epoch from which it stays within one point of its last value"),
    "3",
  );
  assertEquals(
    valueOf(
      scoreTable(withCourse([0.9])),
      "first epoch from which it stays within one point of its last value",
    ),
    "1",
  );
});

Deno.test("scoreTable() gives training minus test with its interval, trial by trial", () => {
  const over = scoreTable(withGaps([[0.93, 0.88], [0.94, 0.89], [0.936, 0.884]]));
  // Differences 5, 5, 5.2; t at 2 degrees of freedom 4.303: 5.067 ± 4.303·0.1155/√3
  assertEquals(valueOf(over, "training − test"), "5.07 ± 0.12 [4.78 to 5.35]");
  const under = scoreTable(withGaps([[0.88, 0.93]]));
  assertEquals(valueOf(under, "training − test"), "−5.00");
});

Deno.test("scoreTable() gives mean, interval and extremes, and what chance of the test images alone makes", () => {
  const table = scoreTable(syntheticTrials("mlp-pre", [0.88, 0.885, 0.89]));
  assertEquals(valueOf(table, "test accuracy"), "88.50 ± 0.50 [87.26 to 89.74]");
  assertEquals(valueOf(table, "lowest and highest trial"), "88.00 and 89.00");
  // √(0.885 · 0.115 / 10,000)
  assertEquals(valueOf(table, "standard error due to 10,000 test images"), "0.32");
});

Deno.test("scoreTable() has no interval of one trial or of equal ones, and counts those that diverged", () => {
  const one = syntheticTrials("mlp-pre", [0.88]);
  assertEquals(valueOf(scoreTable(one), "test accuracy"), "88.00");
  const equal = scoreTable(syntheticTrials("mlp-pre", [0.88, 0.88, 0.88]));
  assertEquals(valueOf(equal, "test accuracy"), "88.00 ± 0.00");
  const diverged = one.map((record) => ({ ...record, diverged: 3 }));
  assertEquals(valueOf(scoreTable(diverged), "diverged trials"), "1");
  assertEquals(scoreTable([]).split("\n").length, 2, "the titles alone");
});

Deno.test("statisticsSentence() compares the same weights, and says where there is nothing to compare", () => {
  const text = statisticsSentence(syntheticTrials("mlp-pre", [0.87, 0.88, 0.885], { exact: 0.89 }));
  assertEquals(
    text,
    "The same weights, dataset statistics − moving average: 1.2 points (−0.1 to 2.5), higher in 3 and " +
      "lower in 0 of 3 seeds: **open**. About 6 seeds would decide. The largest gap of a single trial, either way, " +
      "is 2.00 points.",
  );
  const equal = syntheticTrials("mlp-pre", Array(6).fill(0.88), { exact: 0.8801 });
  assertStringIncludes(
    statisticsSentence(equal),
    "that we treat as no difference: **equivalent**.",
  );
  assertEquals(
    statisticsSentence(syntheticTrials("mlp-none", [0.87])),
    "No trial was scored with dataset statistics.",
  );
});

Deno.test("mistakesTable() gives each class its share and its most frequent mistake", () => {
  const table = mistakesTable(withMistakes([[6, 0, 3], [6, 2, 1], [7, 9, 1]]));
  assertStringIncludes(table, "| Shirt | 60.0 | T-shirt/top | 30.0 |");
  assertStringIncludes(table, "| Sneaker | 90.0 | Ankle boot | 10.0 |");
  assertStringIncludes(table, "| Bag | 100.0 | – | 0.0 |");
});

Deno.test("learnedTable() gives medians, the middle 90 %, and how many γ are negative", () => {
  const table = learnedTable(withLayers([
    { layer: "a", gamma: [1.1, 1.2, 1.3], beta: [-0.1, -0.2, -0.3] },
    { layer: "b", gamma: [0.5, 0.6, -0.7], beta: [0.01, 0, -0.01] },
  ]));
  // Each value three times: the 5 % quantile of nine lies at position 0.4, the 95 % one at 7.6.
  assertStringIncludes(table, "| a | 9 | 1.200 [1.100, 1.300] | −0.200 [−0.300, −0.100] | 0 |");
  assertStringIncludes(table, "| b | 9 | 0.500 [−0.700, 0.600] | 0.000 [−0.010, 0.010] | 3 |");
});

Deno.test("learnedTable() tells faint channels from the rest, and how many of them are constant", () => {
  const statistics = (variance: number[]) => ({
    layer: "a",
    gamma: [1],
    beta: [0],
    dataset: { mean: variance.map(() => 0), variance, count: 10 },
  });
  const table = learnedTable(withLayers([statistics([0, 1e-4, 1, 2])]));
  assertStringIncludes(table, "| γ < 0 | faint | constant |");
  // Of three trials' twelve channels those with variances 0 and 1e-4, and those with 0.
  assertStringIncludes(table, "| 0 | 6 (50.0 %) | 3 (25.0 %) |");
});
