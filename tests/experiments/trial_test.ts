import * as tf from "@tensorflow/tfjs";
import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertGreater,
  assertGreaterOrEqual,
  assertNotEquals,
  assertRejects,
} from "@std/assert";
import { type FashionMnist, loadFashionMnist } from "../../data/fashion_mnist.ts";
import { IMAGE_SIZE, type LabeledImages, takeFirst } from "../../data/labeled_images.ts";
import { shuffledIndices } from "../../data/shuffle.ts";
import { sha256Of } from "../../data/sha256.ts";
import type { Experiment } from "../../experiments/experiment.ts";
import type { TrialRecord } from "../../experiments/record.ts";
import { readRecord, writeRecord } from "../../experiments/records.ts";
import { createModel, runTrial } from "../../experiments/trial.ts";
import type { TrialProgress } from "../../experiments/trial_progress.ts";
import "../../kernels/mod.ts";
import { PLACEMENTS } from "../../models/placement.ts";
import { testOnBackend, useBackend } from "../backends.ts";
import { withFolder } from "../folders.ts";
import { granted } from "../permissions.ts";
import { tinyData, tinyExperiment } from "../tiny_trials.ts";

// ---- On the real data: each architecture in each placement ----------------------------------------

const REAL_IMAGES = { train: 250, validation: 64, test: 60 };

const ARCHITECTURES: Pick<Experiment, "architecture" | "hidden" | "filters" | "epochs">[] = [
  { architecture: "mlp", hidden: [16, 8], filters: 0, epochs: 2 },
  { architecture: "cnn", hidden: [8], filters: 3, epochs: 1 },
];

for (const architecture of ARCHITECTURES) {
  for (const placement of PLACEMENTS) {
    const name = `${architecture.architecture}-${placement}`;
    const experiment = tinyExperiment({
      ...architecture,
      name,
      placement,
      batchSize: 64,
      images: REAL_IMAGES,
    });
    Deno.test({
      name: `a trial of ${name} on the real data`,
      ignore: !granted("read", "write"),
      fn: async (t) => await specifyTrial(t, experiment, await loadFashionMnist()),
    });
  }
}

async function specifyTrial(
  t: Deno.TestContext,
  experiment: Experiment,
  data: FashionMnist,
): Promise<void> {
  await useBackend("wasm");
  const tensorsBefore = tf.memory().numTensors;
  const reports: TrialProgress[] = [];
  const record = await runTrial(experiment, 1, data, {
    jobs: 3,
    onProgress: (progress) => void reports.push(progress),
  });

  await t.step(
    "with the same seed gives the same weights to the bit, and all but the times",
    async () => {
      const again = await runTrial(experiment, 1, data, { jobs: 3 });
      assertEquals(again.weights, record.weights);
      assertEquals(withoutTimes(again), withoutTimes(record));
    },
  );

  await t.step("with another seed gives other weights", async () => {
    assertNotEquals((await runTrial(experiment, 2, data)).weights, record.weights);
  });

  await t.step("leaves no tensor behind", () => {
    assertEquals(tf.memory().numTensors, tensorsBefore);
  });

  await t.step("gives a record that is read back as it was", async () => {
    await withFolder(async (folder) => {
      const file = await writeRecord(folder, record);
      assertEquals(await readRecord(file), record);
    });
  });

  await t.step("records what it was asked for, on what and with what", () => {
    assertEquals(record.experiment, experiment);
    assertEquals(record.seed, 1);
    assertEquals(record.data, { name: "fashion-mnist", checksum: data.checksum });
    assertEquals(record.environment.backend, "wasm");
    assertEquals(record.environment.jobs, 3);
  });

  await t.step("records each epoch, with the activations of each hidden layer", () => {
    assertEquals(record.epochs.map(({ epoch }) => epoch), [1, 2].slice(0, experiment.epochs));
    const hiddenBlocks = experiment.hidden.length + (experiment.filters > 0 ? 1 : 0);
    const layersPerBlock = experiment.placement === "none" ? 2 : 3;
    for (const { activations } of record.epochs) {
      assertEquals(activations.length, hiddenBlocks * layersPerBlock);
    }
    assertEquals(record.validation.moving, record.epochs.at(-1)!.validation);
  });

  await t.step("counts every test image in the confusion matrix, in its class's row", () => {
    const { labels } = takeFirst(data.test, REAL_IMAGES.test);
    const images = Array.from({ length: 10 }, (_, k) => labels.filter((l) => l === k).length);
    for (const score of [record.test.moving, record.test.dataset]) {
      if (score === null) continue;
      assertEquals(score.confusion.map((row) => row.reduce((sum, n) => sum + n)), images);
      const right = score.confusion.reduce((sum, row, k) => sum + row[k], 0);
      assertEquals(score.accuracy, right / REAL_IMAGES.test);
    }
  });

  await t.step("scores dataset statistics where there is BN, and none where there is not", () => {
    const hasBatchNorm = experiment.placement !== "none";
    assertEquals(record.test.dataset !== null, hasBatchNorm);
    assertEquals(record.validation.dataset !== null, hasBatchNorm);
    assertEquals(record.batchNorm.length > 0, hasBatchNorm);
    assertNotEquals(record.test.dataset?.loss, record.test.moving.loss);
    for (const { layer, moving, dataset } of record.batchNorm) {
      // A convolution's BN counts each of the 28×28 positions of an image.
      const perImage = layer === "conv_bn" ? IMAGE_SIZE ** 2 : 1;
      assertEquals(dataset.count, REAL_IMAGES.train * perImage);
      assertEquals(moving.count, experiment.epochs * 3, "training batches of 64 of 250 images");
      assertNotEquals(moving.mean, dataset.mean);
    }
  });

  await t.step("reports progress that never goes back and ends at 1", () => {
    assertGreater(reports[0].done, 0);
    reports.forEach(({ done, epoch }, i) => {
      assertGreaterOrEqual(done, reports[i - 1]?.done ?? 0);
      assertGreaterOrEqual(epoch, reports[i - 1]?.epoch ?? 1);
    });
    assertAlmostEquals(reports.at(-1)!.done, 1, 1e-9);
    const phases = new Set(reports.map(({ phase }) => phase));
    assertEquals(phases.has("statistics"), experiment.placement !== "none");
    for (const phase of ["training", "validation", "test"] as const) assert(phases.has(phase));
  });
}

/** The record without what depends on the clock. */
function withoutTimes({ started: _, seconds: __, epochs, ...rest }: TrialRecord) {
  return { ...rest, epochs: epochs.map(({ seconds: _, ...epoch }) => epoch) };
}

// ---- Images of nothing: trials that can be followed by hand ---------------------------------------

// Where all pixels are 0, every hidden layer without a bias of its own gives 0, normalized or not,
// and the logits are their biases alone: the same for each image.

const COUNTS = { train: 40, validation: 20, test: 20 };
const BATCH = 16;
const STEPS_PER_EPOCH = 2; // and 8 images are left over

function blackData(): FashionMnist {
  const split = (count: number): LabeledImages => ({
    images: new Uint8Array(count * IMAGE_SIZE ** 2),
    labels: Uint8Array.from({ length: count }, (_, i) => (i * i + Math.floor(i / 3)) % 10),
    count,
  });
  return tinyData({
    train: split(COUNTS.train),
    validation: split(COUNTS.validation),
    test: split(COUNTS.test),
  });
}

/** The labels of a training step's batch, as the seed and the epoch order them. */
function labelsOf(data: FashionMnist, seed: number, epoch: number, step: number): number[] {
  const order = shuffledIndices(COUNTS.train, seed, epoch);
  return Array.from(order.subarray(step * BATCH, (step + 1) * BATCH), (i) => data.train.labels[i]);
}

for (const placement of PLACEMENTS) {
  testOnBackend(
    "cpu",
    `a trial sees the images in the order of its seed and the epoch: ${placement}`,
    async () => {
      // At a rate that float32 takes for 0 all logits stay 0, and class 0 is predicted: the accuracy
      // after each step says how many images of class 0 the epoch has had so far.
      const data = blackData();
      const experiment = tinyExperiment({
        placement,
        epochs: 3,
        images: COUNTS,
        learningRate: Number.MIN_VALUE,
      });
      for (const seed of [1, 2]) {
        const seen: number[] = [];
        await runTrial(experiment, seed, data, {
          onProgress: ({ phase, score }) => {
            if (phase === "training") seen.push(score.accuracy);
          },
        });
        const expected = [1, 2, 3].flatMap((epoch) => {
          const labels: number[] = [];
          return Array.from({ length: STEPS_PER_EPOCH }, (_, step) => {
            labels.push(...labelsOf(data, seed, epoch, step));
            return labels.filter((label) => label === 0).length / labels.length;
          });
        });
        assertEquals(seen, expected);
        assert(new Set(seen).size > 1, "the accuracies tell the batches apart");
      }
    },
  );
}

testOnBackend(
  "cpu",
  "a trial's learning rate falls linearly to zero over all its steps",
  async () => {
    // Only the logits' biases b learn: dL/db = softmax(b) − the batch's share of each class.
    const data = blackData();
    const seed = 5;
    const [epochs, learningRate] = [4, 2];
    const steps = epochs * STEPS_PER_EPOCH;
    const b = new Float64Array(10);
    const softmax = () => {
      const sum = b.reduce((sum, logit) => sum + Math.exp(logit), 0);
      return Array.from(b, (logit) => Math.exp(logit) / sum);
    };
    const meanLoss = (labels: ArrayLike<number>) => {
      const p = softmax();
      return Array.from(labels, (label) => -Math.log(p[label])).reduce((sum, x) => sum + x) /
        labels.length;
    };
    const byHand = Array.from({ length: epochs }, (_, e) => {
      let train = 0;
      for (let i = 0; i < STEPS_PER_EPOCH; i++) {
        const labels = labelsOf(data, seed, e + 1, i);
        train += meanLoss(labels) / STEPS_PER_EPOCH;
        const rate = learningRate * (1 - (e * STEPS_PER_EPOCH + i) / steps);
        softmax().forEach((p, k) =>
          b[k] -= rate * (p - labels.filter((label) => label === k).length / BATCH)
        );
      }
      return { train, validation: meanLoss(data.validation.labels) };
    });

    for (const placement of ["none", "pre"] as const) {
      const experiment = tinyExperiment({ placement, epochs, learningRate, images: COUNTS });
      const { epochs: found, test } = await runTrial(experiment, seed, data);
      byHand.forEach(({ train, validation }, e) => {
        assertAlmostEquals(found[e].train.loss!, train, 1e-5, `epoch ${e + 1}`);
        assertAlmostEquals(found[e].validation.loss!, validation, 1e-5, `epoch ${e + 1}`);
      });
      assertAlmostEquals(test.moving.loss!, meanLoss(data.test.labels), 1e-5);
    }
  },
);

testOnBackend("cpu", "a trial starts from the initial weights of its seed", async () => {
  // At a rate that float32 takes for 0 they are also the final weights.
  const experiment = tinyExperiment({ placement: "none", learningRate: Number.MIN_VALUE });
  for (const seed of [1, 2]) {
    const model = createModel(experiment, seed);
    const initial = new Blob(
      model.getWeights().map((weight) => new Float32Array(weight.dataSync())),
    );
    model.dispose();
    const { weights } = await runTrial(experiment, seed, tinyData());
    assertEquals(weights, await sha256Of(await initial.arrayBuffer()));
  }
});

// ---- What a trial uses ----------------------------------------------------------------------------

/** The split with other pixels. */
function withPixels(split: LabeledImages, pixel: (byte: number) => number): LabeledImages {
  return { ...split, images: split.images.map(pixel) };
}

testOnBackend(
  "cpu",
  "standardized scaling is taken from the training images that are used, and from no others",
  async () => {
    const half = tinyData();
    half.train.images.forEach((byte, i, images) => images[i] = byte >> 1);
    // Twice as bright: the mean and the deviation double, and the standardized pixels are the same.
    const brighter = {
      ...half,
      train: withPixels(half.train, (byte) => 2 * byte),
      validation: withPixels(half.validation, (byte) => 255 - byte),
      test: withPixels(half.test, (byte) => 255 - byte),
    };
    const weights = async (scaling: Experiment["scaling"], data: FashionMnist) =>
      (await runTrial(tinyExperiment({ scaling }), 1, data)).weights;
    assertEquals(await weights("standardized", brighter), await weights("standardized", half));
    assertNotEquals(await weights("unit", brighter), await weights("unit", half));

    const some = { train: 32, validation: 20, test: 20 };
    const unused = half.train.images.slice().fill(255, 32 * IMAGE_SIZE ** 2);
    const other = { ...half, train: { ...half.train, images: unused } };
    const experiment = tinyExperiment({ scaling: "standardized", images: some });
    assertEquals(
      (await runTrial(experiment, 1, other)).weights,
      (await runTrial(experiment, 1, half)).weights,
    );
  },
);

testOnBackend("cpu", "each scaling feeds the model numbers of its own", async () => {
  const means = [];
  for (const scaling of ["raw", "unit"] as const) {
    // Too low a rate to move the weights: the first layer multiplies what it is fed.
    const experiment = tinyExperiment({ scaling, learningRate: Number.MIN_VALUE });
    const [{ activations }] = (await runTrial(experiment, 1, tinyData())).epochs;
    means.push(activations[0].mean!);
  }
  assertAlmostEquals(means[0] / means[1], 255, 1e-2);
});

testOnBackend(
  "cpu",
  "a trial on data from a folder of any name has a record, which names the folder as it can be seen",
  async () => {
    const data = tinyData({ source: `/data/new\nline \x1b[31m${"x".repeat(300)}` });
    const { data: { name } } = await runTrial(tinyExperiment(), 1, data);
    assertEquals(name, `new\uFFFDline \uFFFD[31m${"x".repeat(240)}`.slice(0, 254) + "…");
  },
);

testOnBackend(
  "cpu",
  "a trial refuses more images than there are, and says how many there are",
  async () => {
    const experiment = tinyExperiment({ images: { train: 49, validation: 20, test: 20 } });
    const run = () => runTrial(experiment, 1, tinyData());
    await assertRejects(run, RangeError, "the first 49 of 48 images");
  },
);

testOnBackend(
  "cpu",
  "a trial without BN whose loss overflows is recorded, with null for it",
  async () => {
    const experiment = tinyExperiment({ placement: "none", learningRate: 1e30, epochs: 2 });
    const { epochs, test } = await runTrial(experiment, 1, tinyData());
    assertEquals(epochs[1].train.loss, null);
    assertEquals(epochs[1].activations[0].mean, null);
    assertEquals(test.moving.loss, null);
    assertEquals(test.moving.confusion.flat().reduce((sum, n) => sum + n), 20);
  },
);

// ---- The model of an experiment -------------------------------------------------------------------

testOnBackend(
  "cpu",
  "pre, post and none have the same initial weights in all affine layers",
  () => {
    for (const architecture of ARCHITECTURES) {
      const kernels = PLACEMENTS.map((placement) => {
        const model = createModel(tinyExperiment({ ...architecture, placement }), 3);
        const values = model.layers.filter((layer) =>
          ["Dense", "Conv2D"].includes(layer.getClassName())
        )
          .map((layer) => [...layer.getWeights()[0].dataSync()]);
        model.dispose();
        return values;
      });
      assertEquals(kernels[0].length, architecture.hidden.length + (architecture.filters ? 2 : 1));
      assertEquals(kernels[1], kernels[0]);
      assertEquals(kernels[2], kernels[0]);
    }
  },
);

testOnBackend(
  "cpu",
  "the model has the sizes, activation, momentum and ε of its experiment",
  () => {
    const layersOf = (changes: Partial<Experiment>) => {
      const model = createModel(tinyExperiment(changes), 1);
      const layers = model.layers.map((layer) => layer.getConfig());
      model.dispose();
      return layers;
    };
    const mlp = layersOf({ hidden: [7, 5], activation: "tanh", momentum: 0.75, epsilon: 0.125 });
    assertEquals(mlp.flatMap(({ units }) => units ?? []), [7, 5, 10]);
    assertEquals(mlp.flatMap(({ momentum }) => momentum ?? []), [0.75, 0.75]);
    assertEquals(mlp.flatMap(({ epsilon }) => epsilon ?? []), [0.125, 0.125]);
    assertEquals(
      mlp.filter(({ name }) => /_tanh$/.test(String(name))).map(({ activation }) => activation),
      ["tanh", "tanh"],
    );
    const cnn = layersOf({ architecture: "cnn", filters: 6, hidden: [9] });
    assertEquals(cnn.flatMap(({ filters }) => filters ?? []), [6]);
    assertEquals(cnn.flatMap(({ units }) => units ?? []), [9, 10]);
  },
);

// ---- What is measured beside the scores -----------------------------------------------------------

testOnBackend("cpu", "a trial records what it is asked to measure, and nothing else", async () => {
  const all: Experiment["measure"] = ["layers", "histograms", "modes"];
  const measured = await runTrial(tinyExperiment({ measure: all }), 1, tinyData());
  const bare = await runTrial(tinyExperiment({ measure: [] }), 1, tinyData());

  const [epoch] = measured.epochs;
  assert(epoch.modes !== null && measured.companions !== null);
  assertEquals(measured.batchNorm.length, 1);
  assert(epoch.activations.every(({ histogram }) => histogram.counts.length > 0));

  assertEquals([bare.epochs[0].modes, bare.companions], [null, null]);
  assertEquals(bare.batchNorm, []);
  assert(bare.epochs[0].activations.every(({ histogram }) => histogram.counts.length === 0));
});

testOnBackend("cpu", "measuring changes neither the training nor the scores", async () => {
  const experiment = tinyExperiment({ epochs: 2 });
  const measured = await runTrial({ ...experiment, measure: ["modes"] }, 1, tinyData());
  const bare = await runTrial({ ...experiment, measure: [] }, 1, tinyData());
  assertEquals(measured.test, bare.test);
  assertEquals(
    measured.epochs.map(({ train, validation }) => ({ train, validation })),
    bare.epochs.map(({ train, validation }) => ({ train, validation })),
  );
});

// No test of one backend: TensorFlow.js forgets what it had kept for a gradient that an error ended.
Deno.test("a trial that diverges is a record: the step, and scores that count", async () => {
  await useBackend("cpu");
  const experiment = tinyExperiment({ learningRate: 1e38, epochs: 2, measure: ["layers"] });
  const record = await runTrial(experiment, 1, tinyData());
  assert(record.diverged !== null && record.diverged > 1);
  assertEquals(record.epochs.map(({ train }) => train.loss), [null, null]);
  assertEquals([record.test.dataset, record.batchNorm.length], [null, 0]);
});

testOnBackend(
  "cpu",
  "a trial that does not diverge says so, and scores its training images",
  async () => {
    const record = await runTrial(tinyExperiment(), 1, tinyData());
    assertEquals(record.diverged, null);
    assert(record.train.dataset !== null && record.train.moving.accuracy >= 0);
  },
);
