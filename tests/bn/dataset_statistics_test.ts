/**
 * computeDatasetStatistics(): that its statistics are exact, and what it needs and refuses.
 *
 * The judge is a second way to the same numbers: with all statistics in place, a layer's input is
 * what the part of the model before it predicts, and plain float64 loops give its moments.
 */
import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertLessOrEqual,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { BatchNorm, type ChannelStatistics } from "../../bn/batch_norm_layer.ts";
import {
  computeDatasetStatistics,
  type DatasetStatisticsProgress,
  type ModelInput,
  useStatistics,
} from "../../bn/dataset_statistics.ts";
import { minibatches } from "../../data/minibatches.ts";
import { unitScaling } from "../../data/scaling.ts";
import { createCnn } from "../../models/cnn.ts";
import { createMlp } from "../../models/mlp.ts";
import type { Placement } from "../../models/placement.ts";
import { testOnBackend, testOnEachBackend } from "../backends.ts";
import { bits, randomNormals, tidyAsync, withModel, write } from "./layer_helpers.ts";
import { moments } from "../reference/batch_norm_float64.ts";

const IMAGE = [6, 6, 1];

/** A small model over 6×6 images; every BatchNorm layer has γ and β of its own. */
function smallModel(kind: "MLP" | "CNN", placement: Placement): tf.Sequential {
  const options = { placement, seed: 1, inputShape: IMAGE };
  const model = kind === "MLP"
    ? createMlp({ ...options, hidden: [9, 8, 7] })
    : createCnn({ ...options, filters: 3, hidden: 5 });
  batchNormsOf(model).forEach((layer, i) => {
    const channels = layer.parameters.gamma.length;
    write(layer, "gamma", randomNormals([channels], 10 + i, 1, 0.3));
    write(layer, "beta", randomNormals([channels], 20 + i));
  });
  return model;
}

function batchNormsOf(model: tf.LayersModel): BatchNorm[] {
  return model.layers.filter((layer) => layer instanceof BatchNorm);
}

/** Fresh batches of `size` examples, each disposed when the next is asked for. */
function* cut(values: Float32Array, shape: number[], size: number): Generator<tf.Tensor> {
  const length = shape.reduce((product, n) => product * n, 1);
  for (let start = 0; start < values.length; start += size * length) {
    const part = values.subarray(start, start + size * length);
    const batch = tf.tensor(part, [part.length / length, ...shape]);
    yield batch;
    batch.dispose();
  }
}

/** One batch [N, 1] per array. */
function* columns(...batches: number[][]): Generator<tf.Tensor> {
  for (const batch of batches) yield* cut(Float32Array.from(batch), [1], batch.length);
}

/** A model that is one BatchNorm layer, "bn", over `channels` channels. */
function onlyBatchNorm(channels = 1): tf.Sequential {
  return tf.sequential({ layers: [new BatchNorm({ name: "bn", inputShape: [channels] })] });
}

/** Two BatchNorm layers, "bn1" and "bn2", before and behind a dense layer. */
function twoLayers(): tf.Sequential {
  return tf.sequential({
    layers: [
      new BatchNorm({ name: "bn1", inputShape: [1] }),
      tf.layers.dense({ units: 2 }),
      new BatchNorm({ name: "bn2" }),
    ],
  });
}

/** |Δmean| ≤ tolerance · sd and |Δvar| ≤ tolerance · (var + ε), ε = 1e-3. */
function assertClose(
  actual: Omit<ChannelStatistics, "count">,
  expected: Omit<ChannelStatistics, "count">,
  tolerance: number,
): void {
  assertEquals(actual.mean.length, expected.mean.length);
  expected.mean.forEach((mean, c) => {
    const variance = expected.variance[c];
    const meanBound = tolerance * Math.sqrt(variance);
    assertLessOrEqual(Math.abs(actual.mean[c] - mean), meanBound, `mean of ${c}`);
    const bound = tolerance * (variance + 1e-3);
    assertLessOrEqual(Math.abs(actual.variance[c] - variance), bound, `variance of ${c}`);
  });
}

// —— Exact ——————————————————————————————————————————————————————————————————————————————————————

const COUNT = 2_100; // so that the last batch of 1,000 and of 64 is not full

for (const kind of ["MLP", "CNN"] as const) {
  for (const placement of ["pre", "post"] as const) {
    const name = `of a small ${kind} with BN ${placement} the activation`;

    testOnBackend(
      "wasm",
      `statistics ${name} from batches of 1,000, 64 and 7 differ by at most 1e-6 deviations, and 1e-6 of variance + ε`,
      () =>
        withModel(smallModel(kind, placement), async (model) => {
          const images = randomNormals([COUNT, ...IMAGE], 2, 0.3, 0.5);
          const bySize = [];
          for (const size of [1_000, 64, 7]) {
            bySize.push(await computeDatasetStatistics(model, () => cut(images, IMAGE, size)));
          }
          const [expected, ...others] = bySize;
          assertEquals([...expected.keys()], batchNormsOf(model).map((layer) => layer.name));
          for (const [layer, statistics] of expected) {
            for (const other of others) {
              assertClose(other.get(layer)!, statistics, 1e-6);
              assertEquals(other.get(layer)!.count, statistics.count);
            }
          }
        }),
    );

    testOnBackend(
      "wasm",
      `statistics ${name} are the float64 moments of what each layer is given when the layers before it predict with theirs`,
      () =>
        withModel(smallModel(kind, placement), async (model) => {
          const images = randomNormals([COUNT, ...IMAGE], 2, 0.3, 0.5);
          const results = await computeDatasetStatistics(model, () => cut(images, IMAGE, 64));
          useStatistics(model, "dataset");
          for (const layer of batchNormsOf(model)) {
            const { values, channels } = inputOf(layer, model, images);
            const actual = results.get(layer.name)!;
            assertEquals(actual.count, values.length / channels);
            // Some 10,000 float64 additions, about a first row some deviations from the mean.
            assertClose(actual, moments(values, channels), 1e-11);

            // The layer keeps them as float32.
            const stored = layer.storedStatistics("dataset");
            assertEquals(stored.count, actual.count);
            assertEquals(stored.mean, Float32Array.from(actual.mean));
            assertEquals(stored.variance, Float32Array.from(actual.variance));
          }
        }),
    );
  }
}

/** What `layer` is given when `model` predicts, and the number of channels. */
function inputOf(layer: BatchNorm, model: tf.LayersModel, images: Float32Array) {
  const before = tf.model({ inputs: model.inputs, outputs: layer.input as tf.SymbolicTensor });
  return tf.tidy(() => {
    const x = tf.tensor(images, [COUNT, ...IMAGE]);
    const input = before.apply(x) as tf.Tensor;
    return { values: input.dataSync<"float32">(), channels: input.shape[input.rank - 1] };
  });
}

testOnEachBackend(
  "the second layer is measured behind the first as it predicts with its dataset statistics, not with its moving ones",
  () =>
    withModel(twoLayers(), async (model) => {
      const [, dense, bn2] = model.layers;
      write(dense, "kernel", [[10, -20]]);
      // Mean 3 and variance 14/3, so that x̂² has mean 14/3 / (14/3 + ε).
      const results = await computeDatasetStatistics(model, () => columns([1, 2], [6]));
      const xHatVariance = 14 / 3 / (14 / 3 + 1e-3);
      const expected = [100 * xHatVariance, 400 * xHatVariance];
      assertClose(
        results.get("bn2")!,
        { mean: Float64Array.of(0, 0), variance: Float64Array.from(expected) },
        1e-6,
      );
      assertEquals((bn2 as BatchNorm).storedStatistics("moving").count, 0);
    }),
);

testOnEachBackend(
  "drifting batches of deviation 1 with means 0, 5, 10 and 15 have variance 1 + 31.25: the variance between batches counts, which a mean of their variances misses",
  () =>
    withModel(onlyBatchNorm(), async (model) => {
      const drifting = () => columns([-1, 1], [4, 6], [9, 11], [14, 16]);
      const { mean, variance, count } = (await computeDatasetStatistics(model, drifting)).get(
        "bn",
      )!;
      assertEquals([mean[0], variance[0], count], [7.5, 32.25, 8]);
    }),
);

testOnEachBackend(
  "at an offset of 1e4, 20,000 values of deviation 1 give their float64 moments within 1e-12, and the same to the bit however they are cut",
  () =>
    withModel(onlyBatchNorm(2), async (model) => {
      const values = randomNormals([20_000, 2], 3, 1e4, 1);
      const results = [];
      for (const size of [20_000, 999, 50]) {
        const statistics = await computeDatasetStatistics(model, () => cut(values, [2], size));
        results.push(statistics.get("bn")!);
      }
      assertClose(results[0], moments(values, 2), 1e-12);
      assertEquals(results[1], results[0]);
      assertEquals(results[2], results[0]);
    }),
);

testOnEachBackend(
  "a channel that never varies has variance 0, and predicts β",
  () =>
    tidyAsync(() =>
      withModel(onlyBatchNorm(), async (model) => {
        const constant = () => columns([0.1, 0.1], [0.1]);
        const { variance } = (await computeDatasetStatistics(model, constant)).get("bn")!;
        assertEquals(variance[0], 0);
        useStatistics(model, "dataset");
        assertEquals((model.apply(tf.tensor2d([[0.1]])) as tf.Tensor).dataSync()[0], 0);
      })
    ),
);

testOnEachBackend(
  "one example is a dataset: its values are the mean",
  () =>
    withModel(onlyBatchNorm(2), async (model) => {
      const example = Float32Array.of(3, -5);
      const results = await computeDatasetStatistics(model, () => cut(example, [2], 1));
      assertEquals(results.get("bn"), {
        count: 1,
        mean: Float64Array.of(3, -5),
        variance: Float64Array.of(0, 0),
      });
    }),
);

// —— What counts as a dataset and as a batch ————————————————————————————————————————————————————

/** x = 1, 2, 6: mean 3, variance 14/3. */
const EXPECTED = { count: 3, mean: Float64Array.of(3), variance: Float64Array.of(14 / 3) };

async function assertServed(
  model: tf.LayersModel,
  batches: Parameters<typeof computeDatasetStatistics>[1],
): Promise<void> {
  const { mean, variance, count } = (await computeDatasetStatistics(model, batches)).get("bn1")!;
  assertEquals([count, ...mean], [EXPECTED.count, ...EXPECTED.mean]);
  assertAlmostEquals(variance[0], EXPECTED.variance[0], 1e-12);
}

const parts = () => [tf.tensor2d([[1], [2]]), tf.tensor2d([[6]])];

const SERVED: Record<string, (parts: tf.Tensor[]) => Parameters<typeof assertServed>[1]> = {
  "tensors": (parts) => () => parts,
  "arrays of one tensor": (parts) => () => parts.map((x) => [x]),
  "minibatches": (parts) => () =>
    parts.map((images) => ({ images, labels: "not looked at", size: images.shape[0] })),
  "xs and ys": (parts) => () => parts.map((xs) => ({ xs, ys: null })),
  "xs by the input's name": (parts) => () => parts.map((xs) => ({ xs: { bn1_input: xs } })),
  "an array, without a function": (parts) => parts,
  "a set": (parts) => new Set(parts),
  "a function that returns a promise": (parts) => (() => Promise.resolve(parts)) as never,
  "a tf.data.Dataset of tensors that the caller made": (parts) => tf.data.array(parts),
};

for (const [what, make] of Object.entries(SERVED)) {
  testOnEachBackend(
    `${what}: served, and the tensors stay the caller's`,
    () =>
      withModel(twoLayers(), async (model) => {
        const tensors = parts();
        await assertServed(model, make(tensors));
        assert(tensors.every((tensor) => !tensor.isDisposed));
        tf.dispose(tensors);
      }),
  );
}

const ROWS = [[1], [2], [6]];
const DATASETS: Record<string, () => tf.data.Dataset<tf.TensorContainer>> = {
  "rows, batched": () => tf.data.array(ROWS).batch(2),
  "rows, shuffled alike": () => tf.data.array(ROWS).shuffle(3, "seed", false).batch(2),
  "examples with labels": () =>
    tf.data.zip({ xs: tf.data.array(ROWS), ys: tf.data.array([0, 1, 0]) }).batch(2),
  "a prefetched generator": () =>
    tf.data.generator(function* () {
      for (const xs of ROWS) yield { xs, ys: 1 };
    }).batch(2).prefetch(2),
};

for (const [what, make] of Object.entries(DATASETS)) {
  for (const given of ["directly", "by a function"]) {
    testOnEachBackend(
      `a tf.data.Dataset (${what}), given ${given}, is served, and the tensors that it makes are disposed`,
      () =>
        withModel(twoLayers(), async (model) => {
          const dataset = make();
          await assertServed(model, given === "directly" ? dataset : () => dataset);
        }),
    );
  }
}

testOnEachBackend(
  "minibatches() of a split are served as they are",
  () =>
    withModel(createMlp({ hidden: [3] }), async (model) => {
      const pixels = Uint8Array.from({ length: 5 * 28 * 28 }, (_, i) => i % 251);
      const split = { images: pixels, labels: new Uint8Array(5), count: 5 };
      const batches = () => minibatches(split, { batchSize: 2, scaling: unitScaling });
      const results = await computeDatasetStatistics(model, batches);
      assertEquals([...results.values()].map(({ count }) => count), [5]);
      const imagesOnly = function* () {
        for (const { images } of batches()) yield images;
      };
      assertEquals(results, await computeDatasetStatistics(model, imagesOnly));
    }),
);

testOnEachBackend(
  "a model with two inputs takes xs as an array or by the inputs' names",
  () =>
    tidyAsync(() => {
      const inputs = ["first", "second"].map((name) => tf.input({ shape: [1], name }));
      const sum = tf.layers.add().apply(inputs);
      const output = new BatchNorm({ name: "bn" }).apply(sum) as tf.SymbolicTensor;
      return withModel(tf.model({ inputs, outputs: output }), async (model) => {
        const [first, second] = [tf.tensor2d([[1], [3]]), tf.tensor2d([[10], [30]])];
        for (const xs of [[first, second], { second, first }]) {
          const results = await computeDatasetStatistics(model, () => [{ xs }]);
          assertEquals(results.get("bn")!.mean[0], 22);
        }
      });
    }),
);

const NO_BATCHES: Record<string, unknown> = {
  "undefined": undefined,
  "a function of nothing": () => {},
  "a number": 3,
  "an object": { xs: 1 },
};

for (const [what, batches] of Object.entries(NO_BATCHES)) {
  testOnEachBackend(
    `${what} in place of batches is refused`,
    () =>
      withModel(twoLayers(), async (model) => {
        await assertRejects(
          () => computeDatasetStatistics(model, batches as never),
          TypeError,
          "Cannot read batches from",
        );
      }),
  );
}

testOnEachBackend(
  "a tensor in place of batches is refused",
  () =>
    withModel(twoLayers(), async (model) => {
      const x = tf.ones([2, 1]);
      for (const batches of [x, () => x]) {
        const refused = () => computeDatasetStatistics(model, batches as never);
        await assertRejects(refused, TypeError, "() => [x]");
      }
      x.dispose();
    }),
);

const NO_BATCH = {
  null: null,
  "a row of numbers": [1, 2],
  "labels alone": { labels: 1 },
  "xs that are rows": { xs: [[1]] },
  "xs under another name": { xs: { input: 1 } },
  "a text": "batch",
};

for (const [what, batch] of Object.entries(NO_BATCH)) {
  testOnEachBackend(
    `${what} in place of a batch is refused`,
    () =>
      withModel(twoLayers(), async (model) => {
        const refused = () => computeDatasetStatistics(model, () => [batch] as never);
        await assertRejects(refused, TypeError, "for a batch: it must be a tensor");
      }),
  );
}

testOnEachBackend(
  "a batch of another shape than the model's input is refused, both shapes named; so are too many tensors",
  () =>
    withModel(onlyBatchNorm(3), async (model) => {
      const shapes: [number[][], string][] = [
        [[[3]], "[3]"],
        [[[2, 4]], "[2,4]"],
        [[[2, 1, 3]], "[2,1,3]"],
        [[[2, 3], [2, 3]], "[2,3], [2,3]"],
      ];
      for (const [shapesOfBatch, text] of shapes) {
        const batch = shapesOfBatch.map((shape) => tf.ones(shape));
        await assertRejects(
          () => computeDatasetStatistics(model, () => [batch]),
          RangeError,
          `Cannot take ${text} for a batch: the inputs of model "${model.name}" are [any,3]`,
        );
        tf.dispose(batch);
      }
    }),
);

// —— What it does to the model ——————————————————————————————————————————————————————————————————

testOnEachBackend(
  "it trains nothing and switches nothing: γ, β, the moving statistics and the kind for prediction stay, layer by layer",
  () =>
    withModel(smallModel("MLP", "pre"), async (model) => {
      const images = randomNormals([20, ...IMAGE], 4);
      tf.tidy(() => void model.apply(tf.tensor(images, [20, ...IMAGE]), { training: true }));
      const layers = batchNormsOf(model);
      layers[1].statistics = "dataset";
      const before = layers.map((layer) => [layer.parameters, layer.storedStatistics("moving")]);

      await computeDatasetStatistics(model, () => cut(images, IMAGE, 7));
      assertEquals(layers.map((layer) => layer.statistics), ["moving", "dataset", "moving"]);
      assertEquals(
        layers.map((layer) => [layer.parameters, layer.storedStatistics("moving")]),
        before,
      );
      assert(layers.every((layer) => layer.storedStatistics("dataset").count === 20));
    }),
);

testOnEachBackend(
  "stale statistics are measured anew, and the model predicts with them again",
  () =>
    tidyAsync(() =>
      withModel(twoLayers(), async (model) => {
        const x = tf.tensor2d([[1], [2], [6]]);
        const measure = () => computeDatasetStatistics(model, () => columns([1, 2, 6]));
        await measure();
        model.apply(x, { training: true });
        useStatistics(model, "dataset");
        await measure();
        assert(batchNormsOf(model).every((layer) => layer.storedStatistics("dataset").count === 3));
        model.apply(x);
      })
    ),
);

testOnEachBackend(
  "after an error in the second layer the whole model is what it was, to the bit: no layer is left with statistics of its own",
  () =>
    withModel(twoLayers(), async (model) => {
      const state = () =>
        batchNormsOf(model).map((layer) => [
          layer.statistics,
          ...layer.weights.map((weight) => bits(weight.read().dataSync<"float32">())),
        ]);
      await computeDatasetStatistics(model, () => columns([1, 2, 6]));
      const before = state();

      let passes = 0;
      const breaksOff = function* () {
        yield* columns([10, 20]);
        if (++passes === 2) throw new Error("the disk is gone");
      };
      await assertRejects(
        () => computeDatasetStatistics(model, breaksOff),
        Error,
        "the disk is gone",
      );
      assertEquals(state(), before);
    }),
);

// —— Datasets and models of all kinds ———————————————————————————————————————————————————————————

testOnEachBackend(
  "batches may be an array of tensors, and they stay the caller's",
  () =>
    withModel(twoLayers(), async (model) => {
      const batches = [tf.tensor2d([[1], [2]]), tf.tensor2d([[6]])];
      const results = await computeDatasetStatistics(model, () => batches);
      assertEquals(results.get("bn1")!.mean[0], 3);
      assert(batches.every((batch) => !batch.isDisposed));
      tf.dispose(batches);
    }),
);

testOnEachBackend("batches may come asynchronously", () =>
  withModel(twoLayers(), async (model) => {
    const later = async function* () {
      for (const batch of columns([1, 2], [6])) {
        await Promise.resolve();
        yield batch;
      }
    };
    const results = await computeDatasetStatistics(model, later);
    const expected = await computeDatasetStatistics(model, () => columns([1, 2], [6]));
    assertEquals(results, expected);
  }));

testOnEachBackend("a model with two inputs takes batches of two tensors", () =>
  tidyAsync(() => {
    const inputs = [tf.input({ shape: [1] }), tf.input({ shape: [1] })];
    const sum = tf.layers.add().apply(inputs);
    const output = new BatchNorm({ name: "bn" }).apply(sum) as tf.SymbolicTensor;
    return withModel(tf.model({ inputs, outputs: output }), async (model) => {
      const batches = (): ModelInput[] => [
        [tf.tensor2d([[1], [2]]), tf.tensor2d([[10], [20]])],
        [tf.tensor2d([[6]]), tf.tensor2d([[60]])],
      ];
      const results = await computeDatasetStatistics(model, batches);
      assertEquals(results.get("bn")!.mean[0], 33);
    });
  }));

testOnEachBackend(
  "in a functional model with branches each layer is measured where it stands",
  () => {
    const input = tf.input({ shape: [1] });
    const branch = (factor: number, name: string) => {
      const kernelInitializer = tf.initializers.constant({ value: factor });
      const scaled = tf.layers.dense({ units: 1, kernelInitializer }).apply(input);
      return new BatchNorm({ name }).apply(scaled) as tf.SymbolicTensor;
    };
    const outputs = tf.layers.add().apply([branch(2, "double"), branch(3, "triple")]);
    const model = tf.model({ inputs: input, outputs: outputs as tf.SymbolicTensor });
    return withModel(model, async () => {
      const results = await computeDatasetStatistics(model, () => columns([1, 2, 6]));
      assertEquals(results.get("double")!.mean[0], 6);
      assertEquals(results.get("triple")!.mean[0], 9);
    });
  },
);

testOnEachBackend(
  "a model without BatchNorm layers needs no pass, and has no statistics",
  () =>
    withModel(createMlp({ placement: "none", inputShape: IMAGE, hidden: [3] }), async (model) => {
      const results = await computeDatasetStatistics(model, () => {
        throw new Error("Nobody asked for batches");
      });
      assertEquals(results.size, 0);
    }),
);

testOnEachBackend(
  "progress tells the layer, the pass of how many, and the batches read in it",
  () =>
    withModel(twoLayers(), async (model) => {
      const seen: DatasetStatisticsProgress[] = [];
      await computeDatasetStatistics(model, () => columns([1, 2], [6], [7]), {
        onProgress: (progress) => seen.push(progress),
      });
      assertEquals(seen, [
        { layer: "bn1", pass: 0, passes: 2, batches: 1 },
        { layer: "bn1", pass: 0, passes: 2, batches: 2 },
        { layer: "bn1", pass: 0, passes: 2, batches: 3 },
        { layer: "bn2", pass: 1, passes: 2, batches: 1 },
        { layer: "bn2", pass: 1, passes: 2, batches: 2 },
        { layer: "bn2", pass: 1, passes: 2, batches: 3 },
      ]);
    }),
);

testOnEachBackend(
  "memory does not grow with the number of batches: after each of 100 it is what it was after the first",
  () =>
    withModel(smallModel("CNN", "pre"), async (model) => {
      const images = randomNormals([500, ...IMAGE], 5);
      const seen = new Set<string>();
      const remember = () => {
        const { numTensors, numBytes } = tf.memory();
        seen.add(`${numTensors} tensors, ${numBytes} bytes`);
      };
      await computeDatasetStatistics(model, () => cut(images, IMAGE, 5), { onProgress: remember });
      assertEquals(seen.size, 1, [...seen].join("; "));
    }),
);

// —— Models that share layers, and layers inside others ——————————————————————————————————————————

testOnEachBackend(
  "a layer's places in other models do not count: a model built anew from another's layers is measured, and so is the other",
  () =>
    withModel(twoLayers(), async (model) => {
      const again = tf.sequential();
      for (const layer of model.layers) again.add(layer);
      const part = tf.model({
        inputs: model.inputs,
        outputs: model.layers[1].getOutputAt(0) as tf.SymbolicTensor,
      });
      const expected = await computeDatasetStatistics(model, () => columns([1, 2], [6]));
      assertEquals(await computeDatasetStatistics(again, () => columns([1, 2], [6])), expected);
      const [first] = await computeDatasetStatistics(part, () => columns([1, 2], [6]));
      assertEquals(first, [...expected][0]);
      for (const layer of model.layers.slice(1)) layer.dispose(); // the uses in the second model
    }),
);

testOnEachBackend(
  "the layer is measured where it stands in the model at hand, behind other layers than elsewhere",
  () => {
    const bn = new BatchNorm({ name: "bn" });
    const behind = (factor: number) => {
      const kernelInitializer = tf.initializers.constant({ value: factor });
      const dense = tf.layers.dense({ units: 1, kernelInitializer, inputShape: [1] });
      return tf.sequential({ layers: [dense, bn] });
    };
    const [double, triple] = [behind(2), behind(3)];
    return withModel(double, () =>
      withModel(triple, async () => {
        for (const [model, mean] of [[double, 6], [triple, 9], [double, 6]] as const) {
          const results = await computeDatasetStatistics(model, () => columns([1, 2], [6]));
          assertEquals(results.get("bn")!.mean[0], mean);
        }
      }));
  },
);

testOnEachBackend("two BatchNorm layers of one name are refused, by the name", () => {
  // TensorFlow.js refuses them too, but only when it builds a sequential model.
  const [first, second] = [
    new BatchNorm({ name: "bn", inputShape: [1] }),
    new BatchNorm({ name: "bn" }),
  ];
  const model = tf.sequential({ layers: [first, second] });
  return withModel(model, async () => {
    await assertRejects(
      () => computeDatasetStatistics(model, () => columns([1, 2])),
      Error,
      'two BatchNorm layers of the name "bn"',
    );
  });
});

/** A layer of a user's own, with a BatchNorm layer inside. */
class Block extends tf.layers.Layer {
  static readonly className = "Block";
  readonly inner: tf.layers.Layer[];

  constructor(...inner: tf.layers.Layer[]) {
    super({});
    this.inner = inner;
  }

  override call(inputs: tf.Tensor | tf.Tensor[], kwargs: object): tf.Tensor {
    return this.inner.reduce(
      (x, layer) => layer.apply(x, kwargs) as tf.Tensor,
      [inputs].flat()[0],
    );
  }
}

testOnEachBackend(
  "BatchNorm inside a layer of the user's own is refused by that layer's name, beside others too, and useStatistics() switches it",
  async () => {
    for (const others of [[], [new BatchNorm({ name: "outer" })]]) {
      const inner = new BatchNorm({ inputShape: [1] });
      const block = new Block(inner);
      const dense = tf.layers.dense({ units: 1, inputShape: [1] });
      await withModel(tf.sequential({ layers: [dense, ...others, block] }), async (model) => {
        await assertRejects(
          () => computeDatasetStatistics(model, () => columns([1, 2])),
          Error,
          `layer "${block.name}" of model "${model.name}" has BatchNorm layers inside it`,
        );
        useStatistics(model, "dataset");
        assertEquals(inner.statistics, "dataset");
      });
    }
  },
);

testOnEachBackend(
  "a model whose batch normalization is TensorFlow.js's own is refused, nested too: the message names the layer and BatchNorm.fromStock()",
  () =>
    withModel(
      tf.sequential({ layers: [tf.layers.batchNormalization({ name: "stock", inputShape: [1] })] }),
      (inner) => {
        const dense = tf.layers.dense({ units: 1, inputShape: [1] });
        return withModel(tf.sequential({ layers: [dense, inner] }), async (outer) => {
          for (const model of [inner, outer]) {
            const calls = [
              () => computeDatasetStatistics(model, () => columns([1, 2])),
              // deno-lint-ignore require-await -- its error is a rejection too
              async () => useStatistics(model, "moving"),
            ];
            for (const call of calls) {
              const { message } = await assertRejects(call, Error);
              assertStringIncludes(message, `Model "${model.name}" has no BatchNorm layer`);
              assertStringIncludes(message, '"stock"');
              assertStringIncludes(message, "BatchNorm.fromStock(layer)");
            }
          }
        });
      },
    ),
);

testOnEachBackend(
  "beside ours a layer of TensorFlow.js's own is no obstacle: it predicts with its moving average",
  () => {
    const stock = tf.layers.batchNormalization({ inputShape: [1], epsilon: 1e-6 });
    const model = tf.sequential({ layers: [stock, new BatchNorm({ name: "bn" })] });
    return withModel(model, async () => {
      write(stock, "moving_mean", [3]);
      const { mean } = (await computeDatasetStatistics(model, () => columns([1, 2, 6]))).get("bn")!;
      assertAlmostEquals(mean[0], 0, 1e-6);
    });
  },
);

testOnEachBackend(
  "useStatistics() refuses an unknown kind, also where there is no layer",
  () =>
    withModel(createMlp({ placement: "none", inputShape: IMAGE, hidden: [3] }), (model) => {
      for (const kind of ["datset", null, undefined, true]) {
        assertThrows(
          () => useStatistics(model, kind as never),
          RangeError,
          '"moving" or "dataset"',
        );
      }
      useStatistics(model, "dataset");
    }),
);

// —— What it refuses ————————————————————————————————————————————————————————————————————————————

testOnEachBackend("a layer shared between two places is refused, by name", async () => {
  const shared = new BatchNorm({ name: "shared" });
  const inputs = [tf.input({ shape: [1] }), tf.input({ shape: [1] })];
  const outputs = inputs.map((input) => shared.apply(input) as tf.SymbolicTensor);
  await withModel(tf.model({ inputs, outputs }), async (model) => {
    await assertRejects(
      () => computeDatasetStatistics(model, () => columns([1, 2])),
      Error,
      'layer "shared" is shared between 2 places',
    );
  });
  shared.dispose(); // it counts its places
});

testOnEachBackend(
  "BatchNorm inside a nested model is refused, by the nested model's name; by itself that model is served",
  () => {
    const inner = tf.sequential({
      name: "inner",
      layers: [new BatchNorm({ name: "bn", inputShape: [1] })],
    });
    return withModel(inner, () => {
      const middle = tf.sequential({
        layers: [tf.layers.dense({ units: 1, inputShape: [1] }), inner],
      });
      const outer = tf.sequential({
        layers: [tf.layers.dense({ units: 1, inputShape: [1] }), middle],
      });
      return withModel(middle, () =>
        withModel(outer, async () => {
          for (const [model, nested] of [[middle, "inner"], [outer, middle.name]] as const) {
            await assertRejects(
              () => computeDatasetStatistics(model, () => columns([1, 2])),
              Error,
              `layer "${nested}" of model "${model.name}" has BatchNorm layers inside it`,
            );
          }
          const results = await computeDatasetStatistics(inner, () => columns([1, 2, 6]));
          assertEquals(results.get("bn")!.mean[0], 3);
        }));
    });
  },
);

testOnEachBackend("BatchNorm inside a wrapper is refused, and switched by useStatistics()", () => {
  const bn = new BatchNorm();
  const wrapped = tf.layers.timeDistributed({ layer: bn, inputShape: [3, 2], name: "wrapped" });
  return withModel(tf.sequential({ layers: [wrapped] }), async (model) => {
    await assertRejects(
      () => computeDatasetStatistics(model, () => []),
      Error,
      `layer "wrapped" of model "${model.name}" has BatchNorm layers inside it`,
    );
    useStatistics(model, "dataset");
    assertEquals(bn.statistics, "dataset");
  });
});

testOnEachBackend("a nested model without BatchNorm layers is no obstacle", () =>
  withModel(
    tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [1] })] }),
    (inner) => {
      const bn = new BatchNorm({ name: "bn" });
      const layers = [tf.layers.dense({ units: 1, inputShape: [1] }), inner, bn];
      return withModel(tf.sequential({ layers }), async (model) => {
        const results = await computeDatasetStatistics(model, () => columns([1, 2, 6]));
        assertEquals(results.get("bn")!.count, 3);
      });
    },
  ));

testOnEachBackend(
  "a generator that is used up after the first pass is refused, with the way out",
  () =>
    withModel(twoLayers(), async (model) => {
      const once = columns([1, 2], [6]);
      await assertRejects(
        () => computeDatasetStatistics(model, () => once),
        Error,
        "batches() gave 0 examples in pass 2 of 2 and 3 in the first. It must return the whole " +
          "dataset afresh each time it is called: pass () => makeBatches()",
      );
    }),
);

testOnEachBackend(
  "a dataset that gives fewer examples in a later pass is refused",
  () =>
    withModel(twoLayers(), async (model) => {
      let left = 3;
      const shrinking = () => columns(...Array(left--).fill([1, 2]));
      await assertRejects(
        () => computeDatasetStatistics(model, shrinking),
        Error,
        "batches() gave 4 examples in pass 2 of 2 and 6 in the first",
      );
    }),
);

testOnEachBackend(
  "a dataset without batches is refused",
  () =>
    withModel(onlyBatchNorm(), async (model) => {
      await assertRejects(
        () => computeDatasetStatistics(model, () => []),
        Error,
        "batches() gave 0 examples in pass 1 of 1",
      );
    }),
);

for (const value of [NaN, Infinity, 1e30]) {
  testOnEachBackend(
    `${value} among the activations is refused, by layer and channel, and leaves the layer as it was`,
    () =>
      withModel(onlyBatchNorm(2), async (model) => {
        const [bn] = batchNormsOf(model);
        const values = Float32Array.of(1, 2, 3, value);
        const before = bn.storedStatistics("dataset");
        await assertRejects(
          () => computeDatasetStatistics(model, () => cut(values, [2], 1)),
          RangeError,
          'layer "bn": channel 1 has mean',
        );
        assertEquals(bn.storedStatistics("dataset"), before);
      }),
  );
}
