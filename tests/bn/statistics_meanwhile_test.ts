/**
 * computeDatasetStatistics() takes its time, and other things happen meanwhile: predictions, choices,
 * training, a second call. None of it is lost, and nothing wrong comes out in silence.
 */
import { assert, assertEquals, assertNotEquals, assertRejects, assertThrows } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { BatchNorm, type StatisticsKind } from "../../bn/batch_norm_layer.ts";
import { computeDatasetStatistics, useStatistics } from "../../bn/dataset_statistics.ts";
import { testOnEachBackend } from "../backends.ts";
import { bits, randomNormals, tidyAsync, withModel } from "./layer_helpers.ts";

const COUNT = 40;

/** Two BatchNorm layers, "bn1" and "bn2", trained for one step. */
function trainedModel(): tf.Sequential {
  const dense = (seed: number) =>
    tf.layers.dense({ units: 3, kernelInitializer: tf.initializers.glorotUniform({ seed }) });
  const layers = [new BatchNorm({ name: "bn1", inputShape: [2] }), dense(1)];
  const model = tf.sequential({ layers: [...layers, new BatchNorm({ name: "bn2" }), dense(2)] });
  train(model);
  return model;
}

const train = (model: tf.LayersModel) =>
  tf.tidy(() =>
    void model.apply(tf.tensor2d(randomNormals([8, 2], 7), [8, 2]), { training: true })
  );

const layersOf = (model: tf.LayersModel) =>
  model.layers.filter((layer) => layer instanceof BatchNorm);

function stateOf(model: tf.LayersModel) {
  return layersOf(model).map((layer) => [
    layer.statistics,
    ...layer.weights.map((weight) => bits(weight.read().dataSync<"float32">())),
  ]);
}

function predict(model: tf.LayersModel): Uint32Array {
  return bits(
    tf.tidy(() =>
      (model.predict(tf.tensor2d([[1, -2], [0.5, 3]])) as tf.Tensor).dataSync<"float32">().slice()
    ),
  );
}

/** Four batches; before each, something may happen elsewhere. */
function dataset(meanwhile: (batch: number) => unknown = () => {}) {
  let batch = 0;
  return async function* () {
    for (let start = 0; start < COUNT; start += 10) {
      await meanwhile(batch++);
      const values = randomNormals([COUNT, 2], 3, 1, 2).subarray(2 * start, 2 * start + 20);
      const x = tf.tensor2d(values, [10, 2]);
      yield x;
      x.dispose();
    }
  };
}

// —— A second call ——————————————————————————————————————————————————————————————————————————————

testOnEachBackend(
  "of two calls at once on one model the second is refused, by model and layer; the first gives what it gives alone, and afterwards the model can be measured again",
  () =>
    withModel(trainedModel(), async (model) => {
      const alone = await computeDatasetStatistics(model, dataset());
      const first = computeDatasetStatistics(model, dataset());
      const { message } = await assertRejects(
        () => computeDatasetStatistics(model, dataset()),
        Error,
      );
      assert(
        message.includes(`model "${model.name}": layer "bn1" is still being measured`),
        message,
      );
      assertEquals(await first, alone);
      assertEquals(await computeDatasetStatistics(model, dataset()), alone);
    }),
);

testOnEachBackend(
  "nor may two models that share a layer be measured at once; two that share none of BatchNorm may",
  () =>
    withModel(trainedModel(), async (model) => {
      const [bn1, dense] = model.layers;
      const sharing = tf.model({ inputs: model.inputs, outputs: bn1.output as tf.SymbolicTensor });
      const apart = tf.model({
        inputs: model.inputs,
        outputs: new BatchNorm({ name: "bn3" }).apply(
          dense.apply(model.inputs[0]),
        ) as tf.SymbolicTensor,
      });
      const [first, second] = [model, apart].map((each) =>
        computeDatasetStatistics(each, dataset())
      );
      await assertRejects(() => computeDatasetStatistics(sharing, dataset()), Error, '"bn1"');
      assertEquals((await first).size, 2);
      assertEquals((await second).size, 1);
      assertEquals((await computeDatasetStatistics(sharing, dataset())).size, 1);
      apart.dispose();
    }),
);

testOnEachBackend(
  "a call that failed is over: the next one is served",
  () =>
    withModel(trainedModel(), async (model) => {
      const fails = dataset((batch) => {
        if (batch === 5) throw new Error("the disk is gone");
      });
      await assertRejects(() => computeDatasetStatistics(model, fails), Error, "the disk is gone");
      assertEquals((await computeDatasetStatistics(model, dataset())).size, 2);
    }),
);

// —— What a caller sees and sets meanwhile ——————————————————————————————————————————————————————

for (const kind of ["moving", "dataset"] as StatisticsKind[]) {
  testOnEachBackend(
    `a prediction meanwhile is the one of before, with ${kind} statistics, to the bit; afterwards the new ones serve`,
    () =>
      withModel(trainedModel(), async (model) => {
        for (const [i, layer] of layersOf(model).entries()) {
          const { mean, variance } = layer.storedStatistics("moving");
          layer.setDatasetStatistics({ mean: mean.map((m) => m + i), variance, count: 5 });
        }
        useStatistics(model, kind);
        const [state, prediction] = [stateOf(model), predict(model)];
        let looked = 0;
        await computeDatasetStatistics(model, dataset(), {
          onProgress() {
            assertEquals(predict(model), prediction);
            assertEquals(stateOf(model), state);
            looked += 1;
          },
        });
        assertEquals(looked, 2 * 4);
        useStatistics(model, "dataset");
        assertNotEquals(predict(model), prediction);
      }),
  );
}

testOnEachBackend(
  "which statistics predict, chosen meanwhile for the model or for a layer, stays chosen",
  () =>
    withModel(trainedModel(), async (model) => {
      const [bn1, bn2] = layersOf(model);
      const alone = await computeDatasetStatistics(model, dataset());
      useStatistics(model, "moving");
      const choosing = dataset((batch) => {
        if (batch === 2) useStatistics(model, "dataset");
        if (batch === 6) bn1.statistics = "moving";
      });
      assertEquals(await computeDatasetStatistics(model, choosing), alone);
      assertEquals([bn1.statistics, bn2.statistics], ["moving", "dataset"]);
    }),
);

const CHANGES: Record<string, (model: tf.LayersModel) => unknown> = {
  "a call in training mode": train,
  "model.fit": async (model) => {
    model.compile({ optimizer: "sgd", loss: "meanSquaredError" });
    const [x, y] = [tf.tensor2d(randomNormals([8, 2], 1), [8, 2]), tf.zeros([8, 3])];
    await model.fit(x, y, { verbose: 0, shuffle: false });
    tf.dispose([x, y]);
  },
  "setDatasetStatistics() on a layer": (model) => {
    const { mean, variance } = layersOf(model)[1].storedStatistics("moving");
    layersOf(model)[1].setDatasetStatistics({ mean, variance, count: 77 });
  },
  "setWeights() on another layer": (model) => {
    const dense = model.layers[1];
    tf.tidy(() => dense.setWeights(dense.getWeights().map((weight) => weight.add(1))));
  },
  "setWeights() on the model": (model) =>
    tf.tidy(() => model.setWeights(model.getWeights().map((weight) => weight.add(0.5)))),
};

for (const [what, change] of Object.entries(CHANGES)) {
  for (const when of [1, 7]) {
    testOnEachBackend(
      `${what} meanwhile, before batch ${when}: an error says which weight was changed, and the layers are as the caller left them`,
      () =>
        tidyAsync(() =>
          withModel(trainedModel(), async (model) => {
            let state: unknown;
            const changing = dataset(async (batch) => {
              if (batch !== when) return;
              await change(model);
              state = stateOf(model);
            });
            const { message } = await assertRejects(
              () => computeDatasetStatistics(model, changing),
              Error,
            );
            assert(/weight "\S+\/\w+" of model "\S+" was changed meanwhile/.test(message), message);
            assertEquals(stateOf(model), state);
          })
        ),
    );
  }
}

testOnEachBackend(
  "so it is where the change falls behind the last batch",
  () =>
    withModel(trainedModel(), async (model) => {
      const changing = async function* () {
        yield* dataset()();
        if (++passes === 2) train(model);
      };
      let passes = 0;
      await assertRejects(() => computeDatasetStatistics(model, changing), Error, "meanwhile");
      assert(layersOf(model).every((layer) => layer.storedStatistics("dataset").count === 0));
    }),
);

testOnEachBackend(
  "one who forgets to await predicts with what there was: with dataset statistics not yet there, an error",
  () =>
    withModel(trainedModel(), async (model) => {
      const computed = computeDatasetStatistics(model, dataset());
      useStatistics(model, "dataset");
      assertThrows(() => predict(model), Error, "it has no dataset statistics yet");
      await computed;
      predict(model);
      assert(layersOf(model).every((layer) => layer.statistics === "dataset"));
    }),
);
