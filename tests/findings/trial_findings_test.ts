import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  conclusion,
  courseText,
  learnedText,
  mistakesText,
  silenceText,
  spreadText,
  statisticsText,
  trainTestText,
} from "../../findings/findings.ts";
import type { BatchNormRecord, EpochRecord, TrialRecord } from "../../experiments/record.ts";
import { fashionTrials, syntheticRecord, syntheticTrials } from "../synthetic_records.ts";

// Each sentence is tried on records that say one thing, and on others that say its opposite.

const SECTIONS = {
  course: "section 3",
  accuracy: "section 4",
  training: "section 5",
  mistakes: "section 6",
  learned: "section 8",
};

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

/** Trials with these accuracies on training and test images, exact statistics. */
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

Deno.test("without trials every text says that there are none", () => {
  for (const text of [courseText, statisticsText, trainTestText, spreadText, mistakesText]) {
    assertEquals(text([]), "There are no trials to speak of.");
  }
  assertEquals(conclusion([], SECTIONS), "There are no trials to speak of.");
  assertStringIncludes(learnedText([]), "No trial recorded");
  assertStringIncludes(silenceText([]), "No trial recorded");
});

Deno.test("courseText() says where the first and the last epoch lead, and when the mean is nearly there", () => {
  const text = courseText(withCourse([0.8, 0.86, 0.895, 0.9]));
  assertStringIncludes(text, "first epoch, 80.00 %");
  assertStringIncludes(text, "the last, epoch 4, it is 90.00 %");
  assertStringIncludes(text, "From epoch 3 on");
  assertStringIncludes(text, "the first epoch covers 88 %"); // 70 of 80 points
  assertStringIncludes(courseText(withCourse([0.9, 0.9])), "From the first epoch on");
  assertStringIncludes(courseText(withCourse([0.8, 0.85, 0.9])), "only with the last epoch");
});

Deno.test("courseText() counts from the last time that the mean was away from its end", () => {
  assertStringIncludes(courseText(withCourse([0.9, 0.8, 0.9, 0.9])), "From epoch 3 on");
});

Deno.test("courseText() of one epoch speaks of no course, of diverged trials says so", () => {
  assertStringIncludes(courseText(withCourse([0.8])), "One epoch shows no course");
  const [first, ...rest] = withCourse([0.8, 0.9]);
  const text = courseText([{ ...first, diverged: 7 }, ...rest]);
  assertStringIncludes(text, "1 of 3 trials diverged");
  assertStringIncludes(text, "in the mean of 2 trials");
  assertEquals(
    courseText([{ ...first, diverged: 7 }]),
    "1 of 1 trial diverged: the loss ceased to be a finite number.",
  );
});

Deno.test("statisticsText() follows the sign of exact minus moving", () => {
  const trials = (gaps: number[]) =>
    gaps.map((gap, i) =>
      syntheticRecord({ name: "mlp-pre", seed: i + 1, accuracy: 0.88, exact: 0.88 + gap })
    );
  assertStringIncludes(statisticsText(trials([0.004, 0.005, 0.006])), "0.50 points higher");
  assertStringIncludes(statisticsText(trials([-0.004, -0.005, -0.006])), "0.50 points lower");
  const even = statisticsText(trials([0.003, -0.004, 0.001]));
  assertStringIncludes(even, "show no difference");
  assertStringIncludes(even, "either way, is 0.40 points");
  assertStringIncludes(
    statisticsText(syntheticTrials("mlp-none", [0.88, 0.89, 0.9])),
    "nothing to compare",
  );
});

Deno.test("trainTestText() claims overfitting only where the interval of the gap lies above 0", () => {
  const over = trainTestText(withGaps([[0.93, 0.88], [0.94, 0.89], [0.936, 0.884]]));
  assertStringIncludes(over, "Training minus test is 5.07 ± 0.12 points");
  assertStringIncludes(over, "better than new ones");
  const under = trainTestText(withGaps([[0.88, 0.93], [0.89, 0.94], [0.884, 0.936]]));
  assertStringIncludes(under, "Training minus test is −5.07");
  assertStringIncludes(under, "do no worse on new images");
  const none = trainTestText(withGaps([[0.88, 0.89], [0.89, 0.88], [0.885, 0.885]]));
  assertStringIncludes(none, "show no gap");
  assertStringIncludes(trainTestText(withGaps([[0.93, 0.88]])), "decide nothing");
});

Deno.test("spreadText() gives mean, extremes, interval, and the difference that would stand out", () => {
  const text = spreadText(syntheticTrials("mlp-pre", [0.88, 0.885, 0.89]));
  assertStringIncludes(text, "88.50 ± 0.50 %, from 88.00 to 89.00");
  assertStringIncludes(text, "87.26 to 89.74");
  // 2.776 · 0.5 · √(2/3)
  assertStringIncludes(text, "more than 1.13 points away");
  assertStringIncludes(text, "√(p(1 − p)/N) = 0.32 points");
});

Deno.test("spreadText() judges nothing by one trial, by two, or by equal ones", () => {
  assertStringIncludes(spreadText(syntheticTrials("mlp-pre", [0.88])), "has no spread");
  assertStringIncludes(spreadText(syntheticTrials("mlp-pre", [0.88, 0.89])), "too few to judge");
  assertStringIncludes(
    spreadText(syntheticTrials("mlp-pre", [0.88, 0.88, 0.88])),
    "no measure of noise",
  );
});

Deno.test("mistakesText() names the hardest class and counts the mistakes between tops", () => {
  const shirts = mistakesText(withMistakes([[6, 0, 4], [7, 9, 1]]));
  assertStringIncludes(shirts, "Shirt least often, 60.0 %");
  assertStringIncludes(shirts, "Shirt taken for T-shirt/top (40.0 % of its images)");
  assertStringIncludes(shirts, "Of all mistakes, 80 % are between");
  const shoes = mistakesText(withMistakes([[7, 9, 4], [6, 8, 1]]));
  assertStringIncludes(shoes, "Sneaker least often, 60.0 %");
  assertStringIncludes(shoes, "Of all mistakes, 0 % are between");
  assertStringIncludes(mistakesText(withMistakes([])), "Not one test image");
});

Deno.test("learnedText() says which way γ and β went, and how many γ are negative", () => {
  const text = learnedText(withLayers([
    { layer: "a", gamma: [1.1, 1.2, 1.3], beta: [-0.1, -0.2, -0.3] },
    { layer: "b", gamma: [0.5, 0.6, -0.7], beta: [0.01, 0, -0.01] },
  ]));
  assertStringIncludes(text, "`a` (3 channels): the median of γ rose from 1 to 1.200");
  assertStringIncludes(text, "β fell from 0 to −0.200");
  assertStringIncludes(text, "`b` (3 channels): the median of γ fell from 1 to 0.500");
  assertStringIncludes(text, "β stayed within 0.02 of 0, at 0.000");
  assertStringIncludes(text, "3 of the 18 scales γ are negative");
  const positive = learnedText(withLayers([{ gamma: [1, 1], beta: [0, 0] }]));
  assertStringIncludes(positive, "None of the 6 scales γ is negative");
});

Deno.test("learnedText() calls unmoved what it prints as unmoved", () => {
  const text = learnedText(withLayers([{ gamma: [0.9797, 0.9797], beta: [0, 0] }]));
  assertStringIncludes(text, "the median of γ stayed within 0.02 of 1, at 0.980");
});

Deno.test("silenceText() tells silent channels from faint ones, and both from the rest", () => {
  const statistics = (variance: number[]) => ({
    layer: "a",
    dataset: { mean: variance.map(() => 0), variance, count: 10 },
  });
  const some = silenceText(withLayers([statistics([0, 1e-4, 1, 2])]));
  assertStringIncludes(some, "of 12 channels, 3 (25.0 %) silent, 3 (25.0 %) faint");
  assertStringIncludes(some, "decides what 6 of 12 channels become: a silent one");
  assertStringIncludes(
    some,
    "wakes a silent channel in prediction is enlarged by γ/√ε, 31.6 times γ",
  );
  assertStringIncludes(silenceText(withLayers([statistics([1e-4, 1])])), "none is quite silent");
  assertStringIncludes(silenceText(withLayers([statistics([1, 2])])), "ε to hardly matter");
});

Deno.test("conclusion() cites where each part is shown, and calls few trials no result", () => {
  const text = conclusion(syntheticTrials("mlp-post", [0.88, 0.885, 0.89]), SECTIONS);
  for (const section of Object.values(SECTIONS)) assertStringIncludes(text, `(${section})`);
  assertStringIncludes(text, "**MLP, BN after the activation**: 88.50 ± 0.50 %");
  assertStringIncludes(text, "95 % interval of 87.26 to 89.74");
  assert(!text.includes("first impression"));
  const few = conclusion(syntheticTrials("mlp-post", [0.88]), SECTIONS);
  assertStringIncludes(few, "rests on 1 trial and is a first impression");
});
