/**
 * TensorFlow.js on its WASM backend, in this process: with its own kernels and with ours.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import process from "node:process";
import { batchNormTraining } from "../bn/batch_norm.ts";
import type { LabeledImages } from "../data/labeled_images.ts";
import { minibatches } from "../data/minibatches.ts";
import { unitScaling } from "../data/scaling.ts";
import { DEFAULTS } from "../experiments/experiment.ts";
import { descend, fit } from "../experiments/fit.ts";
import {
  type Blas,
  blasInUse,
  closeBlas,
  inTrainingStep,
  type KernelChoice,
  openBlas,
  useKernels,
} from "../kernels/mod.ts";
import { createCnn } from "../models/cnn.ts";
import { createMlp } from "../models/mlp.ts";
import type { Spec } from "./cases.ts";
import { type Contender, OURS, OURS_BLAS } from "./measure.ts";

type Of<Kind> = Extract<Spec, { kind: Kind }>;
/** What one call does, and what it leaves to be freed. */
interface Work {
  call(): void | Promise<void>;
  stop(): void;
}

/** The contender "stock" or "own", and "own" with a BLAS for what a training step multiplies. */
export function tensorflow(kernels: KernelChoice, blas?: Blas): Contender {
  const name = kernels === "stock" ? "stock" : blas ? OURS_BLAS : OURS;
  if (blas) Deno.dlopen(blas.path, {}); // stays loaded, with its memory, while others take turns
  const choose = () => {
    useKernels(kernels);
    if (blas) openBlas(blas.path);
    else if (blasInUse()) closeBlas();
  };
  return {
    name,
    about: `${name}: TensorFlow.js ${tf.version_core}, WASM backend` +
      (blas ? `, products by ${blas.library} ${blas.version}, one thread` : ""),
    spent: { seconds: 0, cpu: 0 },
    // deno-lint-ignore require-await
    prepare: async (spec) => {
      choose();
      const work = workOf(spec, kernels);
      return [{
        time: async (times) => {
          choose();
          const start = performance.now();
          const cpuStart = process.cpuUsage();
          for (let i = 0; i < times; i++) {
            const pending = inTrainingStep(work.call);
            if (pending) await pending;
          }
          const seconds = (performance.now() - start) / 1000;
          const { user, system } = process.cpuUsage(cpuStart); // µs
          return { seconds: seconds / times, cpu: (user + system) / 1e6 / times };
        },
        stop: work.stop,
      }];
    },
  };
}

function workOf(spec: Spec, kernels: KernelChoice): Work {
  switch (spec.kind) {
    case "batch-norm":
      return batchNorm(spec, kernels);
    case "product":
      return product(spec);
    case "convolution":
      return convolution(spec);
    case "pooling":
      return pooling(spec);
    case "step":
      return step(spec);
    case "epoch":
      return epoch(spec);
  }
}

/** Stock is what `tf.layers.batchNormalization` computes in training, with TensorFlow.js's gradients. */
function batchNorm({ shape, textbook = false }: Of<"batch-norm">, kernels: KernelChoice): Work {
  const channels = shape[3];
  const given = [tf.randomNormal(shape), tf.ones([channels]), tf.zeros([channels])];
  const dy = tf.randomNormal(shape);
  const layers = (x: tf.Tensor, gamma: tf.Tensor1D, beta: tf.Tensor1D) => {
    const { mean, variance } = tf.moments(x, [0, 1, 2]);
    const statistics = [mean, variance] as tf.Tensor1D[];
    return tf.batchNorm4d(x as tf.Tensor4D, statistics[0], statistics[1], beta, gamma, 1e-3);
  };
  const ours = (x: tf.Tensor, gamma: tf.Tensor1D, beta: tf.Tensor1D) =>
    batchNormTraining(x, { gamma, beta, textbook }).y;
  const f = kernels === "stock" && !textbook ? layers : ours;
  const gradients = tf.grads(f as (...args: tf.Tensor[]) => tf.Tensor);
  return computing(() => void gradients(given, dy), [...given, dy]);
}

function product({ product, batch, inputs, outputs }: Of<"product">): Work {
  const x = tf.randomNormal<tf.Rank.R2>([batch, inputs]);
  const w = tf.randomNormal<tf.Rank.R2>([inputs, outputs]);
  const dy = tf.randomNormal<tf.Rank.R2>([batch, outputs]);
  const call = {
    forward: () => void tf.matMul(x, w),
    weights: () => void tf.matMul(x, dy, true, false),
    inputs: () => void tf.matMul(dy, w, false, true),
  }[product];
  return computing(call, [x, w, dy]);
}

function convolution({ product, shape, size, filters }: Of<"convolution">): Work {
  const [n, h, w, c] = shape;
  const x = tf.randomNormal(shape);
  const filter = tf.randomNormal([size, size, c, filters]);
  const dy = tf.randomNormal([n, h, w, filters]);
  const attributes = { strides: 1, pad: "same", dataFormat: "NHWC", dilations: 1 };
  const [kernel, given, shapes] = {
    forward: ["Conv2D", { x, filter }, {}],
    filter: ["Conv2DBackpropFilter", { x, dy }, { filterShape: filter.shape }],
    inputs: ["Conv2DBackpropInput", { dy, filter }, { inputShape: shape }],
  }[product] as [string, tf.NamedTensorMap, tf.NamedAttrMap];
  return computing(() => void tf.engine().runKernel(kernel, given, { ...attributes, ...shapes }), [
    x,
    filter,
    dy,
  ]);
}

function pooling({ shape }: Of<"pooling">): Work {
  const input = tf.randomNormal<tf.Rank.R4>(shape);
  const output = tf.maxPool(input, 2, 2, "valid");
  const dy = tf.randomNormal(output.shape);
  const attributes = { filterSize: 2, strides: 2, pad: "valid" };
  const given = { dy, input, output };
  return computing(
    () => void tf.engine().runKernel("MaxPoolGrad", given, attributes),
    [dy, input, output],
  );
}

/** Images in the data of {@linkcode step}: enough that they are not learned by heart at once. */
const STEP_IMAGES = 2048;

function create({ model, placement }: Of<"step" | "epoch">): tf.LayersModel {
  return model === "mlp" ? createMlp({ placement }) : createCnn({ placement });
}

function step(spec: Of<"step">): Work {
  const model = create(spec);
  const variables = model.trainableWeights.map((weight) => weight.read() as tf.Variable);
  // Cloned while the generator stands at them: it disposes of a batch when asked for the next.
  const batches = Array.from(
    minibatches(noise(STEP_IMAGES), { batchSize: spec.batch, scaling: unitScaling }),
    ({ images, labels }) => ({ images: images.clone(), labels: labels.clone() }),
  );
  let next = 0;
  return computing(
    () => {
      const batch = batches[next++ % batches.length];
      tf.dispose(descend(model, variables, batch, DEFAULTS.learningRate));
    },
    batches.flatMap(({ images, labels }) => [images, labels]),
    () => void model.dispose(),
  );
}

function epoch(spec: Of<"epoch">): Work {
  const model = create(spec);
  const data = noise(spec.images);
  return {
    call: async () => {
      await fit(model, {
        epochs: 1,
        batches: (epoch) =>
          minibatches(data, {
            batchSize: spec.batch,
            scaling: unitScaling,
            shuffle: { seed: 1, epoch },
          }),
        learningRate: () => DEFAULTS.learningRate,
      });
    },
    stop: () => void model.dispose(),
  };
}

/** Work that leaves no tensors behind. */
function computing(call: () => void, held: tf.Tensor[], stop = () => {}): Work {
  return {
    call: () => tf.tidy(call),
    stop: () => {
      tf.dispose(held);
      stop();
    },
  };
}

/** Random pixels with random labels: times do not depend on what the images show. */
function noise(count: number): LabeledImages {
  const bytes = (length: number, end: number) =>
    Uint8Array.from({ length }, () => Math.floor(Math.random() * end));
  return { images: bytes(count * 784, 256), labels: bytes(count, 10), count };
}
