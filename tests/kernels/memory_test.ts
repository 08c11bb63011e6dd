/**
 * What the kernels do with the backend's memory: they give back what they take, and it may grow at any
 * time, also while they run.
 */
import { assert, assertEquals, assertGreater, assertMatch } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { batchNormPrediction, batchNormTraining } from "../../bn/batch_norm.ts";
import "../../kernels/mod.ts"; // for its effect: it registers the kernels
import { testWithKernels } from "../backends.ts";
import { bits } from "../bn/layer_helpers.ts";
import { Random } from "./reference.ts";

/** Bytes of the backend's WebAssembly memory. */
function heapBytes(): number {
  const { wasm } = tf.backend() as unknown as { wasm: { asm: { memory: WebAssembly.Memory } } };
  return wasm.asm.memory.buffer.byteLength;
}

function held() {
  const { numTensors, numDataBuffers, numBytes } = tf.memory();
  return {
    numTensors,
    numDataBuffers,
    numBytes,
    numDataIds: tf.backend().numDataIds(),
    heap: heapBytes(),
  };
}

const STEPS = 10_000;

testWithKernels(
  `${STEPS} calls of every kernel leave no tensor, no buffer and no byte behind`,
  () => {
    const random = new Random(1);
    const tensor = (...shape: number[]) =>
      tf.tensor(random.numbers(tf.util.sizeFromShape(shape)), shape);
    const [images, filter, maps] = [tensor(2, 5, 5, 3), tensor(3, 3, 3, 7), tensor(2, 5, 5, 7)];
    const [bias, a, b] = [tensor(7), tensor(3, 11), tensor(11, 7)];
    const [gamma, beta, variance] = [tensor(7), tensor(7), bias.square()];
    const pooling = { filterSize: 2, strides: 2, pad: "valid" };
    const output = tf.maxPool(maps as tf.Tensor4D, 2, 2, "valid");
    const kept = [images, filter, maps, bias, a, b, gamma, beta, variance, output];
    const convolution = { strides: 1, pad: "same", dataFormat: "NHWC", dilations: 1 };
    const product = { transposeA: false, transposeB: false };
    const run = (kernel: string, inputs: tf.NamedTensorMap, attrs: unknown = {}) =>
      tf.engine().runKernel(kernel, inputs, attrs as tf.NamedAttrMap);
    const step = () =>
      tf.tidy(() => {
        run("BatchMatMul", { a, b }, product);
        run("_FusedMatMul", { a, b, bias }, { ...product, activation: "relu" });
        run("Conv2D", { x: images, filter }, convolution);
        run("FusedConv2D", { x: images, filter, bias }, { ...convolution, activation: "linear" });
        run("Conv2DBackpropFilter", { x: images, dy: maps }, {
          ...convolution,
          filterShape: filter.shape,
        });
        run("Conv2DBackpropInput", { dy: maps, filter }, {
          ...convolution,
          inputShape: images.shape,
        });
        run("MaxPoolGrad", { dy: output, input: maps, output }, pooling);
        const [, mean, , pivot, remainder, inverse] = run(
          "BatchNormTraining",
          { x: maps, gamma, beta },
          { epsilon: 1e-3 },
        ) as tf.Tensor[];
        const given = { dy: maps, dMean: mean, dVariance: mean };
        run("BatchNormTrainingGrad", { ...given, x: maps, gamma, pivot, remainder, inverse });
        run("BatchNormPrediction", { x: maps, mean, variance, gamma, beta }, { epsilon: 1e-3 });
        maps.sum([0, 1, 2]);
        maps.mean();
      });
    for (let i = 0; i < 100; i++) step(); // to warm up
    const before = held();
    for (let i = 0; i < STEPS; i++) step();
    assertEquals(held(), before);
    tf.dispose(kept);
  },
);

testWithKernels("500 training steps with their gradients leave nothing behind either", () => {
  const random = new Random(2);
  const tensor = (...shape: number[]) =>
    tf.tensor(random.numbers(tf.util.sizeFromShape(shape)), shape);
  const x = tensor(4, 6, 6, 2) as tf.Tensor4D;
  const variables = [tensor(3, 3, 2, 5), tensor(5), tensor(5), tensor(45, 3)].map((initial) => {
    const variable = tf.variable(initial);
    initial.dispose();
    return variable;
  });
  const [filter, gamma, beta, weights] = variables as [
    tf.Variable<tf.Rank.R4>,
    tf.Variable<tf.Rank.R1>,
    tf.Variable<tf.Rank.R1>,
    tf.Variable<tf.Rank.R2>,
  ];
  const optimizer = tf.train.sgd(1e-3);
  const step = () =>
    tf.tidy(() => {
      optimizer.minimize(() => {
        const { y, mean, variance } = batchNormTraining(tf.conv2d(x, filter, 1, "same"), {
          gamma,
          beta,
        });
        const z = batchNormPrediction(y, { mean, variance, gamma, beta });
        const maps = tf.maxPool(z.relu() as tf.Tensor4D, 2, 2, "valid");
        return tf.matMul(maps.reshape([4, 45]), weights).square().sum<tf.Scalar>();
      });
    });
  for (let i = 0; i < 20; i++) step();
  const before = held();
  for (let i = 0; i < 500; i++) step();
  assertEquals(held(), before);
  optimizer.dispose();
  tf.dispose([x, ...variables]);
});

testWithKernels("a call that fails gives its memory back", () => {
  const attrs = { transposeA: false, transposeB: false } as unknown as tf.NamedAttrMap;
  const [a, b] = [tf.ones([2, 3]), tf.ones([2, 3])];
  const before = held();
  for (let i = 0; i < 100; i++) {
    try {
      tf.engine().runKernel("BatchMatMul", { a, b }, attrs);
      throw new Error("it did not fail");
    } catch (error) {
      assert(error instanceof RangeError);
    }
  }
  assertEquals(held(), before);
  tf.dispose([a, b]);
});

// —— Memory that is full ————————————————————————————————————————————————————————————————————————

/** The backend with what hands out its memory. */
interface Allocating {
  wasm: { asm: { memory: WebAssembly.Memory }; _malloc(bytes: number): number };
}

/** Runs `body` on a backend that gives memory `times` times, and then none. */
function withMemoryFor(times: number, body: () => void): void {
  const { wasm } = tf.backend() as unknown as Allocating;
  const malloc = wasm._malloc;
  wasm._malloc = (bytes) => times-- > 0 ? malloc(bytes) : 0;
  try {
    body();
  } finally {
    wasm._malloc = malloc;
  }
}

testWithKernels(
  "where the memory is full, each kernel says so before it writes anything, and gives back what it took",
  () =>
    tf.tidy(() => {
      const [x, dy] = [tf.ones([3, 5]), tf.ones([3, 5])];
      const bias = tf.ones([8]);
      const large = largeCalls();
      const { a, b } = large.BatchMatMul[0];
      const { x: images, filter } = large.Conv2D[0];
      const calls: typeof large = {
        ...large,
        _FusedMatMul: [{ a, b, bias }, { ...large.BatchMatMul[1] as object, activation: "relu" }],
        FusedConv2D: [{ x: images, filter, bias }, {
          ...large.Conv2D[1] as object,
          activation: "relu",
        }],
        ReluGrad: [{ dy, x }, {}],
        Sum: [{ x }, { axis: [0], keepDims: false }],
        Mean: [{ x }, { axis: [1], keepDims: false }],
      };
      const { memory } = (tf.backend() as unknown as Allocating).wasm.asm;
      for (const [kernel, [inputs, attrs]] of Object.entries(calls)) {
        const call = () => tf.engine().runKernel(kernel, inputs, attrs as tf.NamedAttrMap);
        let refusals = 0;
        for (let done = false; !done; refusals++) {
          const before = [held(), new Uint8Array(memory.buffer, 0, 4096).slice()];
          withMemoryFor(refusals, () => {
            try {
              tf.dispose(call());
              done = true;
            } catch (error) {
              assert(error instanceof RangeError, `${kernel}: ${error}`);
              assertMatch(error.message, /^Cannot get \d+ bytes of WebAssembly memory: /);
            }
          });
          const after = [held(), new Uint8Array(memory.buffer, 0, 4096).slice()];
          assertEquals(after, before, `${kernel}, memory for ${refusals} more`);
        }
        assertGreater(refusals, 1, kernel); // the first was a failure
      }
    }),
);

// —— Memory that grows ——————————————————————————————————————————————————————————————————————————

/** Kernels with their inputs, outputs being 2 MB each. */
function largeCalls(): Record<string, [tf.NamedTensorMap, unknown]> {
  const random = new Random(3);
  const tensor = (...shape: number[]) =>
    tf.tensor(random.numbers(tf.util.sizeFromShape(shape)), shape);
  const maps = tensor(2, 128, 256, 8);
  const images = tensor(2, 128, 256, 1);
  const [filter, wide] = [tensor(3, 3, 1, 8), tensor(3, 3, 8, 1)];
  const [gamma, beta] = [tensor(8), tensor(8)];
  const convolution = { strides: 1, pad: "same", dataFormat: "NHWC", dilations: 1 };
  const [, mean, variance, pivot, remainder, inverse] = tf.engine().runKernel("BatchNormTraining", {
    x: maps,
    gamma,
    beta,
  }, { epsilon: 1e-3 }) as tf.Tensor[];
  const given = { dMean: mean, dVariance: variance, gamma, pivot, remainder, inverse };
  const output = tf.maxPool(maps as tf.Tensor4D, 4, 4, "same");
  const product = { transposeA: false, transposeB: false };
  return {
    BatchMatMul: [{ a: tensor(65_536, 3), b: tensor(3, 8) }, product],
    Conv2D: [{ x: images, filter }, convolution],
    Conv2DBackpropInput: [{ dy: images, filter: wide }, { ...convolution, inputShape: maps.shape }],
    // Its scratch memory is a padded image of 1 MB, and two tables of 100 kB.
    Conv2DBackpropFilter: [{ x: maps, dy: images }, { ...convolution, filterShape: wide.shape }],
    MaxPoolGrad: [{ dy: output, input: maps, output }, { filterSize: 4, strides: 4, pad: "same" }],
    BatchNormTraining: [{ x: maps, gamma, beta }, { epsilon: 1e-3 }],
    BatchNormTrainingGrad: [{ dy: maps, x: maps, ...given }, {}],
    BatchNormPrediction: [{ x: maps, mean, variance, gamma, beta }, { epsilon: 1e-3 }],
  };
}

testWithKernels(
  "the memory may grow between calls of a kernel and within one: its results stay what they were, to the bit",
  () =>
    tf.tidy(() => {
      for (const [kernel, [inputs, attrs]] of Object.entries(largeCalls())) {
        const call = () =>
          [tf.engine().runKernel(kernel, inputs, attrs as tf.NamedAttrMap)].flat() as tf.Tensor[];
        const digest = (outputs: tf.Tensor[]) =>
          outputs.map((output) => bits(output.dataSync<"float32">()));
        const expected = digest(call());
        let grown = false;
        for (let i = 0; i < 200 && !grown; i++) {
          const before = heapBytes();
          const outputs = call(); // kept until the end, so that the memory fills
          grown = heapBytes() > before;
          digest(outputs).forEach((values, k) => {
            assert(values.every((value, j) => value === expected[k][j]), `${kernel}, output ${k}`);
          });
          // What it keeps is small, and what it borrows free again: something else must fill the memory.
          if (kernel === "Conv2DBackpropFilter") tf.zeros([100_000]);
        }
        assert(grown, `the memory never grew within ${kernel}`);
        for (const before = heapBytes(); heapBytes() === before;) tf.zeros([400_000]);
        digest(call()).forEach((values, k) => assertEquals(values, expected[k]));
      }
    }),
);
