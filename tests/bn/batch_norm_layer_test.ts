/**
 * BatchNorm as a layer: inside models, saved and loaded, frozen, switched between its two kinds of
 * statistics, and what it refuses. That its numbers are right is the matter of the other
 * batch_norm_*_test.ts.
 */
import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertGreater,
  assertLess,
  assertNotEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { batchMoments } from "../../bn/batch_norm.ts";
import { BatchNorm, type StatisticsKind } from "../../bn/batch_norm_layer.ts";
import { computeDatasetStatistics, useStatistics } from "../../bn/dataset_statistics.ts";
import "../../kernels/mod.ts"; // for its effect: convolutions train on WASM
import { createCnn } from "../../models/cnn.ts";
import { createMlp } from "../../models/mlp.ts";
import { testOnBackend, testOnEachBackend, useBackend } from "../backends.ts";
import {
  apply,
  bits,
  randomNormals,
  read,
  reload,
  tidyAsync,
  trainingStep,
  weight,
  withLayer,
  withModel,
  write,
} from "./layer_helpers.ts";
import { assertClose, maxAbs } from "../reference/batch_norm_float64.ts";

const KINDS: StatisticsKind[] = ["moving", "dataset"];

/** The bits of all weights, by name. */
function state(...layers: tf.layers.Layer[]): Record<string, Uint32Array> {
  return Object.fromEntries(
    layers.flatMap((layer) => layer.weights).map((weight) => [
      weight.originalName,
      bits(weight.read().dataSync<"float32">()),
    ]),
  );
}

function setDatasetStatistics(
  layer: BatchNorm,
  { mean, variance, count }: { mean: number[]; variance: number[]; count: number },
): void {
  const [means, variances] = [mean, variance].map((values) => Float64Array.from(values));
  layer.setDatasetStatistics({ mean: means, variance: variances, count });
}

/** Three channels, trained on two batches and given dataset statistics: nothing is at its default. */
function trainLayer(layer: BatchNorm): void {
  for (const seed of [1, 2]) apply(layer, [8, 3], randomNormals([8, 3], seed, 1, 2), true);
  setDatasetStatistics(layer, { mean: [1, 2, 3], variance: [4, 9, 16], count: 16 });
  if (weight(layer, "gamma")) write(layer, "gamma", [0.5, 1, 2]);
  if (weight(layer, "beta")) write(layer, "beta", [-1, 0, 1]);
}

function predict(model: tf.LayersModel, x: tf.Tensor): Float32Array {
  return tf.tidy(() => (model.apply(x) as tf.Tensor).dataSync<"float32">().slice());
}

/** The BatchNorm layers of a model, those of nested models included. */
function batchNormsIn(model: tf.LayersModel): BatchNorm[] {
  return model.layers.flatMap((layer) =>
    layer instanceof BatchNorm ? layer : layer instanceof tf.LayersModel ? batchNormsIn(layer) : []
  );
}

// —— Inside models ——————————————————————————————————————————————————————————————————————————————

/** dense → BN → ReLU → dense. */
function sequentialModel(bn: BatchNorm = new BatchNorm({ momentum: 0.5 })): tf.Sequential {
  return tf.sequential({
    layers: [
      tf.layers.dense({ units: 5, useBias: false, inputShape: [4], kernelInitializer: glorot(1) }),
      bn,
      tf.layers.reLU(),
      tf.layers.dense({ units: 1, kernelInitializer: glorot(2) }),
    ],
  });
}

/** Two branches, each with a BN of its own, side by side. */
function functionalModel(): tf.LayersModel {
  const input = tf.input({ shape: [4] });
  const branches = [1, 2].map((seed) => {
    const affine = tf.layers.dense({ units: 3, kernelInitializer: glorot(seed) }).apply(input);
    return new BatchNorm({ momentum: 0.5 }).apply(affine) as tf.SymbolicTensor;
  });
  const merged = tf.layers.concatenate().apply(branches);
  const output = tf.layers.dense({ units: 1, kernelInitializer: glorot(3) }).apply(merged);
  return tf.model({ inputs: input, outputs: output as tf.SymbolicTensor });
}

function glorot(seed: number) {
  return tf.initializers.glorotUniform({ seed });
}

/** 32 examples of a linear map. */
function regression(): { x: tf.Tensor2D; y: tf.Tensor2D } {
  const x = tf.tensor2d(randomNormals([32, 4], 7, 2, 3), [32, 4]);
  return { x, y: x.matMul(tf.tensor2d([[1], [-1], [0.5], [0]])) as tf.Tensor2D };
}

const MODELS = { "a tf.sequential model": sequentialModel, "a functional model": functionalModel };

for (const [name, create] of Object.entries(MODELS)) {
  testOnEachBackend(
    `${name} learns with model.fit: γ, β and the moving statistics change, and the count is of training batches, validation not among them`,
    () =>
      tidyAsync(() =>
        withModel(create(), async (model) => {
          const { x, y } = regression();
          const layers = batchNormsIn(model);
          model.compile({ optimizer: "sgd", loss: "meanSquaredError" });
          const { history } = await model.fit(x, y, {
            epochs: 3,
            batchSize: 8,
            validationData: [x, y],
            shuffle: false,
            verbose: 0,
          });
          assertLess(history.loss[2] as number, history.loss[0] as number);
          for (const layer of layers) {
            const { gamma, beta } = layer.parameters;
            const { mean, variance, count } = layer.storedStatistics("moving");
            assertEquals(count, 3 * 4);
            assert(gamma.some((value) => value !== 1) && beta.some((value) => value !== 0));
            assert(mean.some((value) => value !== 0) && variance.some((value) => value !== 1));
          }
        })
      ),
  );

  testOnEachBackend(
    `${name} predicts and evaluates in prediction mode, which changes no weight`,
    () =>
      tidyAsync(() =>
        withModel(create(), (model) => {
          const { x, y } = regression();
          model.compile({ optimizer: "sgd", loss: "meanSquaredError" });
          model.apply(x, { training: true });
          const before = state(model);

          const applied = predict(model, x);
          const predicted = model.predict(x, { batchSize: 5 }) as tf.Tensor;
          assertClose("predict", predicted.dataSync<"float32">(), applied, maxAbs(applied));

          const loss = (model.evaluate(x, y, { batchSize: 5 }) as tf.Scalar).dataSync()[0];
          const expected = y.sub(tf.tensor2d(applied, [32, 1])).square().mean().dataSync()[0];
          assertAlmostEquals(loss, expected, 1e-5 * expected);
          assertEquals(state(model), before);
        })
      ),
  );
}

testOnEachBackend(
  "a loop with tf.variableGrads() takes the steps that model.fit takes, with gradients for γ and β and for no statistics",
  () =>
    tidyAsync(() =>
      withModel(sequentialModel(), (fitted) =>
        withModel(sequentialModel(), async (looped) => {
          const { x, y } = regression();
          const epochs = 3;
          fitted.compile({ optimizer: tf.train.sgd(0.1), loss: "meanSquaredError" });
          await fitted.fit(x, y, { epochs, batchSize: 32, shuffle: false, verbose: 0 });

          const variables = looped.trainableWeights.map((weight) => weight.read() as tf.Variable);
          const optimizer = tf.train.sgd(0.1);
          const names = new Set<string>();
          for (let step = 0; step < epochs; step++) {
            const { grads } = tf.variableGrads(() => {
              const output = looped.apply(x, { training: true }) as tf.Tensor;
              return output.sub(y).square().mean<tf.Scalar>();
            }, variables);
            optimizer.applyGradients(grads);
            for (const name of Object.keys(grads)) names.add(name);
          }
          optimizer.dispose();
          (fitted.optimizer as tf.Optimizer).dispose();

          assertEquals([...names].sort(), variables.map((variable) => variable.name).sort());
          assertEquals(variables.length, 5); // kernel, γ, β, kernel, bias
          const expected = fitted.getWeights().map((weight) => weight.dataSync<"float32">());
          looped.getWeights().forEach((weight, i) => {
            assertClose(`weight ${i}`, weight.dataSync(), expected[i], 1 + maxAbs(expected[i]));
          });
        }))
    ),
);

for (const [scale, center] of [[false, true], [true, false], [false, false]]) {
  testOnEachBackend(
    `with scale: ${scale} and center: ${center} model.fit learns, and γ is ${
      scale ? "trained" : "1"
    } and β is ${center ? "trained" : "0"}`,
    () =>
      tidyAsync(() => {
        const bn = new BatchNorm({ scale, center });
        return withModel(sequentialModel(bn), async (model) => {
          const { x, y } = regression();
          model.compile({ optimizer: "sgd", loss: "meanSquaredError" });
          const { history } = await model.fit(x, y, {
            epochs: 5,
            batchSize: 8,
            shuffle: false, // its order is not seeded
            verbose: 0,
          });
          assertLess(history.loss[4] as number, history.loss[0] as number);

          assertEquals(bn.trainableWeights.length, Number(scale) + Number(center));
          const { gamma, beta } = bn.parameters;
          assertEquals(gamma.every((value) => value === 1), !scale);
          assertEquals(beta.every((value) => value === 0), !center);
        });
      }),
  );
}

// —— Training and prediction ————————————————————————————————————————————————————————————————————

testOnEachBackend(
  "moving ← momentum·moving + (1 − momentum)·batch, from mean 0 and variance 1",
  () =>
    withLayer(new BatchNorm({ momentum: 0.75, inputShape: [1] }), (layer) => {
      const moving = () => {
        const { mean, variance, count } = layer.storedStatistics("moving");
        return [mean[0], variance[0], count];
      };
      assertEquals(moving(), [0, 1, 0]);

      apply(layer, [2, 1], [1, 5], true); // mean 3, variance 4
      assertEquals(moving(), [0.75, 1.75, 1]); // ¼·3, ¾·1 + ¼·4

      apply(layer, [2, 1], [0, 2], true); // mean 1, variance 1
      assertEquals(moving(), [0.8125, 1.5625, 2]); // ¾·0.75 + ¼·1, ¾·1.75 + ¼·1
    }),
);

testOnEachBackend(
  "momentum is 0.99 by default, the weight of the old value",
  () =>
    withLayer(new BatchNorm({ inputShape: [1] }), (layer) => {
      apply(layer, [2, 1], [100, 300], true); // mean 200, variance 10,000
      const { mean, variance } = layer.storedStatistics("moving");
      assertAlmostEquals(mean[0], 2, 1e-5);
      assertAlmostEquals(variance[0], 0.99 + 100, 1e-4);
    }),
);

testOnEachBackend(
  "with momentum 0 the moving statistics are the last batch's, to the bit",
  () =>
    withLayer(new BatchNorm({ momentum: 0, inputShape: [3] }), (layer) => {
      const [first, last] = [1, 2].map((seed) => randomNormals([8, 3], seed, 5, 2));
      apply(layer, [8, 3], first, true);
      apply(layer, [8, 3], last, true);
      tf.tidy(() => {
        const { mean, variance } = batchMoments(tf.tensor2d(last, [8, 3]));
        assertEquals(bits(read(layer, "moving_mean")), bits(mean.dataSync<"float32">()));
        assertEquals(bits(read(layer, "moving_variance")), bits(variance.dataSync<"float32">()));
      });
    }),
);

testOnEachBackend(
  "prediction normalizes by the kind of statistics that is chosen, and can be switched at any time",
  () =>
    withLayer(new BatchNorm({ epsilon: 9, momentum: 0, inputShape: [1] }), (layer) => {
      write(layer, "gamma", [10]);
      write(layer, "beta", [7]);
      apply(layer, [2, 1], [-1, 7], true); // moving: mean 3, variance 16
      setDatasetStatistics(layer, { mean: [1], variance: [7], count: 2 });

      assertEquals(layer.statistics, "moving");
      assertAlmostEquals(apply(layer, [1, 1], [5], false)[0], 11, 1e-5); // 10·(5 − 3)/√25 + 7
      layer.statistics = "dataset";
      assertAlmostEquals(apply(layer, [1, 1], [5], false)[0], 17, 1e-5); // 10·(5 − 1)/√16 + 7
      layer.statistics = "moving";
      assertAlmostEquals(apply(layer, [1, 1], [5], false)[0], 11, 1e-5);
    }),
);

testOnEachBackend(
  "useStatistics() switches every layer of a model, nested models included",
  () =>
    withModel(sequentialModel(new BatchNorm({ name: "inner" })), (inner) => {
      const outer = tf.sequential({
        layers: [
          tf.layers.dense({ units: 4, inputShape: [4] }),
          new BatchNorm({ name: "outer" }),
          inner,
        ],
      });
      return withModel(outer, () => {
        for (const kind of ["dataset", "moving"] as const) {
          useStatistics(outer, kind);
          const kinds = batchNormsIn(outer).map((layer) => [layer.name, layer.statistics]);
          assertEquals(kinds, [["outer", kind], ["inner", kind]]);
        }
      });
    }),
);

for (const kind of KINDS) {
  testOnEachBackend(
    `in prediction mode with ${kind} statistics an image's output does not depend on its companions, to the bit, for batches of 1 to 130`,
    () => {
      for (const shape of [[3], [4, 4, 3]]) {
        withLayer(new BatchNorm({ inputShape: shape, statistics: kind }), (layer) => {
          trainLayer(layer);
          assertIndependentOfCompanions(shape, (x) => layer.apply(x) as tf.Tensor);
        });
      }
    },
  );

  for (const create of [createMlp, createCnn]) {
    testOnBackend(
      "wasm",
      `a whole ${create.name}() model with ${kind} statistics predicts an image independently of its companions, to the bit, for batches of 1 to 130`,
      () =>
        tidyAsync(() =>
          withModel(create({ seed: 1 }), async (model) => {
            const images = () => [tf.randomNormal([16, 28, 28, 1], 0, 1, "float32", 2)];
            model.apply(images()[0], { training: true });
            await computeDatasetStatistics(model, images);
            useStatistics(model, kind);
            assertIndependentOfCompanions([28, 28, 1], (x) => model.apply(x) as tf.Tensor);
          })
        ),
    );
  }
}

/** 130 images, each alone and then as one of the first n, for every n. */
function assertIndependentOfCompanions(shape: number[], f: (x: tf.Tensor) => tf.Tensor): void {
  const most = 130;
  tf.tidy(() => {
    const images = tf.tensor(randomNormals([most, ...shape], 3, 1, 2), [most, ...shape]);
    const outputBits = (x: tf.Tensor) => bits(tf.tidy(() => f(x).dataSync<"float32">()));
    const alone = tf.split(images, most).map(outputBits);
    const length = alone[0].length;
    for (let n = 1; n <= most; n++) {
      const together = outputBits(images.slice(0, n));
      for (let i = 0; i < n; i++) {
        const output = together.subarray(i * length, (i + 1) * length);
        if (output.some((value, k) => value !== alone[i][k])) {
          throw new Error(`Image ${i} in a batch of ${n} differs from what it is alone`);
        }
      }
    }
  });
}

testOnEachBackend(
  "in training mode an example's output depends on its companions",
  () =>
    withLayer(new BatchNorm({ inputShape: [1] }), (layer) => {
      const [y] = apply(layer, [2, 1], [1, 2], true);
      const [other] = apply(layer, [2, 1], [1, 0], true);
      assertAlmostEquals(y, -1, 0.01);
      assertAlmostEquals(other, 1, 0.01);
    }),
);

for (const scale of [2 ** -10, 0.3, 2, 1000]) {
  const powerOfTwo = Number.isInteger(Math.log2(scale));
  testOnEachBackend(
    `in training mode x times ${scale} with ε times its square gives the same output${
      powerOfTwo ? ", to the bit" : " within 1e-5"
    }`,
    () => {
      for (const shape of [[16, 3], [4, 3, 3, 3]]) {
        const x = randomNormals(shape, 4, 2, 1);
        const scaled = x.map((value) => scale * value);
        const output = (x: Float32Array, epsilon: number) => {
          const layer = new BatchNorm({ epsilon, inputShape: shape.slice(1) });
          return withLayer(layer, () => {
            write(layer, "gamma", [0.5, 1, 2]);
            write(layer, "beta", [-1, 0, 1]);
            return apply(layer, shape, x, true);
          });
        };
        const [y, expected] = [output(scaled, 0.01 * scale ** 2), output(x, 0.01)];
        if (powerOfTwo) assertEquals(bits(y), bits(expected));
        else assertClose("y", y, expected, maxAbs(expected));
      }
    },
  );
}

testOnEachBackend(
  "under the same ε = 1e-3 a batch of ±1 becomes ±0.9995, and a batch of ±0.001 becomes ±0.0316: ε outweighs its variance",
  () =>
    withLayer(new BatchNorm({ inputShape: [1] }), (layer) => {
      const [, large] = apply(layer, [2, 1], [-1, 1], true);
      assertAlmostEquals(large, Math.sqrt(1000 / 1001), 1e-6); // 1/√(1 + 10⁻³)
      const [, small] = apply(layer, [2, 1], [-0.001, 0.001], true);
      assertAlmostEquals(small, Math.sqrt(1 / 1001), 1e-6); // 10⁻³/√(10⁻⁶ + 10⁻³)
    }),
);

testOnEachBackend(
  "on an image batch [N, H, W, C] the layer is the layer on its pixels [N·H·W, C]: predictions to the bit, y and gradients within 1e-5",
  () => {
    const [shape, flat] = [[5, 4, 3, 3], [60, 3]];
    const [x, dy] = [randomNormals(shape, 5, 1, 2), randomNormals(shape, 6)];
    const compare = (conv: BatchNorm, dense: BatchNorm) => {
      for (const layer of [conv, dense]) {
        trainLayer(layer);
        layer.statistics = "dataset";
      }
      assertEquals(bits(apply(conv, shape, x, false)), bits(apply(dense, flat, x, false)));

      const actual = trainingStep(conv, shape, x, dy);
      const expected = trainingStep(dense, flat, x, dy);
      for (const name of ["y", "dx", "dGamma", "dBeta"] as const) {
        assertClose(name, actual[name], expected[name], maxAbs(expected[name]));
      }
      for (const name of ["moving_mean", "moving_variance"]) {
        assertClose(name, read(conv, name), read(dense, name), 1);
      }
    };
    withLayer(
      new BatchNorm({ inputShape: shape.slice(1) }),
      (conv) => withLayer(new BatchNorm({ inputShape: [3] }), (dense) => compare(conv, dense)),
    );
  },
);

testOnEachBackend(
  "the gradient of a bias before BN is 0 but for rounding, BN subtracts it again; that of the bias after BN is not",
  () => {
    const model = tf.sequential({
      layers: [
        tf.layers.dense({ units: 5, inputShape: [4], name: "before" }),
        new BatchNorm(),
        tf.layers.reLU(),
        tf.layers.dense({ units: 3, name: "after" }),
      ],
    });
    return withModel(model, () =>
      tf.tidy(() => {
        const { x } = regression();
        const dy = tf.tensor2d(randomNormals([32, 3], 8), [32, 3]);
        const { grads } = tf.variableGrads(() =>
          (model.apply(x, { training: true }) as tf.Tensor).mul(dy).sum<tf.Scalar>()
        );
        const largest = (name: string) =>
          maxAbs(grads[weight(model.getLayer(name), "bias")!.name].dataSync());
        assertLess(largest("before"), 1e-5);
        assertGreater(largest("after"), 1);
      }));
  },
);

// —— Stale and missing statistics ———————————————————————————————————————————————————————————————

testOnEachBackend(
  "a call in training mode makes dataset statistics stale, new ones are not, and the moving statistics serve all along",
  () =>
    withLayer(new BatchNorm({ inputShape: [3] }), (layer) => {
      trainLayer(layer);
      const counts = () => KINDS.map((kind) => layer.storedStatistics(kind).count);
      assertEquals(counts(), [2, 16]);
      const x = randomNormals([8, 3], 3);
      const predict = (kind: StatisticsKind) => {
        layer.statistics = kind;
        return apply(layer, [8, 3], x, false);
      };
      KINDS.forEach(predict);

      for (const batches of [3, 4]) {
        apply(layer, [8, 3], x, true);
        assertEquals(counts(), [batches, -16]);
        predict("moving");
        assertThrows(() => predict("dataset"), Error, "its dataset statistics are stale");
      }

      setDatasetStatistics(layer, { mean: [0, 0, 0], variance: [1, 1, 1], count: 20 });
      assertEquals(counts(), [4, 20]);
      predict("dataset");
    }),
);

const MISSING = {
  moving: [
    "it has no moving statistics yet",
    "train it first",
    'call computeDatasetStatistics(model, batches) and set statistics to "dataset"',
  ],
  dataset: [
    "it has no dataset statistics yet",
    "call computeDatasetStatistics(model, batches)",
    'set statistics to "moving"',
  ],
};

for (const kind of KINDS) {
  testOnEachBackend(
    `predicting with ${kind} statistics before there are any is refused, and the message names the layer and both ways out`,
    () =>
      withLayer(new BatchNorm({ inputShape: [3], statistics: kind, name: "bn1" }), (layer) => {
        const before = state(layer);
        const { message } = assertThrows(() => apply(layer, [1, 3], [1, 2, 3], false), Error);
        assertStringIncludes(message, '"bn1"');
        for (const part of MISSING[kind]) assertStringIncludes(message, part);
        assertEquals(state(layer), before);
      }),
  );
}

testOnEachBackend(
  "predicting with stale statistics is refused, and the message names the layer and both ways out",
  () =>
    withLayer(new BatchNorm({ inputShape: [3], name: "bn1" }), (layer) => {
      trainLayer(layer);
      apply(layer, [2, 3], [1, 2, 3, 4, 5, 6], true);
      layer.statistics = "dataset";
      const before = state(layer);
      const { message } = assertThrows(() => apply(layer, [1, 3], [1, 2, 3], false), Error);
      assertStringIncludes(message, '"bn1"');
      for (const part of MISSING.dataset.slice(1)) assertStringIncludes(message, part);
      assertEquals(state(layer), before);
    }),
);

// —— Statistics that cannot be —————————————————————————————————————————————————————————————————

/** Sets one weight by setWeights(), as a caller or a file would. */
function setWeight(layer: BatchNorm, name: string, values: number[]): void {
  tf.tidy(() =>
    layer.setWeights(
      layer.weights.map((weight) =>
        weight.originalName.endsWith(`/${name}`) ? tf.tensor1d(values) : weight.read()
      ),
    )
  );
}

const IMPOSSIBLE: [what: "mean" | "variance", values: number[], channel: number][] = [
  ["variance", [1, -1, 1], 1],
  ["variance", [1, 1, -1e-30], 2],
  ["variance", [NaN, 1, 1], 0],
  ["variance", [1, 1, Infinity], 2],
  ["mean", [0, NaN, 0], 1],
  ["mean", [0, 0, -Infinity], 2],
];

for (const kind of KINDS) {
  testOnEachBackend(
    `${kind} statistics from setWeights() with a variance that is negative, or a moment that is not finite, are refused by the first prediction, layer and channel named, and the right ones are served`,
    () =>
      withLayer(new BatchNorm({ inputShape: [3], name: "bn1", statistics: kind }), (layer) => {
        trainLayer(layer);
        const predict = () => apply(layer, [1, 3], [1, 2, 3], false);
        const expected = predict();
        for (const [what, values, channel] of IMPOSSIBLE) {
          const right = [...read(layer, `${kind}_${what}`)];
          setWeight(layer, `${kind}_${what}`, values);
          for (const _ of ["the first", "the second"]) {
            const { message } = assertThrows(predict, RangeError, 'layer "bn1"');
            assertStringIncludes(message, `channel ${channel} has ${kind} mean`);
          }
          setWeight(layer, `${kind}_${what}`, right);
          assertEquals(predict(), expected);
        }
      }),
  );
}

testOnEachBackend(
  "a variance of 0 and moments of the other kind that cannot be are no obstacle",
  () =>
    withLayer(new BatchNorm({ inputShape: [3] }), (layer) => {
      trainLayer(layer);
      setWeight(layer, "moving_variance", [0, 0, 0]);
      setWeight(layer, "dataset_variance", [-1, -1, -1]);
      apply(layer, [1, 3], [1, 2, 3], false);
    }),
);

testOnEachBackend(
  "a frozen layer refuses them in a training call, and a loaded model in its first prediction",
  () => {
    const bn = new BatchNorm();
    const prepare = () => {
      trainLayer(bn);
      setWeight(bn, "moving_variance", [1, -4, 1]);
      bn.trainable = false;
    };
    return withSavedModel(bn, prepare, (_, { model, loadedModel }) => {
      const x = tf.ones([2, 2]);
      for (const each of [model, loadedModel]) {
        for (const training of [true, false]) {
          assertThrows(() => each.apply(x, { training }), RangeError, "variance -4");
        }
      }
    });
  },
);

testOnEachBackend(
  "mean and variance are read by the first prediction after they were written, and by no later one",
  () =>
    withLayer(new BatchNorm({ inputShape: [3] }), (layer) => {
      trainLayer(layer);
      const backend = tf.backend();
      const readSync = backend.readSync.bind(backend);
      let vectors = 0;
      backend.readSync = (dataId) => {
        const values = readSync(dataId);
        if (values.length === 3) vectors += 1;
        return values;
      };
      try {
        const x = tf.ones([1, 3]);
        const readBy = (call: () => void) => {
          vectors = 0;
          call();
          return vectors;
        };
        const predict = () => (layer.apply(x) as tf.Tensor).dispose();
        assertEquals([1, 2, 3].map(() => readBy(predict)), [2, 0, 0]);
        setWeight(layer, "moving_mean", [1, 2, 3]);
        assertEquals([1, 2, 3].map(() => readBy(predict)), [2, 0, 0]);
        x.dispose();
      } finally {
        backend.readSync = readSync;
      }
    }),
);

testOnEachBackend(
  "setDatasetStatistics() with a count that is no positive number is refused, and nothing of it is written",
  () =>
    withLayer(new BatchNorm({ inputShape: [3] }), (layer) => {
      trainLayer(layer);
      const before = state(layer);
      for (const count of ["5", null, undefined, Infinity, -1] as number[]) {
        const statistics = { mean: [9, 9, 9], variance: [9, 9, 9], count };
        assertThrows(() => setDatasetStatistics(layer, statistics), RangeError, "must be positive");
        assertEquals(state(layer), before);
      }
    }),
);

// —— Taken over from TensorFlow.js's layer ——————————————————————————————————————————————————————

for (const shape of [[3], [4, 4, 3]]) {
  for (const options of [{}, { scale: false }, { center: false }, { axis: shape.length }]) {
    testOnEachBackend(
      `fromStock() of a layer over [${shape}] with ${
        JSON.stringify(options)
      }: the same predictions within 1e-6, the same name and options, weights of its own, saved and loaded too`,
      () =>
        tidyAsync(async () => {
          const stock = tf.layers.batchNormalization({
            ...{ epsilon: 0.01, momentum: 0.7, name: "bn", inputShape: shape, ...options },
            betaInitializer: tf.initializers.constant({ value: 2 }),
          });
          const theirs = tf.sequential({ layers: [stock] });
          write(stock, "moving_mean", [1, 2, 3]);
          write(stock, "moving_variance", [4, 9, 16]);
          if (weight(stock, "gamma")) write(stock, "gamma", [0.5, 1, 2]);

          const layer = BatchNorm.fromStock(stock);
          const ours = tf.sequential({ layers: [layer] });
          const x = tf.tensor(randomNormals([5, ...shape], 3), [5, ...shape]);
          const expected = predict(theirs, x);
          assertClose("y", predict(ours, x), expected, maxAbs(expected));
          for (const name of ["name", "axis", "momentum", "epsilon", "center", "scale"]) {
            assertEquals(layer.getConfig()[name], stock.getConfig()[name], name);
          }
          assertEquals(layer.getConfig().betaInitializer, stock.getConfig().betaInitializer);
          assertEquals(layer.storedStatistics("moving").count, 1);
          assertEquals(
            layer.weights.map(({ originalName }) => originalName.split("/")[0]),
            Array(layer.weights.length).fill("bn"),
          );

          await withModel(await reload(ours), (loaded) => {
            assertEquals(bits(predict(loaded, x)), bits(predict(ours, x)));
          });

          // What ours learns is not theirs, and theirs not ours.
          ours.apply(x, { training: true });
          theirs.dispose();
          ours.apply(x);
          ours.dispose();
        }),
    );
  }
}

testOnEachBackend(
  "with fromStock() in the place of each such layer a trained model predicts as before, can be measured, and trains on",
  () =>
    tidyAsync(() => {
      const stock = sequentialModel(tf.layers.batchNormalization() as never);
      return withModel(stock, async () => {
        const { x, y } = regression();
        stock.compile({ optimizer: "sgd", loss: "meanSquaredError" });
        await stock.fit(x, y, { epochs: 2, verbose: 0, shuffle: false });
        const expected = predict(stock, x);

        const isStock = (layer: tf.layers.Layer) => layer.getClassName() === "BatchNormalization";
        const ours = tf.sequential();
        for (const layer of stock.layers) {
          ours.add(isStock(layer) ? BatchNorm.fromStock(layer) : layer);
        }
        assertClose("y", predict(ours, x), expected, maxAbs(expected));
        await computeDatasetStatistics(ours, () => [x]);
        ours.compile({ optimizer: "sgd", loss: "meanSquaredError" });
        const { history } = await ours.fit(x, y, { epochs: 3, verbose: 0, shuffle: false });
        assertLess(history.loss[2] as number, history.loss[0] as number);
        for (const layer of ours.layers.slice(1)) layer.dispose(); // their second use
        (ours as unknown as { model: tf.LayersModel }).model.optimizer.dispose();
      });
    }),
);

const NOT_STOCK: [string, () => unknown, string][] = [
  ["our own layer", () => new BatchNorm(), "BatchNorm"],
  ["another layer", () => tf.layers.reLU(), "ReLU"],
  ["nothing", () => undefined, "undefined"],
  ["a name", () => "bn", '"bn"'],
];

for (const [what, make, named] of NOT_STOCK) {
  Deno.test(`fromStock() of ${what} is refused`, () => {
    const call = () => BatchNorm.fromStock(make() as tf.layers.Layer);
    assertThrows(call, TypeError, `Cannot take over ${named}`);
  });
}

Deno.test("fromStock() of a layer without weights, with channels first or with a constraint is refused, and why", async () => {
  await useBackend("cpu");
  const layer = tf.layers.batchNormalization({ name: "bn" });
  assertThrows(() => BatchNorm.fromStock(layer), Error, "it has no weights yet");
  const first = tf.layers.batchNormalization({ axis: 1, inputShape: [3, 4, 4] });
  withLayer(first, () => {
    const rebuild = () => tf.sequential({ layers: [BatchNorm.fromStock(first)] });
    assertThrows(rebuild, RangeError, "axis 1");
  });
  const bound = tf.layers.batchNormalization({ gammaConstraint: "nonNeg", inputShape: [3] });
  withLayer(bound, () => {
    assertThrows(() => BatchNorm.fromStock(bound), TypeError, "gammaConstraint");
  });
});

// —— Saved and loaded ———————————————————————————————————————————————————————————————————————————

/** A model whose BN is its layer 1, over three channels; saved by `run` and disposed. */
function withSavedModel(
  bn: BatchNorm,
  prepare: (bn: BatchNorm) => void,
  run: (loaded: BatchNorm, models: { model: tf.LayersModel; loadedModel: tf.LayersModel }) => void,
): Promise<void> {
  return tidyAsync(() =>
    withModel(
      tf.sequential({ layers: [tf.layers.dense({ units: 3, inputShape: [2] }), bn] }),
      async (model) => {
        prepare(bn);
        await withModel(
          await reload(model),
          (loadedModel) => run(loadedModel.layers[1] as BatchNorm, { model, loadedModel }),
        );
      },
    )
  );
}

testOnEachBackend(
  "a saved and loaded model has the same weights to the bit, both kinds of statistics and their counts among them, the same options, and predicts the same",
  () => {
    const bn = new BatchNorm({ momentum: 0.7, epsilon: 0.01, statistics: "dataset", axis: 1 });
    return withSavedModel(bn, trainLayer, (loaded, { model, loadedModel }) => {
      assertEquals(state(loaded), state(bn));
      for (const kind of KINDS) {
        assertEquals(loaded.storedStatistics(kind), bn.storedStatistics(kind));
      }
      assertEquals(KINDS.map((kind) => loaded.storedStatistics(kind).count), [2, 16]);
      assertEquals(loaded.getConfig(), bn.getConfig());

      const x = tf.tensor2d([[1, 2], [3, 4]]);
      for (const kind of KINDS) {
        for (const each of [model, loadedModel]) useStatistics(each, kind);
        assertEquals(bits(predict(loadedModel, x)), bits(predict(model, x)));
      }
    });
  },
);

for (const options of [{ scale: false }, { center: false }, { trainable: false }]) {
  testOnEachBackend(
    `${JSON.stringify(options)} survives saving and loading`,
    () =>
      withSavedModel(new BatchNorm(options), () => {}, (loaded) => {
        const { scale = true, center = true, trainable = true } = loaded.getConfig();
        const all = { scale: true, center: true, trainable: true };
        assertEquals({ scale, center, trainable }, { ...all, ...options });
        assertEquals(weight(loaded, "gamma") !== undefined, scale);
        assertEquals(weight(loaded, "beta") !== undefined, center);
      }),
  );
}

for (const kind of KINDS) {
  testOnEachBackend(
    `that there are no ${kind} statistics yet is known after loading too`,
    () =>
      withSavedModel(new BatchNorm({ statistics: kind }), () => {}, (loaded, { loadedModel }) => {
        assertEquals(loaded.storedStatistics(kind).count, 0);
        assertThrows(() => predict(loadedModel, tf.ones([1, 2])), Error, MISSING[kind][0]);
      }),
  );
}

testOnEachBackend("stale dataset statistics are stale after loading too", () => {
  const prepare = (bn: BatchNorm) => {
    trainLayer(bn);
    apply(bn, [2, 3], [1, 2, 3, 4, 5, 6], true);
    bn.statistics = "dataset";
  };
  return withSavedModel(new BatchNorm(), prepare, (loaded, { loadedModel }) => {
    assertEquals(loaded.storedStatistics("dataset").count, -16);
    assertThrows(() => predict(loadedModel, tf.ones([1, 2])), Error, "stale");
  });
});

// —— Frozen —————————————————————————————————————————————————————————————————————————————————————

const FREEZE = {
  "layer.trainable": (model: tf.LayersModel, trainable: boolean) => {
    for (const layer of batchNormsIn(model)) layer.trainable = trainable;
  },
  "model.trainable": (model: tf.LayersModel, trainable: boolean) => {
    model.trainable = trainable;
  },
};

for (const [name, setTrainable] of Object.entries(FREEZE)) {
  testOnEachBackend(
    `with ${name} = false a training call predicts and keeps every weight to the bit; back at true it trains again`,
    () =>
      tidyAsync(() => {
        const bn = new BatchNorm({ inputShape: [3] });
        return withModel(tf.sequential({ layers: [bn] }), (model) => {
          trainLayer(bn);
          const x = randomNormals([8, 3], 5, 1, 2);
          const call = (training: boolean) => bits(apply(model, [8, 3], x, training));
          for (const kind of KINDS) {
            bn.statistics = kind;
            setTrainable(model, false);
            const before = state(bn);
            assertEquals(call(true), call(false));
            assertEquals(state(bn), before);
          }

          bn.statistics = "moving";
          setTrainable(model, true);
          assertNotEquals(call(true), call(false));
          assertEquals(KINDS.map((kind) => bn.storedStatistics(kind).count), [3, -16]);
        });
      }),
  );
}

testOnEachBackend(
  "in model.fit a frozen layer keeps every weight to the bit, while the other layers learn",
  () =>
    tidyAsync(() => {
      const bn = new BatchNorm();
      return withModel(sequentialModel(bn), async (model) => {
        const { x, y } = regression();
        model.apply(x, { training: true });
        bn.trainable = false;
        const [first, , , last] = model.layers;
        const [frozen, learning] = [state(bn), state(first, last)];
        model.compile({ optimizer: "sgd", loss: "meanSquaredError" });
        await model.fit(x, y, { epochs: 2, verbose: 0 });
        assertEquals(state(bn), frozen);
        assertNotEquals(state(first, last), learning);
      });
    }),
);

testOnEachBackend(
  "model.trainable = false reaches no layer without γ and β, TensorFlow.js tells it to weights alone: such a layer has its own trainable",
  () => {
    const bn = new BatchNorm({ scale: false, center: false, inputShape: [3] });
    return withModel(tf.sequential({ layers: [bn] }), (model) => {
      const train = () => {
        tf.tidy(() => void model.apply(tf.tensor2d([[1, 2, 3], [4, 5, 6]]), { training: true }));
        return bn.storedStatistics("moving").count;
      };
      model.trainable = false;
      assertEquals(train(), 1);
      bn.trainable = false;
      assertEquals(train(), 1);
    });
  },
);

/** BN inside `base`, inside an outer model, compiled; the names say who is asked. */
function nested(place: "first" | "later", how: "sequential" | "functional") {
  const bn = new BatchNorm({ inputShape: [3] });
  const base = tf.sequential({ layers: [bn] });
  const before = place === "first" ? [] : [tf.layers.reLU({ inputShape: [3] })];
  const layers = [...before, base, tf.layers.dense({ units: 1 })];
  if (how === "sequential") return { bn, base, outer: tf.sequential({ layers }) };
  const inputs = tf.input({ shape: [3] });
  const outputs = layers.reduce(
    (x, layer) => layer.apply(x) as tf.SymbolicTensor,
    inputs as tf.SymbolicTensor,
  );
  return { bn, base, outer: tf.model({ inputs, outputs }) };
}

type Nested = ReturnType<typeof nested>;

/** Whether a training call of the outer model trains the layer inside. */
function trains({ bn, outer }: Nested): boolean {
  const { count } = bn.storedStatistics("moving");
  tf.tidy(() => void outer.apply(tf.tensor2d([[1, 2, 3], [4, 5, 6]]), { training: true }));
  return bn.storedStatistics("moving").count > count;
}

/** Runs `run` on nested models; by dispose() TensorFlow.js gives back their weights only in part. */
function withNested(models: Nested, run: (compile: () => void) => void): void {
  const optimizer = tf.train.sgd(0.1);
  run(() => models.outer.compile({ optimizer, loss: "meanSquaredError" }));
  optimizer.dispose();
  for (const weight of models.outer.weights) weight.dispose();
}

for (const place of ["first", "later"] as const) {
  for (const how of ["sequential", "functional"] as const) {
    testOnEachBackend(
      `frozen by its own trainable, the layer stays frozen in a nested model that comes ${place} in a ${how} model, compiled before or after`,
      () => {
        const models = nested(place, how);
        withNested(models, (compile) => {
          assert(trains(models)); // and has statistics to predict with
          models.bn.trainable = false;
          assert(!trains(models));
          compile();
          assert(!trains(models));
          models.outer.trainable = false;
          models.outer.trainable = true;
          compile();
          assert(!trains(models));
          models.bn.trainable = true;
          assert(trains(models));
        });
      },
    );

    const undone = place === "first" && how === "sequential";
    testOnEachBackend(
      `base.trainable = false freezes the layer in a nested model that comes ${place} in a ${how} model; compile() ${
        undone ? "undoes it" : "leaves it so"
      }, and outer.trainable = false does not reach inside`,
      () => {
        const models = nested(place, how);
        withNested(models, (compile) => {
          assert(trains(models));
          models.outer.trainable = false;
          assert(trains(models));
          models.outer.trainable = true;
          models.base.trainable = false;
          assert(!trains(models));
          compile();
          assertEquals(trains(models), undone);
        });
      },
    );
  }
}

// —— What it can be asked ———————————————————————————————————————————————————————————————————————

testOnEachBackend(
  "parameters and storedStatistics() are copies: writing into them leaves the layer as it was",
  () =>
    withLayer(new BatchNorm({ inputShape: [3] }), (layer) => {
      trainLayer(layer);
      const before = state(layer);
      const { gamma, beta } = layer.parameters;
      const statistics = KINDS.map((kind) => layer.storedStatistics(kind));
      for (const values of [gamma, beta, ...statistics.flatMap((s) => [s.mean, s.variance])]) {
        values.fill(77);
      }
      assertEquals(state(layer), before);
    }),
);

testOnEachBackend(
  "parameters are ones and zeros where the layer has no γ and no β",
  () =>
    withLayer(new BatchNorm({ scale: false, center: false, inputShape: [3] }), (layer) => {
      assertEquals(layer.parameters, {
        gamma: Float32Array.of(1, 1, 1),
        beta: Float32Array.of(0, 0, 0),
      });
    }),
);

Deno.test("before it is built a layer says that it has no parameters and no statistics yet", () => {
  const layer = new BatchNorm({ name: "bn1" });
  const message = 'Layer "bn1" has no weights yet';
  assertThrows(() => layer.parameters, Error, message);
  for (const kind of KINDS) assertThrows(() => layer.storedStatistics(kind), Error, message);
});

// —— What it refuses ————————————————————————————————————————————————————————————————————————————

const REFUSED_OPTIONS: [object, string][] = [
  ...[1, -0.1, 1.5, NaN].map((momentum): [object, string] => [
    { momentum },
    `momentum ${momentum}: it is the weight of the old value and must be in [0, 1)`,
  ]),
  // 1e-50 is 0 as a float32, and 1e39 is infinite.
  ...[0, -1, NaN, 1e-50, 1e39].map((epsilon): [object, string] => [
    { epsilon },
    `epsilon ${epsilon}: it must be a positive float32`,
  ]),
  [{ statistics: "batch" }, 'statistics "batch": choose "moving" or "dataset"'],
];

for (const [options, message] of REFUSED_OPTIONS) {
  const [[name, value]] = Object.entries(options);
  Deno.test(`${name} ${value} is refused`, () => {
    assertThrows(() => new BatchNorm(options), RangeError, message);
  });
}

const REFUSED_SHAPES: [string, object, tf.Shape, string][] = [
  ["rank below 2", {}, [null], "the rank must be at least 2"],
  ["map that is empty", {}, [null, 0, 2, 5], "the map is empty"],
  ["map of negative size", {}, [null, -1, -1, 5], "the map is empty"],
  ["map without channels", {}, [null, 4, 4, 0], "the map is empty"],
  ["unknown number of channels", {}, [null, null], "the number of channels, the last axis, must"],
  [
    "axis that is not the last",
    { axis: 1 },
    [null, 3, 4, 5],
    "tf.layers.permute({ dims: [2, 3, 1] })",
  ],
];

for (const [title, options, shape, message] of REFUSED_SHAPES) {
  Deno.test(`an input with a ${title} is refused before there are weights`, () => {
    const layer = new BatchNorm(options);
    assertThrows(() => layer.build(shape), RangeError, message);
    assertEquals([layer.built, layer.weights.length], [false, 0]);
  });
}

Deno.test("the axis may be named by its number if it is the last", () =>
  withLayer(new BatchNorm({ axis: 3, inputShape: [2, 2, 5] }), (layer) => {
    assertEquals(layer.parameters.gamma.length, 5);
  }));

const [NUMBERS, ONE_PER_CHANNEL] = [[1, 2, 3, 4, 5, 6], [1, 2, 3]];

/** Six numbers, one of which is not of their kind. */
function with1(value: number): number[] {
  return NUMBERS.map((number, k) => k === 4 ? value : number); // channel 1
}

const REFUSED_CALLS: [string, (layer: BatchNorm) => unknown, string][] = [
  [
    "a vector, in training",
    (layer) => apply(layer, [3], [1, 2, 3], true),
    "rank must be at least 2",
  ],
  [
    "a vector, in prediction",
    (layer) => apply(layer, [3], [1, 2, 3], false),
    "rank must be at least",
  ],
  [
    "4 channels for 3, in training",
    (layer) => apply(layer, [1, 4], [1, 2, 3, 4], true),
    "3 channels",
  ],
  [
    "2 channels for 3, in prediction",
    (layer) => apply(layer, [3, 2], NUMBERS, false),
    "3 channels",
  ],
  ["4 channels for 3, in a model", (layer) => layer.apply(tf.input({ shape: [4] })), "3 channels"],
  ["an empty batch, in training", (layer) => apply(layer, [0, 3], [], true), "an empty batch"],
  ["an empty batch, in prediction", (layer) => apply(layer, [0, 3], [], false), "an empty batch"],
  ...([[2, 0, 3], [2, 4, 0, 3]].flatMap((shape) =>
    [true, false].map((training) => [
      `a map that is empty, [${shape}], in ${training ? "training" : "prediction"}`,
      (layer: BatchNorm) => apply(layer, shape, [], training),
      "an empty map of shape",
    ])
  )) as typeof REFUSED_CALLS,
  [
    "one example, in training",
    (layer) => apply(layer, [1, 3], ONE_PER_CHANNEL, true),
    "it has one value per channel",
  ],
  [
    "one image of one pixel, in training",
    (layer) => apply(layer, [1, 1, 1, 3], ONE_PER_CHANNEL, true),
    "it has one value per channel",
  ],
  ...[NaN, Infinity, -Infinity, 1e25].map((value): typeof REFUSED_CALLS[number] => [
    `${value} among the inputs, in training`, // 1e25 itself is a float32, its square is not
    (layer) => apply(layer, [2, 3], with1(value), true),
    "channel 1 has mean",
  ]),
  [
    "statistics of an unknown kind",
    (layer) => layer.statistics = "batch" as StatisticsKind,
    'choose "moving" or "dataset"',
  ],
  [
    "reading statistics of an unknown kind",
    (layer) => layer.storedStatistics("batch" as StatisticsKind),
    'choose "moving" or "dataset"',
  ],
  ...([
    ["of too few channels", { mean: [1, 2] }, "of 2 means and 3 variances"],
    ["of too many channels", { variance: [1, 2, 3, 4] }, "of 3 means and 4 variances"],
    ["with a negative variance", { variance: [1, -1, 1] }, "no variance negative"],
    ["with a NaN", { mean: [1, NaN, 3] }, "channel 1 has mean NaN"],
    [
      "too large for float32",
      { variance: [1, 1e39, 3] },
      "channel 1 has mean 2 and variance Infinity",
    ],
    ["over no values", { count: 0 }, "count (0) must be positive"],
    ["over NaN values", { count: NaN }, "count (NaN) must be positive"],
  ] as const).map(([what, wrong, message]): typeof REFUSED_CALLS[number] => [
    `dataset statistics ${what}`,
    (layer) => {
      const right = { mean: [1, 2, 3], variance: [1, 1, 1], count: 5 };
      setDatasetStatistics(layer, { ...right, ...wrong as Partial<typeof right> });
    },
    message,
  ]),
];

for (const [title, call, message] of REFUSED_CALLS) {
  testOnEachBackend(
    `${title}: refused, and the layer is what it was, to the bit`,
    () =>
      withLayer(new BatchNorm({ inputShape: [3] }), (layer) => {
        trainLayer(layer);
        const [weights, config] = [state(layer), layer.getConfig()];
        assertThrows(() => call(layer), RangeError, message);
        assertEquals(state(layer), weights);
        assertEquals(layer.getConfig(), config);
      }),
  );
}

// TensorFlow.js's fit() does not give back all tensors when it ends by an error: no leak check here.
Deno.test(
  "model.fit ends with that message when its last batch holds one example, and the layer keeps what the batches before taught it",
  async () => {
    await useBackend("cpu");
    const bn = new BatchNorm();
    const model = sequentialModel(bn);
    model.compile({ optimizer: "sgd", loss: "meanSquaredError" });
    const [x, y] = [tf.ones([5, 4]), tf.ones([5, 1])];
    await assertRejects(
      () => model.fit(x, y, { batchSize: 2, verbose: 0 }),
      RangeError,
      "drop a last batch of one",
    );
    assertEquals(bn.storedStatistics("moving").count, 2);
    model.dispose();
  },
);

Deno.test(
  "model.fit with validationData, while dataset statistics predict, ends with an error that says what happened and both ways out",
  async () => {
    await useBackend("cpu");
    const bn = new BatchNorm({ name: "bn1" });
    const model = sequentialModel(bn);
    const { x, y } = regression();
    await computeDatasetStatistics(model, () => [x]);
    useStatistics(model, "dataset");
    model.compile({ optimizer: "sgd", loss: "meanSquaredError" });
    const fit = () => model.fit(x, y, { epochs: 2, validationData: [x, y], verbose: 0 });
    const { message } = await assertRejects(fit, Error);
    assertStringIncludes(message, 'layer "bn1": its dataset statistics are stale');
    assertStringIncludes(
      message,
      "so has it in model.fit when the validation after an epoch predicts",
    );
    for (const way of MISSING.dataset.slice(1)) assertStringIncludes(message, way);
    assertStringIncludes(message, 'useStatistics(model, "moving")');
    model.dispose();
    tf.dispose([x, y]);

    const other = sequentialModel();
    const data = regression();
    await computeDatasetStatistics(other, () => [data.x]);
    useStatistics(other, "moving"); // the way out
    other.compile({ optimizer: "sgd", loss: "meanSquaredError" });
    const { x: xs, y: ys } = data;
    const { history } = await other.fit(xs, ys, {
      epochs: 2,
      validationData: [xs, ys],
      verbose: 0,
    });
    assertEquals(history.val_loss.length, 2);
    other.dispose();
    tf.dispose([xs, ys]);
  },
);

Deno.test("a convolution whose window is larger than its image makes BatchNorm say that the map is empty, when the model is built", async () => {
  await useBackend("cpu");
  const conv = tf.layers.conv2d({ filters: 2, kernelSize: 3, inputShape: [2, 2, 1] });
  const build = () => tf.sequential({ layers: [conv, new BatchNorm()] });
  const { message } = assertThrows(build, RangeError);
  assertStringIncludes(message, "the map is empty");
  assertEquals(message.includes("batch "), false);
});

// —— Memory —————————————————————————————————————————————————————————————————————————————————————

for (const create of [createMlp, createCnn]) {
  testOnEachBackend(
    `${create.name}(): tensors do not grow, in number or in bytes, over 200 training steps and 20 predictions with each kind of statistics`,
    () => {
      const inputShape = [6, 6, 1];
      const model = create === createMlp
        ? createMlp({ inputShape, hidden: [4, 3] })
        : createCnn({ inputShape, filters: 2, hidden: 3 });
      return withModel(model, () => {
        const optimizer = tf.train.sgd(0.01);
        const x = tf.tensor4d(randomNormals([4, ...inputShape], 9), [4, 6, 6, 1]);
        const memory = () => {
          const { numTensors, numBytes } = tf.memory();
          return { numTensors, numBytes };
        };
        const step = () =>
          tf.tidy(() => {
            const { grads } = tf.variableGrads(() =>
              (model.apply(x, { training: true }) as tf.Tensor).square().mean<tf.Scalar>()
            );
            optimizer.applyGradients(grads);
          });
        step(); // builds what is built once
        const before = memory();
        for (let i = 0; i < 200; i++) step();
        assertEquals(memory(), before);

        for (const kind of KINDS) {
          useStatistics(model, kind);
          for (const layer of batchNormsIn(model)) {
            const { mean, variance } = layer.storedStatistics("moving");
            layer.setDatasetStatistics({ mean, variance, count: 1 });
          }
          for (let i = 0; i < 20; i++) (model.predict(x) as tf.Tensor).dispose();
          assertEquals(memory(), before);
        }
        x.dispose();
        optimizer.dispose();
      });
    },
  );
}
