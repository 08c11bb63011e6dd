/**
 * BatchNorm's options, and those of the pure functions: what is refused, what is honoured, what a saved
 * model keeps, and what can no longer be changed.
 */
import { assertEquals, assertGreater, assertStringIncludes, assertThrows } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { batchNormPrediction, batchNormTraining } from "../../bn/batch_norm.ts";
import { BatchNorm, type BatchNormOptions } from "../../bn/batch_norm_layer.ts";
import { computeDatasetStatistics } from "../../bn/dataset_statistics.ts";
import { testOnEachBackend, useBackend } from "../backends.ts";
import { apply, read, reload, tidyAsync, withLayer, withModel } from "./layer_helpers.ts";

/** Options as a cell gives them, where nothing checks types. */
const untyped = (options: unknown) => options as BatchNormOptions;

// —— Refused ————————————————————————————————————————————————————————————————————————————————————

const NOT_NUMBERS = [null, "0.5", true, [0.5], {}, 1n];
const NOT_BOOLEANS = [null, 0, 1, "false", "", NaN, []];

const WRONG_TYPES: [name: string, values: unknown[], rule: string][] = [
  ["axis", [...NOT_NUMBERS, NaN, 0.5, Infinity], "be an integer"],
  ["momentum", NOT_NUMBERS, "be a number"],
  ["epsilon", NOT_NUMBERS, "be a number"],
  ["center", NOT_BOOLEANS, "be true or false"],
  ["scale", NOT_BOOLEANS, "be true or false"],
  ["statistics", [null, 0, true, [], ""], "be a text"],
  ["name", [0, true, [], {}, ""], "be a text"],
  ["trainable", [0, 1, "false", []], "be true or false"],
  ["inputShape", [3, "3", {}, true], "be an array"],
  ["batchInputShape", [3, "3"], "be an array"],
  ["batchSize", ["3", 1.5, NaN], "be an integer"],
  ["dtype", [32, true], "be a text"],
  ["weights", [3, {}], "be an array"],
  ["gammaInitializer", [0, 1, "", true, NaN], "be a name"],
  ["betaRegularizer", [0, 1e-4, "", false], "be a name"],
  ["gammaConstraint", ["nonNeg", tf.constraints.nonNeg()], "training in TensorFlow.js applies no"],
];

for (const [name, values, rule] of WRONG_TYPES) {
  for (const value of values) {
    Deno.test(`${name} ${Deno.inspect(value)} is refused by name`, () => {
      const { message } = assertThrows(() => new BatchNorm(untyped({ [name]: value })), TypeError);
      assertStringIncludes(message, `BatchNorm layer with ${name} `);
      assertStringIncludes(message, rule);
    });
  }
}

const MISSPELT: Record<string, string> = {
  momentun: "momentum",
  Momentum: "momentum",
  momentums: "momentum",
  epsilom: "epsilon",
  centre: "center",
  scaled: "scale",
  statistic: "statistics",
  trainible: "trainable",
  inputshape: "inputShape",
  gammainitializer: "gammaInitializer",
};

for (const [name, meant] of Object.entries(MISSPELT)) {
  Deno.test(`an option "${name}" is refused: did you mean "${meant}"?`, () => {
    const { message } = assertThrows(() => new BatchNorm(untyped({ [name]: 0.5 })), TypeError);
    assertStringIncludes(message, `an option "${name}"`);
    assertStringIncludes(message, `did you mean "${meant}"?`);
  });
}

for (
  const name of ["eps", "affine", "track_running_stats", "toString", "constructor", "__proto__x"]
) {
  Deno.test(`an option "${name}" is refused, and the names that there are follow`, () => {
    const { message } = assertThrows(() => new BatchNorm(untyped({ [name]: 0.5 })), TypeError);
    assertStringIncludes(message, `an option "${name}"`);
    assertStringIncludes(message, "There are axis, momentum, epsilon, center, scale");
    assertEquals(message.includes("did you mean"), false);
  });
}

for (const options of [null, 3, "bn", [], true]) {
  Deno.test(`options that are ${Deno.inspect(options)} are refused`, () => {
    assertThrows(() => new BatchNorm(untyped(options)), TypeError, "give them by name");
  });
}

for (
  const value of ["zeroes", "Zeroes", { className: "Zeroes", config: {} }, {}, [], tf.layers.dense]
) {
  Deno.test(`an initializer ${Deno.inspect(value).slice(0, 40)} is refused by its option's name`, () => {
    const options = untyped({ betaInitializer: value });
    assertThrows(() => new BatchNorm(options), TypeError, "betaInitializer");
  });
}

Deno.test("undefined is as good as nothing", () => {
  const names = ["axis", "momentum", "epsilon", "center", "scale", "statistics", "name"];
  const nothing = Object.fromEntries(names.map((name) => [name, undefined]));
  const { name: _, ...config } = new BatchNorm(untyped(nothing)).getConfig();
  const { name: __, ...expected } = new BatchNorm().getConfig();
  assertEquals(config, expected);
});

const CALLS: [string, () => unknown, string][] = [
  ["eps", () => batchNormTraining(tf.ones([2, 1]), untyped({ eps: 1 }) as object), '"eps"'],
  [
    "epsilom",
    () => batchNormTraining(tf.ones([2, 1]), { epsilom: 1 } as object),
    'did you mean "epsilon"?',
  ],
  [
    "epsilon as text",
    () => batchNormTraining(tf.ones([2, 1]), { epsilon: "1e-3" } as object),
    'epsilon "1e-3": it must be a number',
  ],
  ["gamma null", () => batchNormTraining(tf.ones([2, 1]), { gamma: null } as object), "a tensor"],
  ["gamma array", () => batchNormTraining(tf.ones([2, 1]), { gamma: [1] } as object), "a tensor"],
  [
    "textbook",
    () => batchNormTraining(tf.ones([2, 1]), { textbook: 1 } as object),
    "true or false",
  ],
  [
    "varience",
    () => batchNormPrediction(tf.ones([2, 1]), { mean: tf.ones([1]), varience: 1 } as never),
    'did you mean "variance"?',
  ],
];

for (const [what, call, message] of CALLS) {
  Deno.test(`of the pure functions too, ${what} is refused`, async () => {
    await useBackend("cpu");
    tf.tidy(() => void assertThrows(call, TypeError, message));
  });
}

Deno.test("a prediction without a mean is refused by name", async () => {
  await useBackend("cpu");
  tf.tidy(() => {
    const options = { variance: tf.ones([1]) } as never;
    assertThrows(() => batchNormPrediction(tf.ones([2, 1]), options), RangeError, "no mean");
  });
});

testOnEachBackend(
  "computeDatasetStatistics() refuses options that it does not know",
  () =>
    withModel(tf.sequential({ layers: [new BatchNorm({ inputShape: [1] })] }), async (model) => {
      for (const options of [{ onprogress() {} }, { onProgress: true }]) {
        const refused = computeDatasetStatistics(model, () => [], options as object);
        const error = await refused.then(() => undefined, (error) => error);
        assertEquals(error instanceof TypeError, true);
        assertStringIncludes(error.message, "onProgress");
      }
    }),
);

// —— Fixed ——————————————————————————————————————————————————————————————————————————————————————

Deno.test("axis, momentum, epsilon, center and scale can be read", () => {
  const options = { axis: 1, momentum: 0.5, epsilon: 0.25, center: false, scale: true };
  const { axis, momentum, epsilon, center, scale } = new BatchNorm(options);
  assertEquals({ axis, momentum, epsilon, center, scale }, options);
});

for (
  const [name, value] of Object.entries({
    axis: 1,
    momentum: 0.9,
    epsilon: 1,
    center: false,
    scale: false,
  })
) {
  Deno.test(`${name} cannot be assigned later, and the message says what to do`, () => {
    const layer = new BatchNorm({ name: "bn1" });
    const before = layer.getConfig();
    const { message } = assertThrows(() => {
      (layer as unknown as Record<string, unknown>)[name] = value;
    }, TypeError);
    assertStringIncludes(message, `Cannot set ${name} of layer "bn1"`);
    assertStringIncludes(message, `new BatchNorm({ ${name}: … })`);
    assertEquals(layer.getConfig(), before);
  });
}

Deno.test("options that are changed after the layer was made do not change the layer", () => {
  const options = { momentum: 0.5 };
  const layer = new BatchNorm(options);
  options.momentum = 0.9;
  assertEquals(layer.momentum, 0.5);
});

// —— Honoured ———————————————————————————————————————————————————————————————————————————————————

const TWO = tf.initializers.constant({ value: 2 });
const INITIALIZERS = {
  gammaInitializer: "gamma",
  betaInitializer: "beta",
  movingMeanInitializer: "moving_mean",
  movingVarianceInitializer: "moving_variance",
};

for (const [option, weight] of Object.entries(INITIALIZERS)) {
  const forms: [string, unknown, number][] = [
    ["a name", "zeros", 0],
    ["another name", "ones", 1],
    ["what tf.initializers makes", TWO, 2],
    ["a config", { className: "Constant", config: { value: 3 } }, 3],
  ];
  for (const [form, value, expected] of forms) {
    testOnEachBackend(
      `${option} as ${form} is where ${weight} begins, and a saved model keeps it`,
      () =>
        tidyAsync(() => {
          const layer = new BatchNorm(untyped({ [option]: value, inputShape: [2] }));
          return withModel(tf.sequential({ layers: [layer] }), async (model) => {
            assertEquals([...read(layer, weight)], [expected, expected]);
            await withModel(await reload(model), (loaded) => {
              const [again] = loaded.layers as BatchNorm[];
              assertEquals(again.getConfig(), layer.getConfig());
              assertEquals([...read(again, weight)], [expected, expected]);
              const fresh = new BatchNorm({ ...again.getConfig() as object, name: "fresh" });
              withLayer(fresh, () => {
                assertEquals([...read(fresh, weight)], [expected, expected]);
              });
            });
          });
        }),
    );
  }
}

testOnEachBackend(
  "the moving average starts where its initializers say: ½·2 + ½·batch",
  () => {
    const layer = new BatchNorm({
      movingMeanInitializer: TWO,
      movingVarianceInitializer: TWO,
      momentum: 0.5,
      inputShape: [1],
    });
    withLayer(layer, () => {
      apply(layer, [2, 1], [-4, 4], true); // mean 0, variance 16
      assertEquals([...read(layer, "moving_mean")], [1]);
      assertEquals([...read(layer, "moving_variance")], [9]);
    });
  },
);

testOnEachBackend(
  "with γ from zeros the layer begins as β, and learns",
  () =>
    tidyAsync(() => {
      const bn = new BatchNorm({ gammaInitializer: "zeros", inputShape: [2] });
      return withModel(tf.sequential({ layers: [bn] }), async (model) => {
        assertEquals([...apply(model, [2, 2], [1, 2, 3, 4], true)], [0, 0, 0, 0]);
        model.compile({ optimizer: "sgd", loss: "meanSquaredError" });
        const x = tf.tensor2d([[1, 2], [3, 4]]);
        await model.fit(x, x, { verbose: 0 });
        assertGreater(bn.parameters.gamma[0], 0);
      });
    }),
);

for (const [option, weight] of [["gammaRegularizer", "gamma"], ["betaRegularizer", "beta"]]) {
  testOnEachBackend(
    `${option} adds to the loss of model.fit: with the rest of the loss constant, ${weight} shrinks by its gradient 2·l2·w`,
    () =>
      tidyAsync(() => {
        const layer = new BatchNorm(untyped({
          [option]: tf.regularizers.l2({ l2: 0.25 }),
          gammaInitializer: TWO,
          betaInitializer: TWO,
          inputShape: [1],
        }));
        return withModel(tf.sequential({ layers: [layer] }), async (model) => {
          const constant = (_: tf.Tensor, y: tf.Tensor) => y.mul(0).mean();
          model.compile({ optimizer: "sgd", loss: constant });
          await model.fit(tf.tensor2d([[1], [2]]), tf.zeros([2, 1]), { verbose: 0 });
          const [value] = read(layer, weight);
          assertEquals(Math.abs(value - (2 - 0.01 * 2 * 0.25 * 2)) < 1e-6, true, `${value}`);
          assertEquals((layer.getConfig()[option] as { className: string }).className, "L1L2");
        });
      }),
  );
}

// —— TensorFlow.js's own options ————————————————————————————————————————————————————————————————

testOnEachBackend(
  "batchInputShape, batchSize, dtype and weights are TensorFlow.js's and do what they do there",
  () => {
    const vectors = (value: number) => tf.fill([2], value);
    const weights = [
      ...[vectors(3), vectors(4), vectors(5), vectors(6), tf.scalar(1)],
      ...[vectors(0), vectors(1), tf.scalar(0)],
    ];
    const layer = new BatchNorm(untyped({
      ...{ batchInputShape: [7, 2], dtype: "float32", weights },
      ...{ name: null, trainable: null, gammaConstraint: null, gammaRegularizer: null },
    }));
    withLayer(layer, () => {
      assertEquals(layer.batchInputShape, [7, 2]);
      assertEquals(layer.trainable, true);
      assertEquals([...layer.parameters.gamma, ...layer.parameters.beta], [3, 3, 4, 4]);
      assertEquals([...layer.storedStatistics("moving").mean], [5, 5]);
    });
    tf.dispose(weights);
    const sized = new BatchNorm(untyped({ inputShape: [2], batchSize: 7 }));
    withLayer(sized, () => assertEquals(sized.batchInputShape, [7, 2]));
  },
);

// A model as version 0.1.0 saved it: BN over two channels without γ, statistics "dataset".
const SAVED = {
  modelTopology: {
    class_name: "Sequential",
    config: {
      name: "sequential_1",
      layers: [{
        class_name: "BatchNorm",
        config: {
          ...{ name: "bn", trainable: true, batch_input_shape: [null, 2], dtype: "float32" },
          ...{ axis: -1, momentum: 0.5, epsilon: 0.25, center: true, scale: false },
          statistics: "dataset",
        },
      }],
    },
    keras_version: "tfjs-layers 4.22.0",
    backend: "tensor_flow.js",
  },
  weightSpecs: [
    ...[["beta", 2], ["moving_mean", 2], ["moving_variance", 2], ["moving_count", 0]],
    ...[["dataset_mean", 2], ["dataset_variance", 2], ["dataset_count", 0]],
  ].map(([name, length]) => ({
    name: `bn/${name}`,
    shape: length ? [2] : [],
    dtype: "float32" as const,
  })),
  weightData: Float32Array.of(0, 0, 1, 2, 1, 2.5, 1, 2, 4, 0.75, 3.75, 2).buffer,
};

testOnEachBackend(
  "a model that version 0.1.0 saved is loaded, and predicts what it did: (x − µ)/√(σ² + ε)",
  () =>
    tidyAsync(async () => {
      const saved = structuredClone(SAVED) as object as tf.io.ModelArtifacts;
      await withModel(await tf.loadLayersModel(tf.io.fromMemory(saved)), (model) => {
        assertEquals([...apply(model, [1, 2], [3, 6], false)], [1, 1]);
        const [bn] = model.layers as BatchNorm[];
        assertEquals([bn.momentum, bn.epsilon, bn.scale], [0.5, 0.25, false]);
        assertEquals(bn.storedStatistics("moving").count, 1);
      });
    }),
);
