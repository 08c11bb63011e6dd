/**
 * The two models: their layers in each placement, their sizes, their initial weights, and that they
 * learn.
 */
import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertLess,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { BatchNorm } from "../../bn/batch_norm_layer.ts";
import "../../kernels/mod.ts"; // for its effect: convolutions train on WASM
import { type CnnOptions, createCnn } from "../../models/cnn.ts";
import { createMlp, type MlpOptions } from "../../models/mlp.ts";
import { type Placement, PLACEMENTS } from "../../models/placement.ts";
import { testOnBackend, testWithKernels } from "../backends.ts";
import { bits, randomNormals, read, reload, weight, withModel } from "../bn/layer_helpers.ts";
import { moments } from "../reference/batch_norm_float64.ts";

const CREATE = { createMlp, createCnn };

/** Registers a test on the CPU backend: what a model is made of does not depend on it. */
function test(title: string, fn: () => void | Promise<void>): void {
  testOnBackend("cpu", title, fn);
}

// —— Layers —————————————————————————————————————————————————————————————————————————————————————

const MLP_LAYERS: Record<Placement, string> = {
  none: `flatten
    dense1 dense1_relu
    dense2 dense2_relu
    dense3 dense3_relu
    logits`,
  pre: `flatten
    dense1 dense1_bn dense1_relu
    dense2 dense2_bn dense2_relu
    dense3 dense3_bn dense3_relu
    logits`,
  post: `flatten
    dense1 dense1_relu dense1_bn
    dense2 dense2_relu dense2_bn
    dense3 dense3_relu dense3_bn
    logits`,
};

const CNN_LAYERS: Record<Placement, string> = {
  none: "conv conv_relu pool flatten dense dense_relu logits",
  pre: "conv conv_bn conv_relu pool flatten dense dense_bn dense_relu logits",
  post: "conv conv_relu conv_bn pool flatten dense dense_relu dense_bn logits",
};

const MODELS = [
  {
    create: createMlp,
    layers: MLP_LAYERS,
    parameters: { none: 247_766, pre: 248_250, post: 248_734 },
    hidden: ["dense1", "dense2", "dense3"],
  },
  {
    create: createCnn,
    layers: CNN_LAYERS,
    parameters: { none: 589_890, pre: 590_020, post: 590_150 },
    hidden: ["conv", "dense"],
  },
];

for (const { create, layers, parameters, hidden } of MODELS) {
  for (const placement of PLACEMENTS) {
    const name = `${create.name}({ placement: "${placement}" })`;

    test(`${name} has ${parameters[placement].toLocaleString("en")} trainable parameters`, () =>
      withModel(create({ placement }), (model) => {
        const sizes = model.trainableWeights.map(({ shape }) =>
          shape.reduce<number>((product, length) => product * length!, 1)
        );
        assertEquals(sizes.reduce((sum, size) => sum + size), parameters[placement]);
      }));

    test(`${name} has its layers in this order: ${words(layers[placement]).join(", ")}`, () =>
      withModel(create({ placement }), (model) => {
        assertEquals(model.layers.map((layer) => layer.name), words(layers[placement]));
      }));

    test(
      `${name}: the hidden affine layers have ${
        placement === "pre" ? "no bias" : "a bias"
      }, the logits have one and no BN or activation behind them`,
      () =>
        withModel(create({ placement }), (model) => {
          for (const layer of hidden) {
            const bias = weight(model.getLayer(layer), "bias");
            assertEquals(bias === undefined, placement === "pre", layer);
          }
          const logits = model.layers[model.layers.length - 1];
          assertEquals(logits.getConfig().activation, "linear");
          assert(weight(logits, "bias") !== undefined);
        }),
    );
  }

  test(`${create.name}() maps images [N, 28, 28, 1] to logits [N, 10], BN before the activation`, () =>
    withModel(create(), (model) => {
      assertEquals(model.inputs[0].shape, [null, 28, 28, 1]);
      assertEquals(model.outputs[0].shape, [null, 10]);
      assertEquals(model.layers.map((layer) => layer.name), words(layers.pre));
    }));
}

function words(text: string): string[] {
  return text.split(/\s+/);
}

test("createMlp({ hidden: [256] }) is the course's starter network, 784 → 256 → 10", () =>
  withModel(createMlp({ hidden: [256], placement: "none" }), (model) => {
    const shapes = model.getWeights().map((weight) => weight.shape);
    assertEquals(shapes, [[784, 256], [256], [256, 10], [10]]);
  }));

test("createMlp({ hidden: [] }) is a linear classifier", () =>
  withModel(createMlp({ hidden: [] }), (model) => {
    assertEquals(model.getWeights().map((weight) => weight.shape), [[784, 10], [10]]);
  }));

test("createCnn() takes its sizes: filters, hidden width, image shape, classes", () => {
  const options: CnnOptions = {
    filters: 3,
    hidden: 7,
    inputShape: [8, 6, 2],
    classes: 4,
    placement: "post",
  };
  return withModel(createCnn(options), (model) => {
    const shapes = model.trainableWeights.map((weight) => weight.shape);
    assertEquals(shapes, [
      [5, 5, 2, 3],
      [3],
      [3], // γ
      [3], // β
      [4 * 3 * 3, 7], // 8×6 halved by pooling, three filters
      [7],
      [7], // γ
      [7], // β
      [7, 4],
      [4],
    ]);
  });
});

test("the options for batch normalization reach every BN layer, the activation every block", () => {
  const batchNorm = { momentum: 0.5, epsilon: 0.01, center: false, statistics: "dataset" } as const;
  return withModel(createCnn({ activation: "tanh", batchNorm }), (model) => {
    for (const name of ["conv", "dense"]) {
      const config = model.getLayer(`${name}_bn`).getConfig();
      const { momentum, epsilon, center, scale, statistics } = config;
      assertEquals({ momentum, epsilon, center, statistics }, batchNorm);
      assertEquals(scale, true);
      assertEquals(model.getLayer(`${name}_tanh`).getConfig().activation, "tanh");
    }
  });
});

// —— Initial weights ————————————————————————————————————————————————————————————————————————————

/** The kernels and biases of the affine layers, by layer name. */
function affineWeights(
  name: keyof typeof CREATE,
  options: MlpOptions | CnnOptions,
): Promise<Record<string, Float32Array>> {
  const weights: Record<string, Float32Array> = {};
  const small = name === "createMlp" ? { hidden: [20, 10] } : { filters: 4, hidden: 10 };
  const model = CREATE[name]({ inputShape: [6, 6, 1], ...small, ...options } as object);
  return withModel(model, () => {
    for (const layer of model.layers) {
      if (layer instanceof BatchNorm) continue;
      for (const kind of ["kernel", "bias"]) {
        if (weight(layer, kind)) weights[`${layer.name}/${kind}`] = read(layer, kind);
      }
    }
  }).then(() => weights);
}

for (const name of ["createMlp", "createCnn"] as const) {
  test(`${name}(): the same seed gives the same initial weights, to the bit`, async () => {
    for (const seed of [0, 1, 12345]) {
      assertEquals(await affineWeights(name, { seed }), await affineWeights(name, { seed }));
    }
  });

  test(`${name}(): different seeds give every kernel other weights, and no two layers share theirs, be it scaled`, async () => {
    const seen = new Set<string>();
    const seeds = [0, 1, 2, 10, 100];
    for (const seed of seeds) {
      for (const [layer, values] of Object.entries(await affineWeights(name, { seed }))) {
        // Five ratios tell them apart, whatever their length, and also if one is the other scaled.
        const [first, ...others] = values.subarray(0, 6);
        if (layer.endsWith("kernel")) seen.add(others.map((v) => (v / first).toFixed(3)).join());
      }
    }
    assertEquals(seen.size, 3 * seeds.length);
  });

  test(`${name}(): models of one seed have the same initial kernels and biases in every placement, "pre" its biases excepted`, async () => {
    const seed = 3;
    const [none, pre, post] = await Promise.all(
      PLACEMENTS.map((placement) => affineWeights(name, { seed, placement })),
    );
    assertEquals(post, none);
    for (const [layer, values] of Object.entries(pre)) assertEquals(values, none[layer]);
    const missing = Object.keys(none).filter((layer) => !(layer in pre));
    assertEquals(missing.every((layer) => layer.endsWith("bias")) && missing.length === 2, true);
  });
}

test("initial kernels are normal with variance 2/fan-in before TensorFlow.js cuts them at two deviations, which leaves 0.774 of it; biases are 0", () =>
  withModel(createMlp({ placement: "none", seed: 1 }), (model) => {
    for (const name of ["dense1", "dense2", "dense3"]) {
      const kernel = read(model.getLayer(name), "kernel");
      const fanIn = kernel.length / read(model.getLayer(name), "bias").length;
      const { mean, variance } = moments(kernel, 1);
      assertAlmostEquals(variance[0] * fanIn / 2, 0.774, 0.03);
      assertLess(Math.abs(mean[0]), 0.05 * Math.sqrt(variance[0]));
      const largest = kernel.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
      assertLess(largest, 2.001 * Math.sqrt(2 / fanIn));
      assert(read(model.getLayer(name), "bias").every((value) => value === 0));
    }
  }));

// —— What they refuse ———————————————————————————————————————————————————————————————————————————

for (const [name, create] of Object.entries(CREATE)) {
  Deno.test(`${name}() refuses an unknown placement and names the three`, () => {
    assertThrows(
      () => create({ placement: "before" as Placement }),
      RangeError,
      'placement "before": choose none, pre, post',
    );
  });

  for (const seed of [-1, 0.5, NaN, Infinity, 2 ** 53]) {
    Deno.test(`${name}() refuses the seed ${seed}`, () => {
      assertThrows(() => create({ seed }), RangeError, `seed ${seed}: it must be an integer ≥ 0`);
    });
  }
}

// —— Learning ———————————————————————————————————————————————————————————————————————————————————

for (const name of ["createMlp", "createCnn"] as const) {
  for (const placement of PLACEMENTS) {
    testOnBackend(
      "wasm",
      `${name}() with BN ${placement} learns 16 images in ten steps to less than half their loss, on WASM`,
      () =>
        withModel(CREATE[name]({ placement, seed: 1 }), (model) => {
          const images = tf.tensor(randomNormals([16, 28, 28, 1], 2), [16, 28, 28, 1]);
          const classes = Array.from({ length: 16 }, (_, i) => i % 10);
          const labels = tf.tidy(() => tf.oneHot(tf.tensor1d(classes, "int32"), 10));
          const optimizer = tf.train.sgd(0.05);
          const losses = Array.from({ length: 11 }, () =>
            tf.tidy(() => {
              const { value, grads } = tf.variableGrads(() =>
                tf.losses.softmaxCrossEntropy(
                  labels,
                  model.apply(images, { training: true }) as tf.Tensor,
                )
              );
              optimizer.applyGradients(grads);
              return value.dataSync()[0];
            }));
          assertLess(losses[10], losses[0] / 2);
          optimizer.dispose();
          tf.dispose([images, labels]);
        }),
    );
  }
}

// —— What a step computes ———————————————————————————————————————————————————————————————————————

/** Loss and gradients of a model on a batch, gradients in the order of its trainable weights. */
function gradientsOf(model: tf.LayersModel, images: tf.Tensor, labels: tf.Tensor): Float32Array[] {
  const variables = model.trainableWeights.map((weight) => weight.read() as tf.Variable);
  return tf.tidy(() => {
    const { value, grads } = tf.variableGrads(() =>
      tf.losses.softmaxCrossEntropy(
        labels,
        model.apply(images, { training: true }) as tf.Tensor,
      ), variables);
    const found = [value, ...variables.map((variable) => grads[variable.name])];
    return found.map((tensor) => tensor.dataSync<"float32">().slice());
  });
}

/** Eight random images with labels. */
function someBatch(): [tf.Tensor, tf.Tensor] {
  const images = tf.tensor(randomNormals([8, 28, 28, 1], 2), [8, 28, 28, 1]);
  return [images, tf.tidy(() => tf.oneHot(tf.range(0, 8, 1, "int32"), 10).toFloat())];
}

for (const name of ["createMlp", "createCnn"] as const) {
  for (const placement of PLACEMENTS) {
    testWithKernels(
      `${name}() with BN ${placement} computes no gradient of the images`,
      async () => {
        const [images, labels] = someBatch();
        await withModel(CREATE[name]({ placement }), async (model) => {
          const { kernels } = await tf.profile(() => {
            gradientsOf(model, images, labels);
            return images;
          });
          const products = kernels.filter((kernel) => /MatMul|Conv2D/.test(kernel.name));
          const ofImages = products.filter(({ outputShapes }) =>
            outputShapes.some((shape) => tf.util.sizeFromShape(shape!) === images.size)
          );
          assertEquals(ofImages.map((kernel) => kernel.name), []);
          // Forward, and two gradients of every affine layer but the first, which has one.
          const affine = model.layers.filter((layer) => /Dense|Conv/.test(layer.getClassName()));
          assertEquals(products.length, 3 * affine.length - 1);
        });
        tf.dispose([images, labels]);
      },
    );

    testOnBackend(
      "wasm",
      `${name}() with BN ${placement} saves as an ordinary model, and is the same after loading: it predicts the same to the bit and takes the same gradients`,
      async () => {
        const [images, labels] = someBatch();
        await withModel(CREATE[name]({ placement }), async (model) => {
          gradientsOf(model, images, labels); // gives BN its statistics
          await withModel(await reload(model), (loaded) => {
            assertEquals(
              loaded.layers.map((layer) => layer.constructor),
              model.layers.map((layer) => layer.constructor),
            );
            const [before, after] = [model, loaded].map((model) =>
              tf.tidy(() => (model.predict(images) as tf.Tensor).dataSync<"float32">().slice())
            );
            assertEquals(bits(after), bits(before));
            const expected = gradientsOf(model, images, labels);
            gradientsOf(loaded, images, labels).forEach((values, i) =>
              assertEquals(bits(values), bits(expected[i]))
            );
          });
        });
        tf.dispose([images, labels]);
      },
    );

    testOnBackend(
      "wasm",
      `${name}() with BN ${placement} has the outputs and gradients of TensorFlow.js's layers`,
      async () => {
        const [images, labels] = someBatch();
        await withModel(CREATE[name]({ placement }), async (model) => {
          await withModel(withStockLayers(model), (stock) => {
            stock.setWeights(model.getWeights());
            const expected = gradientsOf(stock, images, labels);
            gradientsOf(model, images, labels).forEach((values, i) => {
              const scale = expected[i].reduce((max, value) => Math.max(max, Math.abs(value)), 0);
              values.forEach((value, k) => assertAlmostEquals(value, expected[i][k], 1e-5 * scale));
            });
          });
        });
        tf.dispose([images, labels]);
      },
    );
  }

  testOnBackend(
    "cpu",
    `${name}(): a call hook on an affine layer runs in training and in prediction, also after loading`,
    async () => {
      const [images, labels] = someBatch();
      await withModel(CREATE[name]({ placement: "none" }), async (model) => {
        await withModel(await reload(model), (loaded) => {
          for (const each of [model, loaded]) {
            const affine = each.layers.filter((layer) => /Dense|Conv/.test(layer.getClassName()));
            const calls: string[] = [];
            for (const layer of affine) {
              layer.setCallHook((inputs, kwargs) => {
                calls.push(
                  `${layer.name} ${[inputs].flat()[0].shape[0]} ${Boolean(kwargs.training)}`,
                );
              });
            }
            const names = affine.map((layer) => layer.name);
            gradientsOf(each, images, labels);
            assertEquals(calls.splice(0), names.map((name) => `${name} 8 true`));
            tf.dispose(each.predict(images));
            assertEquals(calls, names.map((name) => `${name} 8 false`));
          }
        });
      });
      tf.dispose([images, labels]);
    },
  );
}

test("a model of tf.layers.dense() and tf.layers.conv2d() that is loaded computes as it did, whatever their options", async () => {
  const { layers } = tf;
  const original = tf.sequential({
    layers: [
      layers.conv2d({
        inputShape: [6, 6, 2],
        filters: 3,
        kernelSize: 3,
        strides: 2,
        padding: "same",
        activation: "tanh",
        kernelRegularizer: tf.regularizers.l1l2({ l1: 0.1 }),
      }),
      layers.reshape({ targetShape: [9, 3] }),
      layers.dense({ units: 4, activation: "softmax" }), // of rank 3
      layers.flatten(),
      layers.dense({ units: 5, activation: "relu" }),
      layers.dense({ units: 10, activation: "softmax", useBias: false }),
    ],
  });
  const images = tf.tensor(randomNormals([4, 6, 6, 2], 1), [4, 6, 6, 2]);
  const labels = tf.tidy(() => tf.oneHot([1, 2, 3, 4], 10).toFloat());
  await withModel(original, async () => {
    await withModel(await reload(original), (loaded) => {
      const expected = gradientsOf(original, images, labels);
      gradientsOf(loaded, images, labels).forEach((values, i) =>
        values.forEach((value, k) => assertAlmostEquals(value, expected[i][k], 1e-6))
      );
    });
  });
  tf.dispose([images, labels]);
});

/** The same model with TensorFlow.js's own affine layers. */
function withStockLayers(model: tf.LayersModel): tf.Sequential {
  return tf.sequential({
    layers: model.layers.map((layer) => {
      const config = layer.getConfig() as never;
      if (layer.getClassName() === "Dense") return tf.layers.dense(config);
      if (layer.getClassName() === "Conv2D") return tf.layers.conv2d(config);
      const Class = layer.constructor as unknown as {
        fromConfig(constructor: unknown, config: never): tf.layers.Layer;
      };
      return Class.fromConfig(Class, config);
    }),
  });
}

for (
  const [what, build, message] of [
    [
      "a misspelt option",
      () => createMlp({ placment: "pre" } as never),
      'an option "placment": there is none of that name; did you mean "placement"?',
    ],
    ["another's option", () => createCnn({ kernelSize: 3 } as never), 'an option "kernelSize"'],
    [
      "widths that are a number",
      () => createMlp({ hidden: 5 } as never),
      "hidden 5: it must be an array",
    ],
    [
      "a width that is an array",
      () => createCnn({ hidden: [3] } as never),
      "hidden an array: it must",
    ],
    ["a shape that is a number", () => createMlp({ inputShape: 28 } as never), "inputShape 28"],
    ["a seed in quotes", () => createMlp({ seed: "1" } as never), 'seed "1": it must be a number'],
    ["no options object", () => createMlp(null as never), "options that are null"],
    ["no BatchNorm options", () => createMlp({ batchNorm: null } as never), "batchNorm null"],
  ] as [string, () => unknown, string][]
) {
  Deno.test(`a model is not built with ${what}, and the error names it`, () => {
    assertStringIncludes(assertThrows(build, TypeError).message, message);
  });
}
