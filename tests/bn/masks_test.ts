/**
 * BatchNorm behind layers that mask steps: statistics over masked steps are refused, predictions serve
 * the steps that count and pass the mask on.
 */
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { BatchNorm } from "../../bn/batch_norm_layer.ts";
import { computeDatasetStatistics, useStatistics } from "../../bn/dataset_statistics.ts";
import { testOnEachBackend } from "../backends.ts";
import {
  bits,
  randomNormals,
  read,
  tidyAsync,
  withLayer,
  withModel,
  write,
} from "./layer_helpers.ts";
import { assertClose, maxAbs } from "../reference/batch_norm_float64.ts";

const [N, T, C] = [4, 5, 3];

/** Sequences of which the i-th has i + 1 steps, and zeros behind. */
function sequences(): tf.Tensor {
  const steps = tf.range(0, T).expandDims(0).lessEqual(tf.range(0, N).expandDims(1)).expandDims(2);
  return tf.tensor(randomNormals([N, T, C], 2, 1, 2), [N, T, C]).mul(steps);
}

const masking = (options = {}) => tf.layers.masking({ inputShape: [T, C], ...options });
const dense = (units: number) =>
  tf.layers.dense({ units, kernelInitializer: tf.initializers.glorotUniform({ seed: 1 }) });
const lstm = (returnSequences: boolean) => {
  const [kernelInitializer, recurrentInitializer] = [1, 2].map((seed) =>
    tf.initializers.glorotUniform({ seed })
  );
  return tf.layers.lstm({ units: 2, returnSequences, kernelInitializer, recurrentInitializer });
};

type Layers = (bn: BatchNorm) => tf.layers.Layer[];

const MASKED: Record<string, { layers: Layers; x?: () => tf.Tensor }> = {
  "masking → BN": { layers: (bn) => [masking(), bn] },
  "masking → dense → BN": { layers: (bn) => [masking(), dense(4), bn] },
  "masking → LSTM over steps → BN": { layers: (bn) => [masking(), lstm(true), bn] },
  "masking → time-distributed dense → BN": {
    layers: (bn) => [masking(), tf.layers.timeDistributed({ layer: dense(2) }), bn],
  },
  "an embedding with maskZero → BN": {
    layers: (
      bn,
    ) => [
      tf.layers.embedding({ inputDim: 5, outputDim: C, maskZero: true, inputShape: [T] }),
      bn,
    ],
    x: () => tf.tensor2d([[1, 2, 0, 0, 0], [3, 4, 1, 0, 0]], [2, T], "int32"),
  },
  "masking → time-distributed BN": {
    layers: (bn) => [masking(), tf.layers.timeDistributed({ layer: bn })],
  },
  "masking → a nested model with BN": {
    layers: (bn) => [
      masking(),
      tf.sequential({
        layers: [tf.layers.activation({ activation: "tanh", inputShape: [T, C] }), bn],
      }),
    ],
  },
};

for (const [name, { layers, x: input = sequences }] of Object.entries(MASKED)) {
  testOnEachBackend(
    `${name}: a training call is refused, by layer, and leaves it as it was; frozen it is served`,
    () =>
      tidyAsync(() => {
        const bn = new BatchNorm({ name: "bn" });
        return withModel(tf.sequential({ layers: layers(bn) }), (model) => {
          const x = input();
          const before = bn.getWeights().map((weight) => bits(weight.dataSync<"float32">()));
          const { message } = assertThrows(() => model.apply(x, { training: true }), Error);
          assert(message.includes('layer "bn": steps of it may be masked'), message);
          const after = bn.getWeights().map((weight) => bits(weight.dataSync<"float32">()));
          assertEquals(after, before);

          write(bn, "moving_count", 1);
          bn.trainable = false;
          model.apply(x, { training: true });
          for (const layer of model.layers) {
            if (layer instanceof tf.LayersModel) layer.dispose(); // as a model of its own
          }
        });
      }),
  );
}

testOnEachBackend(
  "the statistics of a dataset with masked steps are refused, by layer",
  () =>
    withModel(
      tf.sequential({ layers: [masking(), new BatchNorm({ name: "bn" })] }),
      async (model) => {
        const x = tf.tidy(sequences);
        const refused = () => computeDatasetStatistics(model, () => [x]);
        await assertRejects(refused, Error, 'layer "bn": steps of it may be masked');
        x.dispose();
      },
    ),
);

testOnEachBackend(
  "with BatchNorm before the masking the same model trains and is measured, zeros included",
  () =>
    withModel(
      tf.sequential({
        layers: [new BatchNorm({ name: "bn", inputShape: [T, C] }), masking({}), lstm(false)],
      }),
      async (model) => {
        const x = tf.tidy(sequences);
        tf.tidy(() => void model.apply(x, { training: true }));
        const results = await computeDatasetStatistics(model, () => [x]);
        assertEquals(results.get("bn")!.count, N * T);
        x.dispose();
      },
    ),
);

for (const units of [C, T]) {
  testOnEachBackend(
    `where a layer has used the mask up there is none: masking → LSTM → dense of ${units} → BN trains and is measured`,
    () =>
      withModel(
        tf.sequential({
          layers: [masking(), lstm(false), dense(units), new BatchNorm({ name: "bn" })],
        }),
        async (model) => {
          const x = tf.tidy(sequences);
          tf.tidy(() => void model.apply(x, { training: true }));
          const results = await computeDatasetStatistics(model, () => [x]);
          assertEquals(results.get("bn")!.count, N);
          x.dispose();
        },
      ),
  );
}

testOnEachBackend(
  "a mask in one branch does not keep BatchNorm in another from training",
  () => {
    const [steps, images] = [tf.input({ shape: [T, C] }), tf.input({ shape: [6, 6, 2] })];
    const text = lstm(false).apply(masking().apply(steps));
    const bn = new BatchNorm().apply(images);
    const outputs = tf.layers.concatenate().apply(
      [text, tf.layers.flatten().apply(bn)] as tf.SymbolicTensor[],
    ) as tf.SymbolicTensor;
    return withModel(tf.model({ inputs: [steps, images], outputs }), (model) => {
      tf.tidy(() => void model.apply([sequences(), tf.ones([N, 6, 6, 2])], { training: true }));
    });
  },
);

testOnEachBackend(
  "in prediction the mask is passed on: an LSTM behind BatchNorm sees the steps that count alone",
  () =>
    tidyAsync(() => {
      const bn = new BatchNorm({ name: "bn" });
      return withModel(tf.sequential({ layers: [masking(), bn, lstm(false)] }), (model) => {
        write(bn, "beta", [1, 2, 3]); // what masked steps would become
        bn.setDatasetStatistics({
          mean: Float32Array.of(1, 0, -1),
          variance: Float32Array.of(1, 2, 3),
          count: 9,
        });
        useStatistics(model, "dataset");
        const x = sequences();
        const together = (model.predict(x) as tf.Tensor).dataSync<"float32">();
        // Without masks: each sequence by itself, cut to its steps.
        const input = tf.input({ shape: [null, C] });
        const cut = tf.model({
          inputs: input,
          outputs: model.layers[2].apply(bn.apply(input)) as tf.SymbolicTensor,
        });
        const alone = Array.from({ length: N }, (_, i) =>
          (cut.predict(x.slice([i, 0, 0], [1, i + 1, C])) as tf.Tensor).dataSync<"float32">());
        const expected = Float32Array.from(alone.flatMap((values) => [...values]));
        assertClose("masked", together, expected, maxAbs(expected));
        for (const layer of [bn, model.layers[2]]) {
          layer.dispose(); // their second use
        }
      });
    }),
);

const MASKS: [string, number[], boolean][] = [
  ["of the steps", [N, T], true],
  ["of the examples", [N], true],
  ["with an axis of one behind", [N, T, 1], true],
  ["with an axis of one before, as tf.layers.add makes it", [1, N, T], true],
  ["of every value", [N, T, C], true],
  ["of other steps, left from another branch", [N, T + 1], false],
];

for (const [what, shape, isRefused] of MASKS) {
  testOnEachBackend(
    `a mask ${what}, [${shape}], handed over directly with a batch [${[N, T, C]}] is ${
      isRefused ? "refused" : "no mask of it"
    }`,
    () =>
      withLayer(new BatchNorm({ inputShape: [T, C] }), (layer) =>
        tf.tidy(() => {
          const mask = tf.ones(shape, "bool");
          const call = () => void layer.apply(sequences(), { training: true, mask });
          if (isRefused) assertThrows(call, Error, "may be masked");
          else call();
          assertEquals([...read(layer, "moving_count")], [isRefused ? 0 : 1]);
        })),
  );
}
