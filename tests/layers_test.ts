/**
 * Every layer that `tf.layers` has trains on WASM once the kernels are imported: outputs and gradients
 * are those of the CPU backend, and gradients are held to finite differences besides, since that
 * backend is not always right itself.
 */
import { assert, assertEquals, assertThrows } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { kernelsInUse } from "../kernels/mod.ts";
import { testOnBackend, useBackend } from "./backends.ts";
import { randomNormals } from "./layer_helpers.ts";

interface Case {
  layer: () => tf.layers.Layer;
  /** Of one input, or of several; without the batch. */
  shapes: number[][];
  /** Inputs are integers from 0 to here: places in a table, categories. They have no gradient. */
  integersTo?: number;
  /** The CPU backend's gradient is wrong, or throws: finite differences alone decide. */
  cpuIsWrong?: true;
}

const L = tf.layers;
const BATCH = 3;

const vector = [[7]];
const image = [[6, 5, 3]];
const sequence = [[5, 4]];
const volume = [[4, 4, 5, 2]];
const pair = [[4, 3], [4, 3]];
const conv = (strides: number, padding: "same" | "valid") => ({
  filters: 4,
  kernelSize: 3,
  strides,
  padding,
});

function inOrder(...layers: tf.layers.Layer[]): tf.layers.Layer {
  return tf.sequential({ layers }) as unknown as tf.layers.Layer;
}

const ACTIVATIONS = [
  ...["elu", "gelu", "gelu_new", "hardSigmoid", "linear", "logSoftmax", "mish", "relu", "relu6"],
  ...["selu", "sigmoid", "softmax", "softplus", "softsign", "swish", "tanh"],
];

const CASES: Record<string, Case> = {
  ...Object.fromEntries(ACTIVATIONS.map((activation) => [
    `activation ${activation}`,
    { layer: () => L.activation({ activation: activation as "relu" }), shapes: vector },
  ])),
  add: { layer: () => L.add(), shapes: pair },
  alphaDropout: { layer: () => L.alphaDropout({ rate: 0.3 }), shapes: [[40]] },
  average: { layer: () => L.average(), shapes: pair },
  averagePooling1d: { layer: () => L.averagePooling1d({ poolSize: 2 }), shapes: sequence },
  "averagePooling1d same": {
    layer: () => L.averagePooling1d({ poolSize: 3, strides: 2, padding: "same" }),
    shapes: sequence,
    cpuIsWrong: true,
  },
  averagePooling2d: { layer: () => L.averagePooling2d({ poolSize: 2 }), shapes: image },
  "averagePooling2d same": {
    layer: () => L.averagePooling2d({ poolSize: [3, 2], strides: [2, 1], padding: "same" }),
    shapes: image,
    cpuIsWrong: true,
  },
  averagePooling3d: { layer: () => L.averagePooling3d({ poolSize: 2 }), shapes: volume },
  "averagePooling3d same": {
    layer: () => L.averagePooling3d({ poolSize: 3, strides: 2, padding: "same" }),
    shapes: volume,
    cpuIsWrong: true,
  },
  batchNormalization: { layer: () => L.batchNormalization({}), shapes: image },
  bidirectional: {
    layer: () =>
      L.bidirectional({ layer: L.lstm({ units: 3, returnSequences: true }), mergeMode: "concat" }),
    shapes: sequence,
  },
  "bidirectional gru, sum": {
    layer: () => L.bidirectional({ layer: L.gru({ units: 3 }), mergeMode: "sum" }),
    shapes: sequence,
  },
  categoryEncoding: {
    layer: () => L.categoryEncoding({ numTokens: 6, outputMode: "multiHot" }),
    shapes: [[4]],
    integersTo: 5,
  },
  "categoryEncoding count": {
    layer: () => L.categoryEncoding({ numTokens: 6, outputMode: "count" }),
    shapes: [[4]],
    integersTo: 5,
  },
  concatenate: { layer: () => L.concatenate({ axis: 1 }), shapes: pair },
  conv1d: {
    layer: () => L.conv1d({ filters: 4, kernelSize: 3, padding: "same" }),
    shapes: sequence,
  },
  conv2d: { layer: () => L.conv2d(conv(1, "same")), shapes: image },
  "conv2d stride 2": {
    layer: () => L.conv2d({ ...conv(2, "same"), activation: "tanh" }),
    shapes: image,
  },
  "conv2d relu": {
    layer: () => L.conv2d({ ...conv(1, "same"), activation: "relu" }),
    shapes: image,
  },
  "conv2d sigmoid": {
    layer: () => L.conv2d({ ...conv(1, "same"), activation: "sigmoid" }),
    shapes: image,
  },
  "conv2d elu": { layer: () => L.conv2d({ ...conv(1, "same"), activation: "elu" }), shapes: image },
  "conv2d relu6": {
    layer: () => L.conv2d({ ...conv(1, "same"), activation: "relu6" }),
    shapes: image,
  },
  "conv2d channels first": {
    layer: () => L.conv2d({ ...conv(1, "same"), dataFormat: "channelsFirst" }),
    shapes: image,
  },
  conv2dTranspose: { layer: () => L.conv2dTranspose(conv(2, "same")), shapes: image },
  "conv2dTranspose valid": { layer: () => L.conv2dTranspose(conv(1, "valid")), shapes: image },
  conv3d: { layer: () => L.conv3d(conv(1, "same")), shapes: volume },
  "conv3d stride 2": { layer: () => L.conv3d(conv(2, "same")), shapes: volume },
  "conv3d valid": { layer: () => L.conv3d(conv(1, "valid")), shapes: volume },
  conv3dTranspose: {
    layer: () =>
      (L as unknown as { conv3dTranspose: typeof L.conv3d }).conv3dTranspose(conv(2, "same")),
    shapes: volume,
  },
  convLstm2d: {
    layer: () => L.convLstm2d({ filters: 2, kernelSize: 2, padding: "same" }),
    shapes: [[3, 4, 4, 2]],
  },
  "convLstm2d sequences": {
    layer: () => L.convLstm2d({ filters: 2, kernelSize: 3, returnSequences: true }),
    shapes: [[3, 4, 4, 2]],
  },
  cropping2D: { layer: () => L.cropping2D({ cropping: [[1, 0], [2, 1]] }), shapes: image },
  dense: { layer: () => L.dense({ units: 4 }), shapes: vector },
  "dense relu": { layer: () => L.dense({ units: 4, activation: "relu" }), shapes: vector },
  "dense softmax": { layer: () => L.dense({ units: 4, activation: "softmax" }), shapes: vector },
  "dense of rank 3": { layer: () => L.dense({ units: 4, activation: "tanh" }), shapes: sequence },
  depthwiseConv2d: {
    layer: () => L.depthwiseConv2d({ kernelSize: 3, depthMultiplier: 2 }),
    shapes: image,
  },
  "depthwiseConv2d same, stride 2": {
    layer: () => L.depthwiseConv2d({ kernelSize: [1, 3], strides: 2, padding: "same" }),
    shapes: image,
  },
  "depthwiseConv2d relu": {
    layer: () => L.depthwiseConv2d({ kernelSize: 3, activation: "relu", padding: "same" }),
    shapes: image,
  },
  dot: { layer: () => L.dot({ axes: 2 }), shapes: pair },
  "dot normalized": { layer: () => L.dot({ axes: 1, normalize: true }), shapes: [[4], [4]] },
  dropout: { layer: () => L.dropout({ rate: 0.4, seed: 5 }), shapes: [[40]] },
  elu: { layer: () => L.elu(), shapes: vector },
  embedding: {
    layer: () => L.embedding({ inputDim: 6, outputDim: 4 }),
    shapes: [[5]],
    integersTo: 5,
  },
  "embedding masked": {
    layer: () => L.embedding({ inputDim: 6, outputDim: 4, maskZero: true }),
    shapes: [[5]],
    integersTo: 5,
  },
  flatten: { layer: () => L.flatten(), shapes: image },
  gaussianDropout: { layer: () => L.gaussianDropout({ rate: 0.3 }), shapes: [[40]] },
  gaussianNoise: { layer: () => L.gaussianNoise({ stddev: 0.3 }), shapes: [[40]] },
  globalAveragePooling1d: { layer: () => L.globalAveragePooling1d(), shapes: sequence },
  globalAveragePooling2d: { layer: () => L.globalAveragePooling2d({}), shapes: image },
  globalMaxPooling1d: { layer: () => L.globalMaxPooling1d(), shapes: sequence },
  globalMaxPooling2d: { layer: () => L.globalMaxPooling2d({}), shapes: image },
  gru: { layer: () => L.gru({ units: 3 }), shapes: sequence },
  "gru sequences": { layer: () => L.gru({ units: 3, returnSequences: true }), shapes: sequence },
  gruCell: { layer: () => L.rnn({ cell: L.gruCell({ units: 3 }) }), shapes: sequence },
  layerNormalization: { layer: () => L.layerNormalization(), shapes: sequence },
  "layerNormalization axes": {
    layer: () => L.layerNormalization({ axis: [1, 2] }),
    shapes: sequence,
  },
  leakyReLU: { layer: () => L.leakyReLU({ alpha: 0.2 }), shapes: vector },
  lstm: { layer: () => L.lstm({ units: 3 }), shapes: sequence },
  "lstm dropout": {
    layer: () => L.lstm({ units: 3, dropout: 0.3, recurrentDropout: 0.3 }),
    shapes: sequence,
  },
  "lstm backwards": {
    layer: () => L.lstm({ units: 3, goBackwards: true, returnSequences: true }),
    shapes: sequence,
  },
  masking: { layer: () => L.masking({ maskValue: 0 }), shapes: sequence },
  maximum: { layer: () => L.maximum(), shapes: pair },
  maxPooling1d: { layer: () => L.maxPooling1d({ poolSize: 2 }), shapes: sequence },
  maxPooling2d: { layer: () => L.maxPooling2d({ poolSize: 2 }), shapes: image },
  "maxPooling2d same": {
    layer: () => L.maxPooling2d({ poolSize: 3, strides: 2, padding: "same" }),
    shapes: image,
  },
  maxPooling3d: { layer: () => L.maxPooling3d({ poolSize: 2 }), shapes: volume },
  "maxPooling3d same": {
    layer: () => L.maxPooling3d({ poolSize: 3, strides: 2, padding: "same" }),
    shapes: volume,
  },
  minimum: { layer: () => L.minimum(), shapes: pair },
  multiply: { layer: () => L.multiply(), shapes: pair },
  permute: { layer: () => L.permute({ dims: [2, 1] }), shapes: sequence },
  prelu: { layer: () => L.prelu(), shapes: vector },
  "prelu shared": { layer: () => L.prelu({ sharedAxes: [1, 2] }), shapes: image },
  randomWidth: {
    layer: () => L.randomWidth({ factor: [0.5, 0.6], seed: 3 }),
    shapes: image,
    cpuIsWrong: true,
  },
  reLU: { layer: () => L.reLU({ maxValue: 1 }), shapes: vector },
  repeatVector: { layer: () => L.repeatVector({ n: 3 }), shapes: [[4]] },
  rescaling: { layer: () => L.rescaling({ scale: 0.5, offset: 1 }), shapes: image },
  reshape: { layer: () => L.reshape({ targetShape: [4, 5] }), shapes: sequence },
  resizing: { layer: () => L.resizing({ height: 4, width: 8 }), shapes: image, cpuIsWrong: true },
  "resizing nearest": {
    layer: () => L.resizing({ height: 4, width: 8, interpolation: "nearest" }),
    shapes: image,
    cpuIsWrong: true,
  },
  rnn: {
    layer: () => L.rnn({ cell: L.lstmCell({ units: 3 }), returnSequences: true }),
    shapes: sequence,
  },
  separableConv2d: {
    layer: () => L.separableConv2d({ ...conv(1, "same"), depthMultiplier: 2 }),
    shapes: image,
  },
  "separableConv2d stride 2": {
    layer: () => L.separableConv2d({ ...conv(2, "same"), activation: "relu" }),
    shapes: image,
  },
  simpleRNN: { layer: () => L.simpleRNN({ units: 3 }), shapes: sequence },
  softmax: { layer: () => L.softmax({ axis: -1 }), shapes: sequence },
  spatialDropout1d: { layer: () => L.spatialDropout1d({ rate: 0.4, seed: 7 }), shapes: sequence },
  stackedRNNCells: {
    layer: () =>
      L.rnn({
        cell: L.stackedRNNCells({
          cells: [L.gruCell({ units: 3 }), L.simpleRNNCell({ units: 2 })],
        }),
      }),
    shapes: sequence,
  },
  thresholdedReLU: { layer: () => L.thresholdedReLU({ theta: 0.3 }), shapes: vector },
  timeDistributed: {
    layer: () => L.timeDistributed({ layer: L.dense({ units: 3 }) }),
    shapes: sequence,
  },
  upSampling2d: { layer: () => L.upSampling2d({ size: [2, 3] }), shapes: image, cpuIsWrong: true },
  "upSampling2d bilinear": {
    layer: () => L.upSampling2d({ size: [2, 3], interpolation: "bilinear" }),
    shapes: image,
    cpuIsWrong: true,
  },
  zeroPadding2d: { layer: () => L.zeroPadding2d({ padding: [[1, 0], [2, 3]] }), shapes: image },
  "masking before lstm": {
    layer: () => inOrder(L.masking({ maskValue: 0, inputShape: [5, 4] }), L.lstm({ units: 3 })),
    shapes: sequence,
  },
};

/** What of a layer's arithmetic can be compared. */
interface Trial {
  output: Float32Array;
  /** Σ r·y with random r. */
  value: number;
  /** Of the value, with respect to the weights, then to the inputs. */
  gradients: Float32Array[];
  /** The derivative of the value along a random direction, by the gradients. */
  slope: number;
}

/** The layer on seeded inputs and weights, moved by `step` along the direction. */
function trial({ layer: make, shapes, integersTo }: Case, step = 0, gradients = true): Trial {
  const normals = (shape: number[], seed: number, mean = 0, deviation = 1) =>
    tf.tensor(randomNormals(shape, seed, mean, deviation), shape);
  return tf.tidy(() => {
    const layer = make();
    const symbols = shapes.map((shape) => tf.input({ shape }));
    layer.apply(symbols.length === 1 ? symbols[0] : symbols); // builds it
    const weights = layer.trainableWeights.map((weight) => weight.read() as tf.Variable);
    weights.forEach((weight, i) => weight.assign(normals(weight.shape, 200 + i, 0.2, 0.5)));
    const inputs = shapes.map((shape, i) => {
      const x = normals([BATCH, ...shape], 100 + i);
      if (integersTo === undefined) return tf.variable(x);
      return x.abs().mul(50).floor().mod(tf.scalar(integersTo + 1));
    });
    const variables = integersTo === undefined ? [...weights, ...inputs as tf.Variable[]] : weights;
    const directions = variables.map((variable, i) => normals(variable.shape, 300 + i));
    variables.forEach((variable, i) => variable.assign(variable.add(directions[i].mul(step))));

    let output!: Float32Array;
    let r!: Float32Array;
    const loss = () => {
      const y = withoutChance(() =>
        layer.apply(inputs.length === 1 ? inputs[0] : inputs, { training: true }) as tf.Tensor
      );
      output = y.dataSync<"float32">().slice();
      r = randomNormals(y.shape, 400);
      return y.mul(tf.tensor(r, y.shape)).sum<tf.Scalar>();
    };
    let grads: tf.Tensor[] = [];
    if (gradients && variables.length) {
      const named = tf.variableGrads(loss, variables).grads;
      grads = variables.map(({ name }) => named[name]);
    } else loss();
    const result = {
      output,
      value: output.reduce((sum, value, i) => sum + r[i] * value, 0),
      gradients: grads.map((gradient) => gradient.dataSync<"float32">().slice()),
      slope: grads.reduce((sum, grad, i) => sum + grad.mul(directions[i]).sum().dataSync()[0], 0),
    };
    const { cell = {} } = layer as { cell?: Record<string, tf.Tensor> }; // which keeps its masks
    tf.dispose([cell.dropoutMask, cell.recurrentDropoutMask]);
    tf.dispose([...variables, ...layer.weights.map((weight) => weight.read())]);
    return result;
  });
}

/** Noise without a seed draws one from here: so it is the same noise on every backend. */
function withoutChance<T>(run: () => T): T {
  const random = Math.random;
  Math.random = () => 0.37;
  try {
    return run();
  } finally {
    Math.random = random;
  }
}

/** The largest difference of two lists, as a part of the largest value. */
function distance(actual: Float32Array, expected: Float32Array): number {
  assertEquals(actual.length, expected.length);
  const largest = (values: Float32Array) => values.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
  return largest(actual.map((value, i) => value - expected[i])) / (largest(expected) || 1);
}

const STEP = 1e-3;

for (const [name, example] of Object.entries(CASES)) {
  testOnBackend(
    "wasm",
    `tf.layers.${name} has ${
      example.cpuIsWrong
        ? "the output of the CPU backend"
        : "the output and gradients of the CPU backend"
    }, and the slope of finite differences`,
    async () => {
      const kernels = kernelsInUse();
      const actual = trial(example);
      await useBackend("cpu");
      const expected = trial(example, 0, !example.cpuIsWrong);
      const [after, before] = [STEP, -STEP].map((step) => trial(example, step, false).value);
      await useBackend("wasm", kernels);
      assert(distance(actual.output, expected.output) < 1e-5, "output");
      expected.gradients.forEach((gradient, i) =>
        assert(distance(actual.gradients[i], gradient) < 1e-5, `gradient ${i}`)
      );
      if (actual.gradients.length === 0) return;
      const slope = (after - before) / (2 * STEP);
      assert(
        Math.abs(actual.slope - slope) < 0.01 * (1 + Math.abs(slope)),
        `slope ${actual.slope}, by differences ${slope}`,
      );
    },
  );
}

Deno.test("no layer of tf.layers is left out", () => {
  const tried = new Set(Object.keys(CASES).map((name) => name.split(" ")[0]));
  const otherwise = [
    ...["Layer", "RNN", "RNNCell", "input", "inputLayer"], // no layers with outputs of their own
    ...["convLstm2dCell", "lstmCell", "simpleRNNCell"], // inside others
    ...["avgPool1d", "avgPooling1d", "avgPool2d", "avgPooling2d", "avgPool3d", "avgPooling3d"],
    ...["globalMaxPool1d", "globalMaxPool2d", "maxPool1d", "maxPool2d"], // other names
    "centerCrop", // below
  ];
  const left = Object.keys(tf.layers).filter((name) => !tried.has(name));
  assertEquals(left.sort(), otherwise.sort());
});

// —— What TensorFlow.js itself refuses, on every backend ————————————————————————————————————————

for (
  const [name, layer, message] of [
    [
      "conv2d with a dilation",
      () => L.conv2d({ filters: 2, kernelSize: 2, dilationRate: 2 }),
      "dilation rates greater than 1 are not yet supported",
    ],
    [
      "separableConv2d with a dilation",
      () => L.separableConv2d({ filters: 2, kernelSize: 2, dilationRate: 2 }),
      "dilation rates greater than 1 are not yet supported",
    ],
    [
      "centerCrop behind a layer with weights",
      () => L.centerCrop({ height: 2, width: 2 }),
      "gradient function not found for CropAndResize",
    ],
  ] as const
) {
  // Where a gradient throws, TensorFlow.js leaves tensors behind; so this stands outside of testOnBackend().
  Deno.test(`TensorFlow.js has no gradient of tf.layers.${name}: once this fails, the exception in kernels/README.md can go`, async () => {
    await useBackend("cpu");
    assertThrows(() => trial({ layer, shapes: image }), Error, message);
  });
}
