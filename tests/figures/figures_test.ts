import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import UPNG from "upng-js";
import type { LabeledImages } from "../../data/labeled_images.ts";
import { mistakesTable } from "../../findings/findings.ts";
import type { ActivationSummary, EpochRecord, TrialRecord } from "../../experiments/record.ts";
import { comparePlacements, modelsIn } from "../../findings/side_by_side.ts";
import { summarizeExperiments } from "../../findings/summary.ts";
import * as figures from "../../figures/mod.ts";
import type { Figure } from "../../figures/mod.ts";
import {
  fashionTrials,
  syntheticRecord,
  syntheticResults,
  syntheticTrials,
} from "../synthetic_records.ts";

// ---- Helpers -------------------------------------------------------------------------------------

/** What tests read of a trace. */
interface Trace {
  name?: string;
  type: string;
  mode?: string;
  x: (number | null)[];
  y: (number | null)[];
  customdata?: unknown[];
  marker: { color: string; symbol: string | string[] };
  line: { color: string };
  error_y?: { array: number[]; visible: boolean };
  hovertemplate?: string;
  median?: number[];
}

function traces(figure: Figure): Trace[] {
  return figure.data as unknown as Trace[];
}

/** The traces whose hover text contains some words. */
function about(figure: Figure, words: string): Trace[] {
  return traces(figure).filter(({ hovertemplate }) => hovertemplate?.includes(words));
}

/** Every number in a value, however deep. */
function numbersOf(value: unknown): number[] {
  if (typeof value === "number") return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap(numbersOf);
}

/** Trials of one experiment at several values of one of its settings. */
function swept<K extends keyof TrialRecord["experiment"]>(
  name: string,
  key: K,
  accuracies: [TrialRecord["experiment"][K], number[]][],
): TrialRecord[] {
  return accuracies.flatMap(([value, list]) =>
    syntheticTrials(name, list, { experiment: { [key]: value } })
  );
}

const RATE = {
  xTitle: "learning rate",
  x: ({ experiment }: TrialRecord) => experiment.learningRate,
};

/** Records whose epochs have what `change` gives them. */
function withEpochs(
  records: TrialRecord[],
  change: (epoch: EpochRecord, record: TrialRecord) => Partial<EpochRecord>,
): TrialRecord[] {
  return records.map((record) => ({
    ...record,
    epochs: record.epochs.map((epoch) => ({ ...epoch, ...change(epoch, record) })),
  }));
}

function layer(changes: Partial<ActivationSummary> = {}): ActivationSummary {
  return {
    layer: "dense1",
    kind: "affine",
    mean: 0.5,
    deviation: 2,
    shift: 0.25,
    histogram: { low: -1, high: 1, counts: [1, 2, 4, 2, 1] },
    ...changes,
  };
}

/** A trial each without BN and with BN before the activation, both with histograms. */
function withActivations(): TrialRecord[] {
  return withEpochs(
    [...syntheticTrials("mlp-none", [0.88]), ...syntheticTrials("mlp-pre", [0.89])],
    ({ epoch }, { experiment }) => ({
      activations: experiment.placement === "none"
        ? [layer({ mean: epoch })]
        : [layer({ mean: 7 }), layer({ layer: "dense1_bn", kind: "batchNorm", mean: -epoch })],
    }),
  );
}

/** So many images, whose pixels all have their number as value; labels 0, 1, 2, 0, 1, 2, … */
function numberedImages(count: number): LabeledImages {
  return {
    images: Uint8Array.from({ length: count * 784 }, (_, i) => Math.floor(i / 784)),
    labels: Uint8Array.from({ length: count }, (_, i) => i % 3),
    count,
  };
}

/** Size, and the red of the first row, of a PNG. */
function readPng(source: string) {
  const bytes = Uint8Array.fromBase64(source.replace("data:image/png;base64,", ""));
  const image = UPNG.decode(bytes.buffer);
  const { width, height } = image;
  const rgba = new Uint8Array(UPNG.toRGBA8(image)[0]);
  return { width, height, row: Array.from({ length: width }, (_, x) => rgba[4 * x]) };
}

// ---- All figures ---------------------------------------------------------------------------------

const NO_IMAGES: LabeledImages = {
  images: new Uint8Array(0),
  labels: new Uint8Array(0),
  count: 0,
};

Deno.test("a figure of nothing is empty and says so, instead of throwing", () => {
  const empty: Record<string, Figure> = {
    trainingCurves: figures.trainingCurves([{ label: "raw", records: [] }]),
    sweep: figures.sweep([{ label: "pre", records: [] }], RATE),
    statisticsBySteps: figures.statisticsBySteps(syntheticResults()),
    activationRidges: figures.activationRidges(syntheticResults()),
    activationMoments: figures.activationMoments(syntheticResults()),
    activationDrift: figures.activationDrift([]),
    gammaBeta: figures.gammaBeta(syntheticTrials("mlp-none", [0.88])),
    confusionMatrix: figures.confusionMatrix([]),
    imageGrid: figures.imageGrid([]),
    mistakes: figures.mistakes([]),
    sampleImages: figures.sampleImages(NO_IMAGES),
    scalings: figures.scalings(NO_IMAGES),
  };
  for (const [name, { data, layout, description }] of Object.entries(empty)) {
    assertEquals(data, [], name);
    assertEquals(description, "There is nothing to show.", name);
    assertEquals(layout.xaxis?.visible, false, name);
  }
});

Deno.test("every figure is small, and survives JSON, which is how pages and notebooks carry it", () => {
  const records = syntheticResults();
  const all = [
    figures.learningCurves(records),
    figures.testAccuracy(records),
    figures.speedAndQuality(records),
    figures.seedDifferences(comparePlacements(modelsIn(summarizeExperiments(records)))),
    figures.sweep([{ label: "all", records }], RATE),
    figures.confusionMatrix(records.slice(0, 3)),
    figures.gammaBeta(records),
    figures.activationRidges(withActivations()),
  ];
  for (const { data, layout } of all) {
    // JSON would silently make them null.
    assertEquals(numbersOf([data, layout]).filter((number) => !Number.isFinite(number)), []);
    assert(JSON.stringify({ data, layout }).length < 40_000);
  }
});

Deno.test("one placement has one colour and one symbol in every figure", () => {
  const records = syntheticTrials("mlp-post", [0.88, 0.89]);
  const looks = [
    traces(figures.learningCurves(records)).find(({ name }) => name === "BN after the activation"),
    traces(figures.testAccuracy(records))[0],
    traces(figures.sweep([{ label: "after", records }], RATE)).at(-1),
    traces(figures.gammaBeta(records)).at(-1),
  ].map((trace) => [trace!.marker.color, trace!.marker.symbol]);
  assertEquals(new Set(looks.map(String)), new Set(["#d55e00,square"]));
});

// ---- Curves --------------------------------------------------------------------------------------

Deno.test("trainingCurves draws every trial and the mean of each group, in percent", () => {
  const figure = figures.trainingCurves([
    { label: "raw", records: syntheticTrials("mlp-none", [0.80, 0.82]) },
    { label: "standardized", records: syntheticTrials("mlp-none", [0.86]) },
  ]);
  assertEquals(traces(figure).map(({ y }) => y.at(-1)), [82.5, 81.5, 86.5, 86.5]);
  const [{ y: trials }] = traces(figure);
  assertEquals([trials[4], trials[5]], [80.5, null]); // a gap behind the first trial
  assertStringIncludes(figure.description, "raw 79.10 % after the first epoch, 81.50 % after");
});

Deno.test("groups that are not placements have colours of their own", () => {
  const records = syntheticTrials("mlp-none", [0.8]);
  const figure = figures.trainingCurves([{ label: "raw", records }, { label: "÷255", records }]);
  const colors = new Set(traces(figure).map(({ line }) => line.color));
  assertEquals(colors.size, 2);
  assert(!colors.has("#009e73"));
});

Deno.test("trials of unequal length are averaged at each epoch over those that have it", () => {
  const [long, short] = syntheticTrials("mlp-pre", [0.80, 0.90]);
  short.epochs.length = 2;
  for (
    const figure of [
      figures.learningCurves([long, short]),
      figures.trainingCurves([{ label: "both", records: [long, short] }]),
    ]
  ) {
    const mean = about(figure, "validation, mean")[0];
    assertEquals(mean.x, [1, 2, 3, 4, 5]);
    assertAlmostEquals(
      mean.y[1]!,
      50 * (long.epochs[1].validation.accuracy + short.epochs[1].validation.accuracy),
      1e-9,
    );
    assertAlmostEquals(mean.y[4]!, 100 * long.epochs[4].validation.accuracy, 1e-9);
  }
});

Deno.test("a mean over many epochs is a line without symbols", () => {
  const records = syntheticTrials("mlp-pre", [0.8], { experiment: { epochs: 30 } });
  assertEquals(about(figures.learningCurves(records), "validation, mean")[0].mode, "lines");
});

Deno.test("a trial that diverged lies in a strip and leaves the scale to the others", () => {
  const diverged = syntheticTrials("mlp-none", [0.1], { record: { diverged: 7 } });
  for (const { validation } of diverged[0].epochs) validation.accuracy = 0.1;
  const figure = figures.trainingCurves([
    { label: "raw", records: diverged },
    { label: "÷255", records: syntheticTrials("mlp-none", [0.84]) },
  ]);
  const [raw] = traces(figure);
  const { range, tickvals, ticktext } = figure.layout.yaxis!;
  assert((range![0] as number) > 70, "nothing of the scale is spent below the trials that trained");
  assertEquals(raw.y[0], tickvals![0]);
  assertEquals(ticktext![0], "≤ 20");
  assertEquals(raw.customdata![0], 10, "the hover text has the accuracy itself");
  assertEquals(figure.layout.shapes!.length, 1);
  assertStringIncludes(figure.description, "Diverged: raw, 1 of 1 trial.");
});

// ---- Sweeps --------------------------------------------------------------------------------------

Deno.test("sweep shows all trials, their means and intervals, lowest value first", () => {
  const records = swept("mlp-pre", "learningRate", [[0.3, [0.9]], [0.1, [0.80, 0.81, 0.82]]]);
  const figure = figures.sweep([{ label: "BN before", records }], RATE);
  const [trials, means] = traces(figure);
  assertEquals(trials.y, [90, 80, 81, 82]);
  assertEquals(means.x, [0.1, 0.3]);
  assertEquals(means.y, [81, 90]);
  assertEquals(means.error_y!.array.map((half) => half.toFixed(3)), ["2.484", "0.000"]);
  assertStringIncludes(figure.description, "BN before, 0.1: 81.00 %, 0.3: 90.00 %.");
});

Deno.test("sweep draws no interval of two trials, which lie beside it themselves", () => {
  const records = swept("mlp-pre", "learningRate", [[0.1, [0.80, 0.82]]]);
  const means = traces(figures.sweep([{ label: "BN before", records }], RATE))[1];
  assertEquals(means.error_y!.visible, false);
});

Deno.test("sweep averages the trials that trained, and says how many failed", () => {
  const records = swept("mlp-pre", "learningRate", [[0.1, [0.80, 0.82]], [3, [0.1, 0.84]]]);
  records[2].diverged = 12;
  const figure = figures.sweep([{ label: "BN before", records }], RATE);
  const means = traces(figure)[1];
  assertEquals(means.y, [81, 84]);
  assertEquals(means.marker.symbol, ["circle", "circle-open"]);
  assertEquals(means.error_y!.array[1], 0, "an interval of some of the trials is none");
  assertEquals(figure.layout.yaxis!.ticktext![0], "diverged");
  assertStringIncludes(figure.description, "3: 84.00 % (1 of 2 failed)");
  assertStringIncludes(figure.description, "1 trial failed (below 50 %), 1 of them diverged.");
});

Deno.test("a trial below 50 % has failed for a sweep, as for the verdicts", () => {
  const records = swept("mlp-pre", "learningRate", [[0.1, [0.84, 0.86]], [3, [0.43, 0.86]]]);
  const figure = figures.sweep([{ label: "BN before", records }], RATE);
  assertEquals(traces(figure)[1].y, [85, 86]);
  assertEquals(figure.layout.yaxis!.ticktext![0], "≤ 50");
});

Deno.test("where most trials of a value failed, the line of a sweep ends in the strip", () => {
  for (const accuracies of [[0.1, 0.1], [0.1, 0.84, 0.1]]) {
    const records = swept("mlp-none", "learningRate", [[0.1, [0.84]], [10, accuracies]]);
    const figure = figures.sweep([{ label: "no BN", records }], RATE);
    assertEquals(traces(figure)[1].y[1], figure.layout.yaxis!.tickvals![0]);
    assertStringIncludes(figure.description, "10: failed");
  }
});

Deno.test("sweep of trials that all failed is a plain axis, not an error", () => {
  const records = swept("mlp-none", "learningRate", [[3, [0.1]], [10, [0.1]]]);
  const figure = figures.sweep([{ label: "no BN", records }], RATE);
  assertEquals(traces(figure)[1].y, [10, 10]);
  assertEquals(figure.layout.yaxis!.range, undefined);
});

Deno.test("sweep has one panel for each title and names each line once", () => {
  const records = swept("mlp-pre", "learningRate", [[0.1, [0.84]], [0.3, [0.85]]]);
  const figure = figures.sweep([
    { label: "BN before", panel: "MLP", records },
    { label: "BN before", panel: "CNN", records },
  ], RATE);
  assertEquals(figure.layout.annotations!.map(({ text }) => text), ["<b>MLP</b>", "<b>CNN</b>"]);
  assertEquals(traces(figure).filter(({ name }) => name === "BN before").length, 1);
});

// ---- Statistics of batches -----------------------------------------------------------------------

Deno.test("statisticsBySteps shows both kinds of statistics by step, one panel for each schedule", () => {
  const score = (accuracy: number) => ({ loss: 0.4, accuracy });
  const records = (["linear", "constant"] as const).flatMap((schedule) =>
    syntheticTrials("mlp-pre", [0.8, 0.9], { experiment: { schedule } }).map((record, i) => ({
      ...record,
      steps: [50, 780].map((step) => ({
        step,
        dataset: score(0.8 + 0.02 * i),
        moving: score(step === 50 ? 0.7 : 0.8),
      })),
    }))
  );
  const figure = figures.statisticsBySteps(records);
  assertEquals(
    figure.layout.annotations!.map(({ text }) => text),
    ["<b>rate falling to zero</b>", "<b>constant rate</b>"],
  );
  const means = traces(figure).filter(({ mode, x }) => mode === "lines+markers" && x.length > 1);
  assertEquals(means.map(({ y }) => y), [[81, 81], [70, 80], [81, 81], [70, 80]]);
  assertStringIncludes(figure.description, "moving average: 70.0 % after 50, 80.0 % after 780");
});

// ---- Activations ---------------------------------------------------------------------------------

Deno.test("activationRidges shows what the activation gets: BN's output before it, else the affine one", () => {
  const figure = figures.activationRidges(withActivations());
  assertEquals(
    figure.layout.annotations!.map(({ text }) => text),
    ["<b>no BN</b>", "<b>BN before</b>"],
  );
  const means = traces(figure).filter(({ mode }) => mode === "lines+markers");
  assertEquals(means.map(({ x }) => x), [[1, 2, 3, 4, 5], [-1, -2, -3, -4, -5]]);
  assertStringIncludes(figure.description, "no BN: layer 1 from 1.00 ± 2.00 to 5.00 ± 2.00");
});

Deno.test("a ridge stands on its epoch's line and has the histogram's shape", () => {
  const [first] = traces(figures.activationRidges(withActivations()));
  const height = first.y.map((y) => y! + 1);
  assertEquals([height[0], height.at(-1)], [0, 0]);
  const middle = Math.floor(height.length / 2);
  assertEquals(Math.max(...height), height[middle]);
  const { x0, dx } = first as unknown as { x0: number; dx: number };
  assertAlmostEquals(x0, -1, 1e-9);
  assertAlmostEquals(x0 + dx * (height.length - 1), 1, 0.01);
});

Deno.test("activationRidges leaves out what has no finite values", () => {
  const records = withEpochs(withActivations(), ({ epoch }) =>
    epoch < 4 ? {} : {
      activations: [layer({
        mean: null,
        deviation: null,
        histogram: { low: 0, high: 0, counts: [] },
      })],
    });
  const figure = figures.activationRidges(records.slice(0, 1));
  const [ridges, means] = Object.values(
    Object.groupBy(traces(figure), ({ mode }) => mode ?? "none"),
  );
  assertEquals(ridges!.length, 3);
  assertEquals(means![0].x, [1, 2, 3, null, null]);
});

Deno.test("activationMoments has means above deviations, and activationDrift the shifts", () => {
  const moments = figures.activationMoments(withActivations());
  const lines = traces(moments).filter(({ x }) => x[0] !== null);
  assertEquals(lines.map(({ y }) => y[4]), [5, -5, 2, 2]);
  assertStringIncludes(moments.description, "no BN: mean, layer 1: 1.00 and 5.00");

  const drift = figures.activationDrift(withActivations());
  assertEquals(traces(drift)[0].y, [0.25, 0.25, 0.25, 0.25, 0.25]);
});

Deno.test("activationMoments leaves out trials that diverged, and says how many", () => {
  const records = withActivations();
  records[0].diverged = 3;
  const figure = figures.activationMoments(records);
  assertEquals(about(figure, "no BN"), []);
  assertStringIncludes(figure.description, "Left out: 1 trial that diverged.");
});

// ---- What was learned ----------------------------------------------------------------------------

Deno.test("gammaBeta has the quartiles of γ and β by layer, and the share of constant channels", () => {
  const statistics = { mean: [0, 0, 0, 0, 0], count: 100 };
  const record = syntheticRecord({
    name: "mlp-post",
    seed: 1,
    accuracy: 0.88,
    record: {
      batchNorm: [{
        layer: "dense1_bn",
        gamma: [0.8, 0.9, 1, 1.1, 1.2],
        beta: [-2, -1, 0, 1, 2],
        moving: { ...statistics, variance: [1, 1, 1, 1, 1] },
        dataset: { ...statistics, variance: [1, 0, 1, 1e-12, 1] },
      }],
    },
  });
  const figure = figures.gammaBeta([record]);
  const boxes = figure.data.filter(({ type }) => type === "box") as unknown as Record<
    "q1" | "median" | "q3",
    number[]
  >[];
  assertEquals(boxes.map(({ q1, median, q3 }) => [...q1, ...median, ...q3]), [
    [0.9, 1, 1.1],
    [-1, 0, 1],
  ]);
  assertEquals(about(figure, "constant")[0].y, [40]);
  assertStringIncludes(figure.description, "layer 1 γ 1.00, β 0.00, 40.0 % of channels constant");
});

Deno.test("confusionMatrix is the share of each row, mean over trials, shaded off the diagonal", () => {
  const figure = figures.confusionMatrix(fashionTrials("mlp-pre", [0.9, 0.8]));
  const [{ z }, { text: texts }] = figure.data as unknown as [
    { z: (number | null)[][] },
    { text: string[] },
  ];
  assertEquals(z[0].slice(0, 3), [null, 15, 0]);
  assertEquals(texts.filter((text) => text === "<b>85.0</b>").length, 10);
  assertEquals(texts.filter((text) => text === "15.0").length, 10);
  assertMatch(figure.description, /mean over 2 trials\. .* T-shirt\/top taken for Trouser 15\.0 %/);
});

Deno.test("confusionMatrix and the sentence below it round the same share in the same way", () => {
  const records = fashionTrials("mlp-pre", [0.998, 0.995]); // of 1,000 images 2 and 5 are mistaken
  const share = mistakesTable(records).match(/\| Trouser \| (.*?) \|/)?.[1];
  assertStringIncludes(
    figures.confusionMatrix(records).description,
    `T-shirt/top taken for Trouser ${share} %`,
  );
});

// ---- Images --------------------------------------------------------------------------------------

Deno.test("sampleImages has one column for each class that occurs, dark on white", () => {
  const split = numberedImages(7);
  const figure = figures.sampleImages(split, { perClass: 2 });
  const { images, annotations } = figure.layout;
  assertEquals(annotations!.map(({ text }) => text), [
    "<b>T-shirt/<br>top</b>",
    "<b>Trouser</b>",
    "<b>Pullover</b>",
  ]);
  const pixels = images!.map(({ source }) => readPng(source!));
  assertEquals(pixels.map(({ row }) => row[0]), [255, 254, 253, 252, 251, 250]);
  assertEquals([pixels[0].width, pixels[0].height, pixels[0].row.length], [28, 28, 28]);
  assertEquals(
    figure.description,
    "The first 2 images of each class: T-shirt/top, Trouser, Pullover.",
  );
});

Deno.test("mistakes says below each image what it is and what it was taken for", () => {
  const split = numberedImages(3);
  const figure = figures.mistakes([
    { pixels: figures.pixelsOf(split, 0), actual: 6, predicted: 0 },
    { pixels: figures.pixelsOf(split, 1), actual: 7, predicted: 9 },
  ]);
  assertEquals(figure.layout.annotations!.map(({ text }) => text), [
    "Shirt<br>→ T-shirt/top",
    "Sneaker<br>→ Ankle boot",
  ]);
  assertStringIncludes(figure.description, "Shirt as T-shirt/top, Sneaker as Ankle boot");
});

Deno.test("captions of images are escaped", () => {
  const [pixels] = [new Uint8Array(784)];
  const { layout } = figures.imageGrid([{ pixels, caption: ["<b>&"] }]);
  assertEquals(layout.annotations![0].text, "&lt;b>&amp;");
});

Deno.test("scalings has the same shares of pixels on three axes, and says their moments", () => {
  const images = new Uint8Array(4 * 784).fill(200, 2 * 784);
  const figure = figures.scalings({ images, labels: new Uint8Array(4), count: 4 });
  const shares = traces(figure).map(({ y }) => y);
  assertEquals(shares[0].filter((share) => share! > 0), [50, 50]);
  assertEquals(shares[1], shares[0]);
  assertStringIncludes(
    figure.description,
    "Raw bytes: mean 100.00, standard deviation 100.00. ÷255: mean 0.39",
  );
  assertStringIncludes(figure.description, "Standardized: mean 0.00, standard deviation 1.00.");
});

// ---- Inside one model -----------------------------------------------------------------------------

Deno.test("activationRidges of several kinds has a column for each, in one colour", () => {
  const figure = figures.activationRidges(
    withActivations().filter(({ experiment }) => experiment.placement === "pre"),
    { kind: ["affine", "batchNorm"] },
  );
  assertEquals(
    figure.layout.annotations!.map(({ text }) => text),
    ["<b>outputs of the affine maps</b>", "<b>outputs of batch normalization</b>"],
  );
  const means = traces(figure).filter(({ mode }) => mode === "lines+markers");
  assertEquals(means.map(({ x }) => x), [[7, 7, 7, 7, 7], [-1, -2, -3, -4, -5]]);
});

Deno.test("valueHistograms shows shares of all values, and says where most of them are", () => {
  const values = Float32Array.from({ length: 100 }, (_, i) => i < 60 ? 0 : i / 100);
  const figure = figures.valueHistograms([{ label: "relu", values }]);
  const [{ y }] = traces(figure);
  assertEquals(y.length, 50);
  assertEquals(y[0], 60);
  assertStringIncludes(figure.description, "relu: from 0.00 to 0.99, tallest bar 60.0 % at 0.01.");
  assertEquals(figure.layout.yaxis!.type, "log");
  const even = figures.valueHistograms([{ label: "even", values: values.subarray(60) }]);
  assertEquals(even.layout.yaxis!.type, undefined, "no bin outweighs the others");
  assertEquals(figures.valueHistograms([]).description, "There is nothing to show.");
});

Deno.test("sortedChannels puts the values of each layer in order, on one axis of shares", () => {
  const figure = figures.sortedChannels([{ label: "bn", values: [3, 1, 2, 4] }], { title: "σ" });
  const [{ x, y }] = traces(figure);
  assertEquals(x, [12.5, 37.5, 62.5, 87.5]);
  assertEquals(y, [1, 2, 3, 4]);
  assertStringIncludes(figure.description, "bn: 1 to 4, median 2.5.");
});

Deno.test("channelDeviations draws constant channels at the lower end, and √ε as a line", () => {
  const records = syntheticTrials("mlp-post", [0.88], {
    record: {
      batchNorm: [{
        layer: "dense1_bn",
        gamma: [1, 1],
        beta: [0, 0],
        moving: { mean: [0, 0], variance: [4, 0], count: 1 },
        dataset: { mean: [0, 0], variance: [4, 0], count: 1 },
      }],
    },
  });
  const figure = figures.channelDeviations(records);
  assertEquals(traces(figure)[0].y, [1e-4, 2]);
  assertAlmostEquals(Number(figure.layout.shapes![0].y0), Math.sqrt(1e-3), 1e-12);
  assertEquals(figures.channelDeviations([]).description, "There is nothing to show.");
});
