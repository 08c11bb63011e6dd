/**
 * What a record holds of a trial for the claims: which images are right, scores after steps, norms,
 * gradients, and the path of the activations' inputs.
 */
import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { loadFashionMnist } from "../../data/fashion_mnist.ts";
import { type Experiment, experimentOf } from "../../experiments/experiment.ts";
import { prepareBackend } from "../../experiments/backend.ts";
import { gradientNorms, weightNorms } from "../../experiments/norms.ts";
import { PathTracker } from "../../experiments/path.ts";
import { bitsOf, fromBits } from "../../experiments/right_bits.ts";
import { runTrial } from "../../experiments/trial.ts";
import { granted } from "../permissions.ts";
import { tinyData, tinyExperiment } from "../tiny_trials.ts";

Deno.test("right images are one bit each, the first in the highest of its byte", () => {
  const right = [true, false, true, false, false, false, false, false, true, true];
  assertEquals(bitsOf(right), new Uint8Array([0b1010_0000, 0b1100_0000]).toBase64());
  assertEquals(fromBits(bitsOf(right), 10), right);
});

Deno.test({
  name: "what is asked for is in the record, and changes no weight",
  ignore: !granted("read"),
  async fn() {
    await prepareBackend();
    const plain = await runTrial(tinyExperiment({ measure: [] }), 1, tinyData());
    const asked = await runTrial(
      tinyExperiment({ measure: ["curve", "steps", "right", "norms", "gradients", "path"] }),
      1,
      tinyData(),
    );
    assertEquals(asked.weights, plain.weights);
    assertEquals(asked.test, plain.test);
    const right = fromBits(asked.right!, 20).filter(Boolean).length;
    assertEquals(right / 20, asked.test.dataset!.accuracy);
    // Three steps of 48 images make one epoch: the curve's images are all of them.
    assertEquals(asked.epochs[0].dataset, asked.validation.dataset);
    assertEquals(asked.epochs[0].norms.map(({ layer }) => layer), ["dense1", "logits"]);
    assertEquals(asked.gradients.map(({ layer }) => layer), ["dense1", "logits"]);
    assert(asked.gradients.every(({ norm }) => norm! > 0));
    assertEquals([asked.path, asked.steps], [null, []]); // too short for either
    assertEquals([plain.right, plain.gradients, plain.epochs[0].dataset], [null, [], null]);
  },
});

Deno.test({
  name: "norms are those of the weights, and gradients those of one batch before the first step",
  ignore: !granted("read"),
  async fn() {
    await prepareBackend();
    const model = tf.sequential({
      layers: [tf.layers.dense({ units: 2, inputShape: [2], useBias: false, name: "logits" })],
    });
    model.layers[0].setWeights([tf.tensor2d([[3, 0], [0, 4]])]);
    assertEquals(weightNorms(model), [{ layer: "logits", norm: 5 }]);
    // x = (0, 0): p = (½, ½), dL/dW = xᵀ(p − onehot) = 0; x = (2, 0): z = (6, 0)
    const batch = (x: number[]) =>
      ({ images: tf.tensor2d([x]), labels: tf.tensor2d([[1, 0]]), size: 1 }) as never;
    assertEquals(gradientNorms(model, batch([0, 0]))[0].norm, 0);
    const p = 1 / (1 + Math.exp(6));
    assertAlmostEquals(gradientNorms(model, batch([2, 0]))[0].norm!, 2 * p * Math.SQRT2, 1e-6);
  },
});

Deno.test({
  name: "a path is the sum of the steps that the inputs' means make, in standard deviations",
  ignore: !granted("read"),
  async fn() {
    await prepareBackend();
    const model = tf.sequential({
      layers: [
        tf.layers.dense({ units: 1, inputShape: [1], name: "dense1" }),
        tf.layers.activation({ activation: "relu", name: "relu1" }),
      ],
    });
    const set = (w: number, b: number) =>
      model.layers[0].setWeights([tf.tensor2d([[w]]), tf.tensor1d([b])]);
    const images = tf.tensor2d([[-1], [1]]); // mean 0, standard deviation 1
    // deno-lint-ignore require-await
    const tracker = new PathTracker(model, images as never, async (look) => look());
    const steps = async (from: number, loss: number) => {
      for (let step = from; step < from + 50; step++) await tracker.step(step, loss);
    };
    await steps(1, 0.9); // above 0.60: not looked at
    assertEquals(tracker.record(), null);
    set(1, 0);
    await steps(51, 0.5); // seen at 75, where the mean of 50 is 0.7, and at 100, where it is 0.5
    set(2, 3); // by three standard deviations of 1
    await steps(101, 0.5);
    set(2, 1); // by one of 2; then below 0.35
    await steps(151, 0.3);
    const { from, to, layers: [{ layer, training, prediction }] } = tracker.record()!;
    assertEquals([layer, from, to], ["relu1", 100, 200]);
    assertEquals(training, { shift: 4, deviation: { first: 1, last: 2 } });
    assertEquals(prediction, training);
  },
});

Deno.test({
  name: "a network that learns to a loss of 0.35 has a path, with batch normalization and without",
  ignore: !granted("read"),
  async fn() {
    await prepareBackend();
    const data = await loadFashionMnist();
    for (const model of ["mlp-none", "mlp-pre"] as const) {
      const { path, steps } = await runTrial(
        experimentOf(model, {
          hidden: [64],
          learningRate: 0.3,
          schedule: "constant",
          epochs: 14,
          images: { train: 6_000, validation: 500, test: 100 },
          measure: ["path", "steps"],
        }),
        1,
        data,
      );
      assert(path && path.from < path.to);
      const [{ layer, training, prediction }] = path.layers;
      assertEquals(layer, "dense1_relu");
      for (const { shift, deviation } of [training, prediction]) {
        assert(shift! > 0 && deviation.first! > 0 && deviation.last! > 0);
      }
      if (model === "mlp-none") assertEquals(training, prediction);
      assertEquals(
        steps.map(({ step }) => step),
        model === "mlp-pre" ? [25, 50, 100, 156, 312, 780] : [],
      );
    }
  },
});

Deno.test({
  name: "activations are recorded with histograms, and unless a measure of the claims is asked for",
  ignore: !granted("read"),
  async fn() {
    await prepareBackend();
    const recorded = async (measure: Experiment["measure"]) =>
      (await runTrial(tinyExperiment({ measure }), 1, tinyData())).epochs[0].activations.length > 0;
    assertEquals(await recorded([]), true);
    assertEquals(await recorded(["modes"]), true);
    assertEquals(await recorded(["norms"]), false);
    assertEquals(await recorded(["histograms", "curve"]), true);
  },
});
