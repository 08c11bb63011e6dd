/// <reference lib="deno.worker" />
/**
 * Takes its steps in the order that it is told, each in a TensorFlow.js of its own, and answers with
 * what comes out in the end.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import "@tensorflow/tfjs-backend-wasm"; // for its effect: it registers the "wasm" backend

/** What to do, in order. */
export type Steps = ("import" | "initialize" | "compute" | "stock" | "own")[];

/** What came out. */
export interface Outcome {
  backend: string;
  kernels: string;
  product: number[];
  reluOfNaN: number[];
  filterGradient: number[];
  relu6: number[];
  refusal: string;
}

const images = () => tf.tensor4d([1, 2, 3, 4], [1, 2, 2, 1]);
const filter = () => tf.ones<tf.Rank.R4>([1, 1, 1, 1]);
const values = (tensor: tf.Tensor) => [...tensor.dataSync()];

async function outcomeOf(steps: Steps): Promise<Outcome> {
  let kernels: typeof import("../../kernels/mod.ts") | undefined;
  for (const step of steps) {
    if (step === "import") kernels = await import("../../kernels/mod.ts");
    else if (step === "initialize") await tf.setBackend("wasm");
    else if (step === "compute") tf.matMul(tf.ones([2, 2]), tf.ones([2, 2])).dataSync();
    else kernels?.useKernels(step);
  }
  return {
    backend: tf.getBackend(),
    kernels: kernels!.kernelsInUse(),
    product: values(tf.matMul(tf.tensor2d([[1, 2]]), tf.tensor2d([[3], [4]]))),
    reluOfNaN: values(
      tf.fused.matMul({ a: tf.tensor2d([[NaN]]), b: tf.tensor2d([[1]]), activation: "relu" }),
    ),
    filterGradient: values(
      tf.grad((w) => tf.conv2d(images(), w as tf.Tensor4D, 1, "valid"))(filter()),
    ),
    relu6: values(
      tf.fused.conv2d({
        x: tf.tensor4d([7], [1, 1, 1, 1]),
        filter: filter(),
        strides: 1,
        pad: "valid",
        activation: "relu6",
      }),
    ),
    refusal: messageOf(() => tf.matMul(tf.ones([1, 1], "int32"), tf.ones([1, 1], "int32"))),
  };
}

function messageOf(fails: () => unknown): string {
  try {
    fails();
    return "none";
  } catch (error) {
    return (error as Error).message;
  }
}

self.onmessage = async ({ data }: MessageEvent<Steps>) => self.postMessage(await outcomeOf(data));
