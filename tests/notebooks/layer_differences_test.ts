/** What notebook 02 says of our layer and TensorFlow.js's where the two differ, tried on both. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { BatchNorm, type BatchNormOptions } from "../../bn/batch_norm_layer.ts";
import { useBackend } from "../backends.ts";
import { granted } from "../permissions.ts";

await useBackend(granted("read") ? "wasm" : "cpu");

const SHAPE = [16, 3];
const batch = () => tf.randomNormal(SHAPE, 3, 2, "float32", 1);
const training = { training: true };

type Options = Pick<BatchNormOptions, "scale" | "center" | "axis">;

function built(layer: tf.layers.Layer): tf.layers.Layer {
  tf.sequential({ layers: [layer] });
  return layer;
}
const ours = (options: Options = {}, shape = SHAPE) =>
  built(new BatchNorm({ ...options, inputShape: shape.slice(1) }));
const stock = (options: Options = {}, shape = SHAPE) =>
  built(tf.layers.batchNormalization({ ...options, inputShape: shape.slice(1) }));

const weight = (layer: tf.layers.Layer, name: string) =>
  layer.weights.find(({ originalName }) => originalName.endsWith(name))!;
const movingMean = (layer: tf.layers.Layer) => [...weight(layer, "moving_mean").read().dataSync()];

Deno.test("without scale or center ours trains, and TensorFlow.js's crashes", () => {
  for (const options of [{ scale: false }, { center: false }]) {
    ours(options).apply(batch(), training);
    assertThrows(() => stock(options).apply(batch(), training), TypeError);
  }
});

Deno.test("another axis than the last is refused by ours, and computed wrongly by TensorFlow.js", () => {
  const shape = [2, 3, 4, 4];
  assertThrows(() => ours({ axis: 1 }, shape), Error, "only the last axis");
  const layer = stock({ axis: 1 }, shape);
  weight(layer, "moving_mean").write(tf.tensor1d([0, 10, 100]));
  const y = layer.apply(tf.zeros(shape)) as tf.Tensor;
  const right = tf.tensor1d([0, -10, -100]).reshape([1, 3, 1, 1]);
  assert(y.sub(right).abs().max().dataSync()[0] > 1);
});

Deno.test("a frozen layer in training mode keeps its statistics here, and moves them in TensorFlow.js", () => {
  for (const [layer, moves] of [[ours(), false], [stock(), true]] as const) {
    layer.apply(batch(), training); // statistics to predict with
    layer.trainable = false;
    const before = movingMean(layer);
    layer.apply(batch(), training);
    assertEquals(movingMean(layer).join() !== before.join(), moves);
  }
});

Deno.test("a training batch of one image is refused by ours, and gives β in TensorFlow.js", () => {
  assertThrows(() => ours().apply(tf.ones([1, 3]), training), Error, "one value per channel");
  const y = stock().apply(tf.ones([1, 3]), training) as tf.Tensor;
  assertEquals([...y.dataSync()], [0, 0, 0]);
});

Deno.test("a training batch with NaN is refused by ours, and stays in TensorFlow.js's moving mean", () => {
  assertThrows(() => ours().apply(tf.fill(SHAPE, NaN), training), Error);
  const poisoned = stock();
  poisoned.apply(tf.fill(SHAPE, NaN), training);
  poisoned.apply(batch(), training);
  assert(movingMean(poisoned).every(Number.isNaN));
});

Deno.test("a prediction before any training is refused by ours, and a guess in TensorFlow.js", () => {
  assertThrows(() => ours().apply(batch()), Error);
  const x = batch();
  const y = stock().apply(x) as tf.Tensor;
  assert(y.sub(x).abs().max().dataSync()[0] < 0.01, "mean 0 and variance 1");
});
