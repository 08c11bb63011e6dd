import * as tf from "@tensorflow/tfjs";
import { assertAlmostEquals, assertEquals } from "@std/assert";
import { BatchNorm } from "../../bn/batch_norm_layer.ts";
import type { Minibatch } from "../../data/minibatches.ts";
import { crossEntropy, evaluate, fit, type Step } from "../../experiments/fit.ts";
import type { Score } from "../../experiments/record.ts";
import "../../kernels/mod.ts";
import { createCnn } from "../../models/cnn.ts";
import { createMlp } from "../../models/mlp.ts";
import { testOnBackend, testOnEachBackend, useBackend } from "../backends.ts";

// ---- Models and batches to work out by hand -------------------------------------------------------

/**
 * A model without batch normalization of one weight w: an image of one pixel x has the logits w·x
 * and −w·x, so its loss is log(1 + exp(∓2wx)), and class 0 is predicted where w·x ≥ 0.
 */
function oneWeight(w: number): tf.Sequential {
  const model = tf.sequential({
    layers: [
      tf.layers.flatten({ inputShape: [1, 1, 1] }),
      tf.layers.dense({ units: 1, useBias: false }),
      tf.layers.dense({ units: 2, useBias: false, trainable: false }),
    ],
  });
  tf.tidy(() => model.setWeights([tf.tensor2d([[w]]), tf.tensor2d([[1, -1]])]));
  return model;
}

function weightOf(model: tf.LayersModel): number {
  return model.trainableWeights[0].read().dataSync()[0];
}

/** An image of one pixel. */
interface Example {
  x: number;
  label: number;
}

function lossOf({ x, label }: Example, w: number): number {
  return Math.log1p(Math.exp((label === 0 ? -2 : 2) * w * x));
}

/** dL/dw of {@linkcode lossOf}. */
function slopeOf({ x, label }: Example, w: number): number {
  const towards = label === 0 ? x : -x;
  return -2 * towards / (1 + Math.exp(2 * w * towards));
}

function mean(values: number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Batches of images of one pixel; a batch lives until the next is asked for. */
function* batchesOf(batches: Example[][], classes = 2): Generator<Minibatch> {
  for (const examples of batches) {
    const size = examples.length;
    const images = tf.tensor4d(examples.map(({ x }) => x), [size, 1, 1, 1]);
    const labels = oneHot(examples.map(({ label }) => label), classes);
    try {
      yield { images, labels, size };
    } finally {
      tf.dispose([images, labels]);
    }
  }
}

/** Random images of 28×28 pixels. */
function* randomBatches(count: number, size: number): Generator<Minibatch> {
  for (let i = 0; i < count; i++) {
    const images = tf.randomNormal<tf.Rank.R4>([size, 28, 28, 1], 0, 1, "float32", i);
    const labels = oneHot(Array.from({ length: size }, (_, row) => row), 10);
    yield { images, labels, size };
    tf.dispose([images, labels]);
  }
}

function oneHot(labels: number[], classes: number): tf.Tensor2D {
  return tf.tidy(() => tf.oneHot(tf.tensor1d(labels, "int32"), classes).toFloat() as tf.Tensor2D);
}

/** A layer that hands its input on and notes down whether it was called in training. */
class ModeSpy extends tf.layers.Layer {
  static className = "ModeSpy";
  readonly training: boolean[] = [];

  override call(inputs: tf.Tensor | tf.Tensor[], kwargs: { training?: boolean }): tf.Tensor {
    this.training.push(kwargs.training === true);
    return [inputs].flat()[0].clone();
  }
}

// ---- Training -------------------------------------------------------------------------------------

testOnEachBackend(
  "fit descends the gradient of the batch's mean loss, each step at its own learning rate",
  async () => {
    const batches = [
      [{ x: 1, label: 0 }],
      [{ x: 2, label: 1 }, { x: -1, label: 0 }, { x: 0.5, label: 0 }],
    ];
    const rates = [1, 0.5, 0.25, 0];
    let w = 0.25;
    const byHand: number[] = [];
    rates.forEach((rate, step) => {
      w -= rate * mean(batches[step % 2].map((example) => slopeOf(example, w)));
      byHand.push(w);
    });

    const model = oneWeight(0.25);
    const found: number[] = [];
    await fit(model, {
      epochs: 2,
      batches: () => batchesOf(batches),
      learningRate: (step) => rates[step],
      onStep: () => void found.push(weightOf(model)),
    });
    model.dispose();

    assertEquals(found.length, 4);
    found.forEach((weight, step) => assertAlmostEquals(weight, byHand[step], 1e-6, `step ${step}`));
    assertEquals(found[3], found[2], "a rate of 0 leaves the weight as it is");
  },
);

testOnEachBackend("fit changes no weight that is not trainable", async () => {
  const model = oneWeight(0.25);
  const batches = () => batchesOf([[{ x: 1, label: 1 }]]);
  await fit(model, { epochs: 3, batches, learningRate: () => 1 });
  assertEquals([...model.getWeights()[1].dataSync()], [1, -1]);
  model.dispose();
});

testOnBackend("cpu", "fit trains in training mode, evaluate predicts", async () => {
  const spy = new ModeSpy({ inputShape: [1, 1, 1] });
  const model = tf.sequential({
    layers: [spy, tf.layers.flatten(), tf.layers.dense({ units: 2 })],
  });
  spy.training.length = 0; // what building the model called

  const batches = () => batchesOf([[{ x: 1, label: 0 }], [{ x: 2, label: 1 }]]);
  await fit(model, { epochs: 1, batches, learningRate: () => 0.1 });
  assertEquals(spy.training, [true, true]);
  evaluate(model, batches());
  assertEquals(spy.training, [true, true, false, false]);
  model.dispose();
});

testOnBackend("cpu", "fit asks for each epoch's batches by its number, from 1", async () => {
  const model = oneWeight(0);
  const epochs: number[] = [];
  const batches = (epoch: number) => {
    epochs.push(epoch);
    return batchesOf([[{ x: 1, label: 0 }]]);
  };
  await fit(model, { epochs: 3, batches, learningRate: () => 0 });
  assertEquals(epochs, [1, 2, 3]);
  model.dispose();
});

testOnBackend(
  "cpu",
  "fit reports after each step its epoch's loss and accuracy so far, all images counting alike",
  async () => {
    // At a rate of 0 the weight stays 1, so that all losses can be said beforehand.
    const right = { x: 1, label: 0 };
    const wrong = { x: 2, label: 1 };
    const model = oneWeight(1);
    const steps: Step[] = [];
    const ends: { epoch: number; score: Score }[] = [];
    await fit(model, {
      epochs: 2,
      batches: () => batchesOf([[wrong], [right, right, right]]),
      learningRate: () => 0,
      onStep: (step) => void steps.push(step),
      onEpoch: (epoch, score) => void ends.push({ epoch, score }),
    });
    model.dispose();

    assertEquals(steps.map(({ epoch, step }) => [epoch, step]), [[1, 1], [1, 2], [2, 3], [2, 4]]);
    const first = lossOf(wrong, 1);
    const both = (lossOf(wrong, 1) + 3 * lossOf(right, 1)) / 4;
    for (const [i, loss] of [first, both, first, both].entries()) {
      assertAlmostEquals(steps[i].score.loss!, loss, 1e-6);
      assertEquals(steps[i].score.accuracy, i % 2 === 0 ? 0 : 3 / 4);
    }
    assertEquals(ends, [
      { epoch: 1, score: steps[1].score },
      { epoch: 2, score: steps[3].score },
    ]);
  },
);

testOnBackend("cpu", "fit waits for its callbacks before it goes on", async () => {
  const model = oneWeight(0);
  const events: string[] = [];
  const slowly = async (event: string) => {
    events.push(`${event} begins`);
    await new Promise((resolve) => setTimeout(resolve, 1));
    events.push(`${event} ends`);
  };
  await fit(model, {
    epochs: 1,
    batches: () => batchesOf([[{ x: 1, label: 0 }], [{ x: 1, label: 0 }]]),
    learningRate: () => 0,
    onStep: ({ step }) => slowly(`step ${step}`),
    onEpoch: (epoch) => slowly(`epoch ${epoch}`),
  });
  model.dispose();
  assertEquals(
    events,
    ["step 1", "step 2", "epoch 1"].flatMap((event) => [`${event} begins`, `${event} ends`]),
  );
});

testOnEachBackend(
  "fit ends training where the loss is not finite, and says at which step",
  async () => {
    const model = oneWeight(3e38);
    const losses: (number | null)[] = [];
    const epochs: (number | null)[] = [];
    const diverged = await fit(model, {
      epochs: 2,
      // w·x overflows to infinity in the second batch of each epoch.
      batches: () => batchesOf([[{ x: 0, label: 0 }], [{ x: 2, label: 1 }], [{ x: 0, label: 0 }]]),
      learningRate: () => 0,
      onStep: ({ score }) => void losses.push(score.loss),
      onEpoch: (_, { loss }) => void epochs.push(loss),
    });
    model.dispose();
    assertEquals(losses.length, 2, "the first step and the one that diverged");
    assertAlmostEquals(losses[0]!, Math.log(2), 1e-6);
    assertEquals(losses[1], null);
    assertEquals(epochs, [null, null], "an epoch that is not trained has the score of the last");
    assertEquals(diverged, 2);
  },
);

// No test of one backend: TensorFlow.js forgets what it had kept for a gradient that an error ended.
Deno.test("fit takes a batch that the model refuses for divergence", async () => {
  await useBackend("cpu");
  const model = tf.sequential({
    layers: [
      tf.layers.flatten({ inputShape: [1, 1, 1] }),
      new BatchNorm(),
      tf.layers.dense({ units: 2 }),
    ],
  });
  const scores: Score[] = [];
  const diverged = await fit(model, {
    epochs: 1,
    batches: () => batchesOf([[{ x: 1, label: 0 }, { x: NaN, label: 1 }]]),
    learningRate: () => 0,
    onEpoch: (_, score) => void scores.push(score),
  });
  model.dispose();
  assertEquals(diverged, 1);
  assertEquals(scores, [{ loss: null, accuracy: 0 }]);
});

// ---- The loss -------------------------------------------------------------------------------------

/** Loss and its gradient with respect to the logits. */
function lossAndGradient(
  loss: (logits: tf.Tensor2D) => tf.Scalar,
  logits: number[][],
): [number, number[]] {
  return tf.tidy(() => {
    const { value, grad } = tf.valueAndGrad((z: tf.Tensor) => loss(z as tf.Tensor2D))(
      tf.tensor2d(logits),
    );
    return [value.dataSync()[0], [...grad.dataSync()]];
  });
}

testOnEachBackend(
  "crossEntropy and its gradient are those of tf.losses.softmaxCrossEntropy, also where they are scaled, and of float64",
  () => {
    const logits = [[1, 2, 3], [0.5, -4, 0], [-1, -1, -1], [9, 0, 3]];
    const classes = [2, 0, 1, 1];
    const labels = oneHot(classes, 3);
    for (const scale of [1, -0.25]) {
      const ours = lossAndGradient((z) => crossEntropy(z, labels).mul(scale), logits);
      const theirs = lossAndGradient(
        (z) => (tf.losses.softmaxCrossEntropy(labels, z) as tf.Scalar).mul(scale),
        logits,
      );
      const probabilities = logits.map((z) => {
        const exps = z.map(Math.exp);
        return exps.map((value) => value / exps.reduce((sum, value) => sum + value));
      });
      const exact = -scale * mean(classes.map((label, i) => Math.log(probabilities[i][label])));
      const gradient = probabilities.flatMap((row, i) =>
        row.map((p, c) => scale * (p - (c === classes[i] ? 1 : 0)) / 4)
      );
      for (const [loss, found] of [ours, theirs]) {
        assertAlmostEquals(loss, exact, 1e-6);
        found.forEach((value, k) => assertAlmostEquals(value, gradient[k], 1e-6));
      }
    }
    labels.dispose();
  },
);

testOnEachBackend("crossEntropy of logits whose exponentials overflow or vanish is exact", () => {
  const labels = oneHot([0, 1, 1], 2);
  const logits = [[1e4, -1e4], [1e4, -1e4], [-3e4, -3e4]];
  const [loss, gradient] = lossAndGradient((z) => crossEntropy(z, labels), logits);
  assertAlmostEquals(loss, (2e4 + Math.log(2)) / 3, 1e-3);
  const expected = [0, 0, 1 / 3, -1 / 3, 1 / 6, -1 / 6];
  gradient.forEach((value, k) => assertAlmostEquals(value, expected[k], 1e-6));
  labels.dispose();
});

// ---- Evaluation -----------------------------------------------------------------------------------

testOnEachBackend(
  "evaluate weighs every image alike, however the images are cut into batches",
  () => {
    const examples = Array.from({ length: 7 }, (_, i) => ({ x: i - 2.5, label: i % 2 }));
    const loss = mean(examples.map((example) => lossOf(example, 0.5)));
    const right = examples.filter(({ x, label }) => (x > 0) === (label === 0)).length;

    const model = oneWeight(0.5);
    for (const sizes of [[7], [3, 3, 1], [1, 6], [1, 1, 1, 1, 1, 1, 1]]) {
      let start = 0;
      const batches = sizes.map((size) => examples.slice(start, start += size));
      const score = evaluate(model, batchesOf(batches));
      assertAlmostEquals(score.loss!, loss, 1e-6, `batches of ${sizes}`);
      assertEquals(score.accuracy, right / 7);
    }
    model.dispose();
  },
);

testOnEachBackend(
  "evaluate's confusion matrix has a row for each true class, a column for each predicted one",
  () => {
    // Logits −(x − k)² + x² = 2kx − k²: the class predicted is the k nearest to x.
    const model = tf.sequential({
      layers: [
        tf.layers.flatten({ inputShape: [1, 1, 1] }),
        tf.layers.dense({ units: 3 }),
      ],
    });
    tf.tidy(() => model.setWeights([tf.tensor2d([[0, 2, 4]]), tf.tensor1d([0, -1, -4])]));
    const taken = (label: number, x: number, times: number) =>
      Array.from({ length: times }, () => ({ x, label }));
    const { confusion, accuracy } = evaluate(
      model,
      batchesOf([
        [...taken(0, 0, 3), ...taken(0, 2, 1), ...taken(1, 0, 2)],
        [...taken(1, 1, 1), ...taken(2, 1, 4), ...taken(0, 2, 1)],
      ], 3),
    );
    model.dispose();
    assertEquals(confusion, [[3, 0, 2], [2, 1, 0], [0, 4, 0]]);
    assertEquals(accuracy, 4 / 12);
  },
);

testOnEachBackend("evaluate scores a loss that is not finite as null", () => {
  const model = oneWeight(3e38);
  const score = evaluate(model, batchesOf([[{ x: 2, label: 1 }], [{ x: 0, label: 0 }]]));
  model.dispose();
  assertEquals(score.loss, null);
});

// ---- Memory ---------------------------------------------------------------------------------------

function testMemory(backend: "cpu" | "wasm", name: string, create: () => tf.Sequential): void {
  testOnBackend(
    backend,
    `no tensor is left over 200 steps of training and 20 of prediction: ${name}`,
    async () => {
      const model = create();
      const inUse: string[] = [];
      const note = () => {
        const { numTensors, numBytes } = tf.memory();
        inUse.push(`${numTensors} tensors of ${numBytes} bytes`);
      };
      await fit(model, {
        epochs: 2,
        batches: () => randomBatches(100, 4),
        learningRate: () => 0.01,
        onStep: note,
      });
      assertEquals(inUse.length, 200);
      assertEquals(new Set(inUse).size, 1, [...new Set(inUse)].join("; "));

      inUse.length = 0;
      function* noted() {
        for (const batch of randomBatches(20, 4)) {
          yield batch;
          note();
        }
      }
      evaluate(model, noted());
      assertEquals(inUse.length, 20);
      assertEquals(new Set(inUse).size, 1, [...new Set(inUse)].join("; "));
      model.dispose();
    },
  );
}

testMemory("cpu", "MLP without BN", () => createMlp({ placement: "none", hidden: [4] }));
testMemory("cpu", "MLP with BN", () => createMlp({ placement: "pre", hidden: [4] }));
testMemory("wasm", "CNN with BN", () => createCnn({ placement: "post", filters: 2, hidden: 4 }));
