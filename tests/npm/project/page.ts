/// <reference types="vite/client" />
/**
 * A page that trains a network and says what came of it. Its address chooses the backend, the model, the
 * kernels, whether TensorFlow.js may use its threaded module, and the number of steps.
 */
import { BatchNorm, createCnn, createMlp } from "@batchnorm/from-scratch";
import { useKernels } from "@batchnorm/from-scratch/kernels";
import * as tf from "@tensorflow/tfjs";
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import plain from "@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm?url";
import simd from "@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url";
import threaded from "@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-threaded-simd.wasm?url";
import "@tensorflow/tfjs-backend-webgpu";

const chosen = new URLSearchParams(location.search);

setWasmPaths({
  "tfjs-backend-wasm.wasm": plain,
  "tfjs-backend-wasm-simd.wasm": simd,
  "tfjs-backend-wasm-threaded-simd.wasm": threaded,
});
if (!chosen.has("threads")) tf.env().set("WASM_HAS_MULTITHREAD_SUPPORT", false);
await tf.setBackend(chosen.get("backend")!);
if (chosen.has("stock")) useKernels("stock");

const create = chosen.has("mlp") ? createMlp : createCnn;
const model = create({ placement: "pre", seed: 1 });
model.compile({ optimizer: tf.train.sgd(0.1), loss: tf.losses.softmaxCrossEntropy });
const images = tf.randomUniform([64, 28, 28, 1], 0, 1, "float32", 1);
const labels = tf.oneHot(tf.range(0, 64, 1, "int32").mod(tf.scalar(10, "int32")), 10);

const steps = Number(chosen.get("steps") ?? 10);
const losses: number[] = [];
let start = 0;
for (let step = 0; step < steps; step++) {
  losses.push(await model.trainOnBatch(images, labels) as number);
  if (step === 1) start = performance.now(); // behind all compilation
}
const imagesPerSecond = 64 * (steps - 2) / ((performance.now() - start) / 1000);
const moving = model.layers.filter((layer) => layer instanceof BatchNorm)
  .map((layer) => (layer as BatchNorm).getWeights()[2]);
const movingMeans = await Promise.all(moving.map((tensor) => tensor.data()));
document.querySelector("[role=status]")!.textContent = JSON.stringify({
  backend: tf.getBackend(),
  isolated: crossOriginIsolated,
  losses,
  imagesPerSecond,
  movingMeans: movingMeans.map((mean) => [...mean]),
});
