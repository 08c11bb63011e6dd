import * as tf from "@tensorflow/tfjs";
import { assert, assertEquals } from "@std/assert";
import { BatchNorm } from "../../bn/batch_norm_layer.ts";
import { IMAGE_SIZE, type LabeledImages } from "../../data/labeled_images.ts";
import { minibatches } from "../../data/minibatches.ts";
import { rawScaling } from "../../data/scaling.ts";
import { evaluate } from "../../experiments/fit.ts";
import { evaluateInTrainingMode, measureCompanions } from "../../experiments/measures.ts";
import { testOnEachBackend } from "../backends.ts";

const PIXELS = IMAGE_SIZE * IMAGE_SIZE;
const BATCHING = { batchSize: 2, scaling: rawScaling, seed: 1 };

/** Images whose pixels all have one value. */
function greys(values: number[], labels: number[]): LabeledImages {
  const images = new Uint8Array(values.length * PIXELS);
  values.forEach((value, i) => images.fill(value, i * PIXELS, (i + 1) * PIXELS));
  return { images, labels: Uint8Array.from(labels), count: values.length };
}

/** An image's grey g → BN → logits (x̂, −x̂) and eight lower ones: class 0 where x̂ > 0, else class 1. */
function signModel(): tf.Sequential {
  const model = tf.sequential({
    layers: [
      tf.layers.averagePooling2d({ poolSize: IMAGE_SIZE, inputShape: [IMAGE_SIZE, IMAGE_SIZE, 1] }),
      tf.layers.flatten(),
      new BatchNorm({ name: "bn", momentum: 0.5 }),
      tf.layers.dense({ units: 10, name: "logits" }),
    ],
  });
  tf.tidy(() => {
    const kernel = [1, -1, ...Array(8).fill(0)];
    const bias = [0, 0, ...Array(8).fill(-100)];
    model.getLayer("logits").setWeights([tf.tensor2d([kernel]), tf.tensor1d(bias)]);
    model.apply(tf.fill([2, IMAGE_SIZE, IMAGE_SIZE, 1], 5), { training: true });
  });
  return model;
}

function movingOf(model: tf.Sequential) {
  return (model.getLayer("bn") as BatchNorm).storedStatistics("moving");
}

testOnEachBackend("in training mode the brighter image of a batch of two is class 0", () => {
  const model = signModel();
  const split = greys([10, 20], [1, 0]);
  const before = movingOf(model);
  assertEquals(evaluateInTrainingMode(model, split, BATCHING).accuracy, 1);
  // In prediction mode both are brighter than the moving mean of 2.5.
  const batches = minibatches(split, { batchSize: 2, scaling: rawScaling });
  assertEquals(evaluate(model, batches).accuracy, 0.5);
  assertEquals(movingOf(model), before, "the statistics are as they were");
  model.dispose();
});

testOnEachBackend("the rest of its batch decides the class of an image that lies between", () => {
  const model = signModel();
  // 0 and 250 are the darkest and the brightest of any batch; 100 … 140 depend on the other one.
  const values = [0, 100, 110, 120, 130, 140, 150, 250];
  const { changed } = measureCompanions(
    model,
    greys(values, values.map((value) => value < 125 ? 1 : 0)),
    BATCHING,
  );
  assert(changed > 0 && changed <= 0.75, `${changed}: never the two at the ends`);
  assertEquals(movingOf(model).count, 1, "the statistics are as they were");
  model.dispose();
});

testOnEachBackend("in batches of all images their order changes nothing", () => {
  const model = signModel();
  const split = greys([1, 2, 3, 200], [1, 1, 1, 0]);
  const all = { ...BATCHING, batchSize: 4 };
  assertEquals(measureCompanions(model, split, all), { accuracy: 1, changed: 0 });
  model.dispose();
});
