/**
 * `useKernels()`: what it registers, what it gives back, and when kernels/ may be imported.
 *
 * The kernels are imported below, after TensorFlow.js's own have been looked at.
 */
import { assertEquals, assertLess, assertStrictEquals, assertThrows } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import "@tensorflow/tfjs-backend-wasm"; // for its effect: it registers its kernels
import { granted } from "../permissions.ts";
import type { Outcome, Steps } from "./import_order_worker.ts";
import { Random } from "./reference.ts";

/** The functions of all kernels on WASM, by name. */
const registered = () =>
  new Map(tf.getKernelsForBackend("wasm").map((config) => [config.kernelName, config.kernelFunc]));

const before = registered();
const { hasFusedMultiplyAdd, kernelsInUse, useKernels } = await import("../../kernels/mod.ts");
const { testWithKernels } = await import("../backends.ts");

/** Names under which there are different functions, or none on one side. */
function differences(some: ReturnType<typeof registered>, others: typeof some): string[] {
  const names = new Set([...some.keys(), ...others.keys()]);
  return [...names].filter((name) => some.get(name) !== others.get(name)).sort();
}

/**
 * Kernels that TensorFlow.js lacks on WASM or that are wrong there, and those that refuse windows which
 * fit nowhere: replaced with either choice.
 */
const MENDED = [
  ...["Conv2DBackpropFilter", "UnsortedSegmentSum"],
  ...["DepthwiseConv2dNativeBackpropFilter", "DepthwiseConv2dNativeBackpropInput"],
  ...["AvgPool", "AvgPoolGrad", "AvgPool3DGrad", "MaxPool", "MaxPoolGrad", "MaxPool3D"],
  ...["MaxPool3DGrad", "Conv2D", "FusedConv2D", "DepthwiseConv2dNative", "FusedDepthwiseConv2D"],
  ...["Conv3DBackpropFilterV2", "Conv3DBackpropInputV2"],
  ...["AvgPool3D", "Conv2DBackpropInput", "Conv3D", "MaxPoolWithArgmax", "Dilation2D"],
].sort();

Deno.test("only WASM is asked how it rounds; on another backend that is an error, with the way out", async () => {
  await tf.setBackend("cpu");
  assertThrows(hasFusedMultiplyAdd, Error, 'this is "cpu": await tf.setBackend("wasm") first.');
});

Deno.test("TensorFlow.js has a matrix product and no batch normalization of ours before kernels/ are imported", () => {
  assertEquals(before.has("BatchMatMul"), true);
  assertEquals(before.has("BatchNormTraining"), false);
});

Deno.test("importing kernels/ is enough: its kernels are in use", () => {
  assertEquals(kernelsInUse(), "own");
  const replaced = differences(before, registered());
  const expected = [
    ...["BatchMatMul", "_FusedMatMul", "Conv2D", "FusedConv2D", "Conv2DBackpropInput"],
    ...["BatchNormTraining", "BatchNormTrainingGrad", "BatchNormPrediction"],
  ];
  assertEquals(expected.filter((name) => !replaced.includes(name)), []);
});

Deno.test('useKernels("stock") puts back the very functions of TensorFlow.js, but for what it lacks, gets wrong or should refuse', () => {
  const own = registered();
  for (let i = 0; i < 3; i++) {
    useKernels("stock");
    assertEquals(kernelsInUse(), "stock");
    assertEquals(differences(before, registered()), MENDED);
    const mended = MENDED.map((name) => registered().get(name));
    useKernels("stock"); // a second time changes nothing
    assertEquals(differences(before, registered()), MENDED);
    MENDED.forEach((name, k) => assertStrictEquals(registered().get(name), mended[k]));

    useKernels("own");
    useKernels("own");
    assertEquals(kernelsInUse(), "own");
    assertEquals([...registered().keys()].sort(), [...own.keys()].sort());
  }
});

Deno.test("no kernel on another backend is touched", () => {
  const names = () => tf.getKernelsForBackend("cpu").map(({ kernelName }) => kernelName).sort();
  const functions = () =>
    new Set(tf.getKernelsForBackend("cpu").map((config) => config.kernelFunc));
  const [someNames, someFunctions] = [names(), functions()];
  useKernels("stock");
  assertEquals(names(), someNames);
  assertEquals(functions(), someFunctions);
  useKernels("own");
  assertEquals(functions(), someFunctions);
});

Deno.test("an unknown choice is refused, and changes nothing", () => {
  const own = registered();
  for (const choice of ["fast", "OWN", "", undefined, null, true]) {
    assertThrows(
      () => useKernels(choice as "own"),
      RangeError,
      `Cannot use kernels "${choice}": choose "own" or "stock".`,
    );
  }
  assertEquals(kernelsInUse(), "own");
  assertEquals(differences(own, registered()), []);
});

testWithKernels("both choices give the same loss and gradients within rounding", () => {
  const random = new Random(1);
  const values = [random.numbers(2 * 64 * 3), random.numbers(27 * 5), random.numbers(80 * 4)];
  const gradients = () =>
    tf.tidy(() => {
      const [x, filter, weights] = [
        tf.tensor(values[0], [2, 8, 8, 3]),
        tf.tensor(values[1], [3, 3, 3, 5]),
        tf.tensor(values[2], [80, 4]),
      ];
      const { value, grads } = tf.valueAndGrads((x, filter, weights) => {
        const maps = tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 1, "same").relu();
        const pooled = tf.maxPool(maps as tf.Tensor4D, 2, 2, "valid").reshape([2, 80]);
        return tf.matMul(pooled, weights).square().sum();
      })([x, filter, weights]);
      return [value, ...grads].map((tensor) => tensor.dataSync<"float32">().slice());
    });
  useKernels("stock");
  const stock = gradients();
  useKernels("own");
  const own = gradients();
  stock.forEach((expected, i) => {
    const scale = Math.max(...expected.map(Math.abs));
    expected.forEach((value, k) => assertLess(Math.abs(own[i][k] - value), 1e-5 * scale));
  });
});

// —— When it may be imported ————————————————————————————————————————————————————————————————————

const ORDERS: Record<string, Steps> = {
  "before the backend is initialized": ["import", "initialize"],
  "after the backend is initialized": ["initialize", "import"],
  "after the backend has computed": ["initialize", "compute", "import"],
  'before, with useKernels("stock") and then "own"': ["import", "stock", "own", "initialize"],
  'before, with "stock" until the backend is initialized': ["import", "stock", "initialize", "own"],
};

for (const [name, steps] of Object.entries(ORDERS)) {
  Deno.test({
    name: `kernels/ may be imported ${name}: they compute, and leave to TensorFlow.js what is its`,
    ignore: !granted("read"),
    async fn() {
      const worker = new Worker(new URL("./import_order_worker.ts", import.meta.url), {
        type: "module",
      });
      try {
        const outcome = await new Promise<Outcome>((resolve, reject) => {
          worker.onmessage = ({ data }) => resolve(data);
          worker.onerror = (event) => {
            event.preventDefault();
            reject(new Error(event.message));
          };
          worker.postMessage(steps);
        });
        assertEquals(outcome, {
          backend: "wasm",
          kernels: "own",
          product: [11],
          // Only ours gives NaN there: TensorFlow.js's is 0.
          reluOfNaN: [NaN],
          filterGradient: [10],
          // Left to TensorFlow.js, whose kernels must have been set up.
          relu6: [6],
          refusal: "BatchMatMul for non non-float32 tensors not yet supported.",
        });
      } finally {
        worker.terminate();
      }
    },
  });
}
