/**
 * jax-js's side of cases.ts, in a worker of its own: on its WASM backend, with one thread, steps
 * compiled by its `jit`. It keeps images channels first.
 *
 * Requests and answers are those of pytorch.py.
 *
 * @module
 */
import type { numpy as Numpy } from "@jax-js/jax";
import config from "../../deno.json" with { type: "json" };
import type { Spec } from "../cases.ts";

type NdArray = Numpy.Array;
type Call = () => Promise<void>;
type Of<Kind> = Extract<Spec, { kind: Kind }>;

// Without shared memory jax-js computes where it is called and starts no workers.
Reflect.deleteProperty(globalThis, "SharedArrayBuffer");
const jax = await import("@jax-js/jax");
const { numpy: np, lax, nn, tree } = jax;
await jax.init("wasm");
jax.defaultDevice("wasm");

function setUp(spec: Spec): Call | undefined {
  switch (spec.kind) {
    case "product":
      return product(spec);
    case "step":
      return step(spec);
    case "batch-norm":
      return spec.textbook ? undefined : batchNormGradients(spec);
  }
}

function product({ product, batch, inputs, outputs }: Of<"product">): Call {
  const x = normal([batch, inputs]);
  const w = normal([inputs, outputs]);
  const dy = normal([batch, outputs]);
  const call = {
    forward: () => np.matmul(x.ref, w.ref),
    weights: () => np.matmul(x.ref.transpose(), dy.ref),
    inputs: () => np.matmul(dy.ref, w.ref.transpose()),
  }[product];
  return async () => (await call().blockUntilReady()).dispose();
}

/** dx, dγ and dβ of Σ y·dy, whose value it computes too. */
function batchNormGradients({ shape: [n, h, w, c] }: Of<"batch-norm">): Call {
  const given = { x: normal([n, c, h, w]), dy: normal([n, c, h, w]), ...affine(c) };
  type Given = typeof given;
  const gradients = jax.jit(
    jax.grad(({ x, dy, gamma, beta }: Given) => batchNorm(x, { gamma, beta }).mul(dy).sum()),
  );
  return async () => {
    const result = gradients(tree.ref(given));
    await jax.blockUntilReady(result);
    tree.dispose(result);
  };
}

// ---- The models ------------------------------------------------------------------------------------

type Affine = { gamma: NdArray; beta: NdArray };
/** Of bias and bn at most one each; jax-js's trees know no null. */
type Layer = { weight: NdArray; bias: NdArray[]; bn: Affine[] };

/** The same step as everywhere: forward, cross-entropy, backward, plain SGD. */
function step({ model, placement, batch }: Of<"step">): Call {
  const hidden = (shape: number[], fanIn: number): Layer => ({
    weight: normal(shape, Math.sqrt(2 / fanIn)),
    bias: placement === "pre" ? [] : [np.zeros([shape.length === 4 ? shape[0] : shape[1]])],
    bn: placement === "none" ? [] : [affine(shape.length === 4 ? shape[0] : shape[1])],
  });
  const dense = (inputs: number, outputs: number) => hidden([inputs, outputs], inputs);
  const layers = model === "mlp"
    ? [dense(784, 256), dense(256, 128), dense(128, 100)]
    : [hidden([30, 1, 5, 5], 25), dense(30 * 14 * 14, 100)];
  layers.push({ weight: normal([100, 10], Math.sqrt(2 / 100)), bias: [np.zeros([10])], bn: [] });

  const activated = (f: NdArray, { bn: [bn] }: Layer) => {
    if (!bn) return nn.relu(f);
    return placement === "pre" ? nn.relu(batchNorm(f, bn)) : batchNorm(nn.relu(f), bn);
  };
  const lossOf = (layers: Layer[], images: NdArray, labels: NdArray) => {
    let x = images;
    layers.forEach((layer, i) => {
      if (layer.weight.ndim === 4) {
        x = activated(plus(lax.conv(x, layer.weight, [1, 1], "SAME"), layer.bias), layer);
        x = np.max(x.reshape([batch, 30, 14, 2, 14, 2]), [3, 5]).reshape([batch, 30 * 14 * 14]);
      } else {
        const f = plus(np.matmul(x, layer.weight), layer.bias);
        x = i < layers.length - 1 ? activated(f, layer) : f;
      }
    });
    return nn.logSoftmax(x, -1).mul(labels).sum().mul(-1 / batch);
  };
  const train = jax.jit((layers: Layer[], images: NdArray, labels: NdArray) => {
    const gradients = jax.grad(lossOf)(tree.ref(layers), images, labels);
    return tree.map((w: NdArray, dw: NdArray) => w.sub(dw.mul(0.1)), layers, gradients);
  });

  const batches = Array.from({ length: 2048 / batch }, () => ({
    images: uniform(model === "mlp" ? [batch, 784] : [batch, 1, 28, 28]),
    labels: nn.oneHot(np.array(labelsOf(batch), { dtype: np.int32 }), 10),
  }));
  let weights = layers;
  let next = 0;
  return async () => {
    const { images, labels } = batches[next++ % batches.length];
    weights = train(weights, images.ref, labels.ref) as Layer[];
    await jax.blockUntilReady(weights);
  };
}

function affine(channels: number): Affine {
  return { gamma: np.ones([channels]), beta: np.zeros([channels]) };
}

/** y = γ·(x − µ̂)/√(σ̂² + ε) + β; channels are the second axis. */
function batchNorm(x: NdArray, { gamma, beta }: Affine): NdArray {
  const axes = x.ndim === 4 ? [0, 2, 3] : [0];
  const shape = x.ndim === 4 ? [1, -1, 1, 1] : [1, -1];
  const mean = np.mean(x.ref, axes, { keepdims: true });
  const centered = x.sub(mean);
  const variance = np.mean(np.square(centered.ref), axes, { keepdims: true });
  const xHat = centered.div(np.sqrt(variance.add(1e-3)));
  return xHat.mul(gamma.reshape(shape)).add(beta.reshape(shape));
}

function plus(x: NdArray, [bias]: NdArray[]): NdArray {
  if (!bias) return x;
  return x.add(x.ndim === 4 ? bias.reshape([1, -1, 1, 1]) : bias);
}

function filled(shape: number[], value: () => number): NdArray {
  const length = shape.reduce((a, b) => a * b);
  return np.array(Float32Array.from({ length }, value)).reshape(shape);
}

const uniform = (shape: number[]) => filled(shape, Math.random);
const labelsOf = (length: number) =>
  Int32Array.from({ length }, () => Math.floor(Math.random() * 10));

function normal(shape: number[], standardDeviation = 1): NdArray {
  const one = () =>
    Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());
  return filled(shape, () => standardDeviation * one());
}

// ---- Requests --------------------------------------------------------------------------------------

const prepared: (Call | undefined)[] = [];

async function answer(request: { prepare?: Spec; time?: number; times?: number; stop?: number }) {
  if (request.prepare) {
    const call = setUp(request.prepare);
    prepared.push(call);
    return { ids: call ? [prepared.length - 1] : [] };
  }
  if (request.time === undefined) return {};
  const { time, times = 1 } = request;
  const start = performance.now();
  for (let i = 0; i < times; i++) await prepared[time]!();
  return { seconds: (performance.now() - start) / 1000 / times };
}

const port = globalThis as unknown as Worker;
port.onmessage = async ({ data }) => {
  try {
    port.postMessage(await answer(data));
  } catch (error) {
    port.postMessage({ error: `${error}` });
  }
};
port.postMessage({ version: config.imports["@jax-js/jax"].split("@").at(-1) });
