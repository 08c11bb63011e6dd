/**
 * Training steps that BatchNorm refuses leave nothing behind: no tensor of the layer's, none on the
 * gradient tape, and no more than TensorFlow.js itself keeps when one of its own layers throws.
 */
import {
  assertEquals,
  assertLess,
  assertLessOrEqual,
  assertRejects,
  assertThrows,
} from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { batchNormTraining } from "../../bn/batch_norm.ts";
import { BatchNorm } from "../../bn/batch_norm_layer.ts";
import "../../kernels/mod.ts"; // for its effect: convolutions train on WASM
import { createCnn } from "../../models/cnn.ts";
import { createMlp } from "../../models/mlp.ts";
import { testOnEachBackend, useBackend } from "../backends.ts";
import { bits, randomNormals, withModel } from "./layer_helpers.ts";

/** A layer of TensorFlow.js's kind that refuses like ours: by throwing from its call. */
class Refusing extends tf.layers.Layer {
  static readonly className = "Refusing";
  override call(): tf.Tensor {
    throw new RangeError("refused");
  }
}

/** Two layers before one that refuses, and one behind. */
function modelAround(layer: tf.layers.Layer): tf.Sequential {
  return tf.sequential({
    layers: [
      tf.layers.dense({ units: 5, inputShape: [4], activation: "tanh" }),
      tf.layers.dense({ units: 3 }),
      layer,
      tf.layers.dense({ units: 1 }),
    ],
  });
}

function withNaN(shape: number[]): tf.Tensor {
  const values = randomNormals(shape, 1);
  values[values.length - 1] = NaN;
  return tf.tensor(values, shape);
}

function bytesAndTensors() {
  const { numTensors, numBytes, numDataBuffers } = tf.memory();
  return { numTensors, numBytes, numDataBuffers };
}

function assertSameMemory(before: ReturnType<typeof bytesAndTensors>): void {
  assertEquals(bytesAndTensors(), before);
}

function gradientStep(model: tf.LayersModel, x: tf.Tensor): void {
  tf.tidy(() =>
    void tf.variableGrads(() =>
      (model.apply(x, { training: true }) as tf.Tensor).square().mean<tf.Scalar>()
    )
  );
}

/** Gradients are over, and their tape is freed, once the caller awaits anything. */
const nextTask = () => Promise.resolve();

// —— A loop with tf.variableGrads() —————————————————————————————————————————————————————————————

const MODELS = {
  "a model whose second half is refused": () => modelAround(new BatchNorm()),
  "createMlp()": () => createMlp({ inputShape: [6, 6, 1], hidden: [4, 3] }),
  "createCnn()": () => createCnn({ inputShape: [6, 6, 1], filters: 2, hidden: 3 }),
};

for (const [name, create] of Object.entries(MODELS)) {
  testOnEachBackend(
    `${name}: five gradient steps with a NaN leave no tensor and no byte`,
    () =>
      withModel(create(), async (model) => {
        const x = withNaN([8, ...model.inputs[0].shape.slice(1) as number[]]);
        const before = bytesAndTensors();
        for (let step = 0; step < 5; step++) {
          assertThrows(() => gradientStep(model, x), RangeError, "not finite");
          await nextTask();
          assertSameMemory(before);
        }
        x.dispose();
      }),
  );
}

/** Runs five steps that are refused; what is left at once, and once the caller has awaited. */
async function leftBy(
  layer: tf.layers.Layer,
  step: (model: tf.Sequential, x: tf.Tensor, y: tf.Tensor) => void | Promise<void>,
): Promise<{ atOnce: number; afterwards: number }> {
  const left = { atOnce: NaN, afterwards: NaN };
  await withModel(modelAround(layer), async (model) => {
    model.compile({ optimizer: tf.train.sgd(0.1), loss: "meanSquaredError" });
    const [x, y] = [withNaN([8, 4]), tf.zeros([8, 1])];
    const { numTensors } = tf.memory();
    for (let i = 0; i < 5; i++) await step(model, x, y);
    left.atOnce = tf.memory().numTensors - numTensors;
    await nextTask();
    left.afterwards = tf.memory().numTensors - numTensors;
    tf.dispose([x, y]);
  });
  return left;
}

// TensorFlow.js keeps tensors where its own layer throws: no leak check here.
for (const [backend, kernels] of [["cpu", "own"], ["wasm", "own"], ["wasm", "stock"]] as const) {
  const on = `[${backend}, ${kernels} kernels]`;

  Deno.test(`before any await no more is left than where a layer of TensorFlow.js throws, and nothing afterwards ${on}`, async () => {
    await useBackend(backend, kernels);
    const fiveTimes = (model: tf.LayersModel, x: tf.Tensor) => {
      for (let i = 0; i < 5; i++) assertThrows(() => gradientStep(model, x), RangeError);
      return tf.memory().numTensors;
    };
    const left = (layer: tf.layers.Layer) => {
      const model = modelAround(layer);
      const x = withNaN([8, 4]);
      const { numTensors } = tf.memory();
      return { numTensors, after: fiveTimes(model, x) - numTensors };
    };
    const stock = left(new Refusing());
    const ours = left(new BatchNorm());
    assertLessOrEqual(ours.after, stock.after);
    await nextTask();
    assertEquals(tf.memory().numTensors, ours.numTensors);
  });

  Deno.test(`trainOnBatch() leaves nothing, and fit() what it keeps of its own where a layer throws ${on}`, async () => {
    await useBackend(backend, kernels);
    const refused = (training: Promise<unknown>) => assertRejects(() => training, RangeError);
    const onBatch = await leftBy(new BatchNorm(), async (model, x, y) => {
      await refused(model.trainOnBatch(x, y));
    });
    assertEquals(onBatch.afterwards, 0);

    const fit = async (model: tf.Sequential, x: tf.Tensor, y: tf.Tensor) => {
      await refused(model.fit(x, y, { batchSize: 4, verbose: 0, shuffle: false }));
      // TensorFlow.js takes a fit that ended by an error for one that still runs.
      (model as unknown as { model: { isTraining: boolean } }).model.isTraining = false;
    };
    const ours = await leftBy(new BatchNorm(), fit);
    const stock = await leftBy(new Refusing(), fit);
    assertLess(ours.afterwards, stock.afterwards);
    assertLessOrEqual(ours.afterwards, 5 * 2); // fit's own cuts of x and y
  });
}

// —— The layer by itself ————————————————————————————————————————————————————————————————————————

const REFUSALS: Record<string, { layer?: object; x: () => tf.Tensor }> = {
  "a NaN": { x: () => withNaN([4, 3]) },
  "an overflow": {
    layer: { inputShape: [1] },
    x: () => tf.tensor2d([[1e30], [-1e30], [0]]),
  },
  "a batch of one": { x: () => tf.ones([1, 3]) },
  "an empty batch": { x: () => tf.zeros([0, 3]) },
  "four channels": { x: () => tf.ones([2, 4]) },
  "no statistics, frozen": { layer: { trainable: false }, x: () => tf.ones([2, 3]) },
};

for (const [what, { layer: options, x: input }] of Object.entries(REFUSALS)) {
  testOnEachBackend(
    `refused inside a gradient at once leaves nothing of the layer: ${what}`,
    () => {
      const layer = new BatchNorm({ inputShape: [3], ...options });
      return withModel(tf.sequential({ layers: [layer] }), () => {
        const x = input();
        const before = bytesAndTensors();
        for (let step = 0; step < 3; step++) {
          assertThrows(() =>
            tf.tidy(() => tf.grad((x) => layer.apply(x, { training: true }) as tf.Tensor)(x))
          );
          assertSameMemory(before);
        }
        x.dispose();
      });
    },
  );
}

testOnEachBackend(
  "batchNormTraining() and a NaN: no error, no tensors left",
  () => {
    const x = withNaN([4, 3]);
    const before = bytesAndTensors();
    tf.tidy(() => void tf.grad((x) => batchNormTraining(x).y)(x));
    assertSameMemory(before);
    x.dispose();
  },
);

// —— A caller who catches inside the gradient ———————————————————————————————————————————————————

testOnEachBackend(
  "a caller may catch the error inside the gradient and go on: the gradient of the rest is right, and nothing is left",
  () => {
    const layer = new BatchNorm({ inputShape: [2] });
    return withModel(tf.sequential({ layers: [layer] }), async () => {
      const x = tf.tensor2d([[1, 2], [3, 4]]);
      const before = bytesAndTensors();
      const f = (x: tf.Tensor) => {
        const cubed = x.square().mul(x);
        try {
          return layer.apply(cubed.div(0), { training: true }) as tf.Tensor;
        } catch {
          return cubed;
        }
      };
      const dx = tf.tidy(() => tf.grad(f)(x).dataSync<"float32">().slice());
      assertEquals([...dx], [3, 12, 27, 48]);
      // To the second order the first gradient's operations are on the same tape.
      const ddx = tf.tidy(() => tf.grad((x) => tf.grad(f)(x))(x).dataSync<"float32">().slice());
      assertEquals([...ddx], [6, 12, 18, 24]);
      await nextTask();
      assertSameMemory(before);
      x.dispose();
    });
  },
);

testOnEachBackend(
  "the step after a refused one gives the bits that it gives without",
  () => {
    const x = tf.tensor2d(randomNormals([8, 3], 4), [8, 3]);
    const bad = withNaN([8, 3]);
    const step = (refuseFirst: boolean) => {
      const layer = new BatchNorm({ inputShape: [3] });
      const model = tf.sequential({ layers: [layer] });
      const weighted = (x: tf.Tensor) => (layer.apply(x, { training: true }) as tf.Tensor).mul(x);
      if (refuseFirst) assertThrows(() => tf.tidy(() => tf.grad(weighted)(bad)));
      const dx = bits(tf.tidy(() => tf.grad(weighted)(x).dataSync<"float32">().slice()));
      const statistics = layer.storedStatistics("moving");
      model.dispose();
      return { dx, statistics };
    };
    assertEquals(step(true), step(false));
    tf.dispose([x, bad]);
  },
);
