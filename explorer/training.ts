/**
 * A network that trains in the page, and what can be seen of it while it does.
 *
 * @module
 */
import "@batchnorm/from-scratch/kernels";
import {
  BatchNorm,
  computeDatasetStatistics,
  createCnn,
  createMlp,
  type FashionMnist,
  IMAGE_SIZE,
  type LabeledImages,
  loadFashionMnist,
  minibatches,
  takeFirst,
  unitScaling,
  useStatistics,
} from "@batchnorm/from-scratch";
import * as tf from "@tensorflow/tfjs";
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import type { Settings } from "./settings.ts";

/** Loads TensorFlow.js's WebAssembly and the images, both from the page's own server. */
export async function prepare(): Promise<FashionMnist> {
  setWasmPaths(new URL("wasm/", location.href).href);
  await tf.setBackend("wasm");
  return await loadFashionMnist({ source: new URL("fashion-mnist/", location.href) });
}

/** How many values lie in each of some equally wide bins. */
export interface Histogram {
  low: number;
  high: number;
  counts: number[];
}

/** One hidden layer: the activation's input and output, and its BN, if it has one. */
export interface LayerView {
  name: string;
  input: Histogram;
  output: Histogram;
  bn?: { gamma: number[]; beta: number[]; moving: number[]; exact: number[] };
}

/** What is shown of a network. */
export interface View {
  step: number;
  /** Shares of validation images that are classified correctly. */
  accuracy: { moving: number; exact: number };
  layers: LayerView[];
  /** For each class, its probability for one image: once for each of some batches that it is in. */
  company: number[][];
}

/** Images that are scored, that are looked at inside, and that statistics are computed on. */
const [SCORED, INSIDE, FOR_STATISTICS] = [250, 50, 500];
/** Batches that one image is put into. */
const COMPANIES = 12;
const BINS = 30;

/** One run. */
export class Training {
  readonly losses: number[] = [];
  readonly accuracies: { step: number; moving: number; exact: number }[] = [];
  readonly #model: tf.Sequential;
  readonly #optimizer: tf.Optimizer;
  readonly #batches: Iterator<{ images: tf.Tensor; labels: tf.Tensor }>;
  readonly #validation: { images: tf.Tensor4D; labels: Uint8Array };
  readonly #data: FashionMnist;
  readonly #settings: Settings;

  constructor(data: FashionMnist, settings: Settings) {
    const { model, placement, activation, rate, depth, epsilon } = settings;
    const options = { placement, activation, seed: 1, batchNorm: { epsilon } };
    this.#data = data;
    this.#settings = settings;
    this.#model = model === "cnn"
      ? createCnn(options)
      : createMlp({ ...options, hidden: Array(depth).fill(100) });
    this.#optimizer = tf.train.sgd(rate);
    this.#batches = endless(data.train, settings.batch);
    const { images, labels } = takeFirst(data.validation, SCORED);
    this.#validation = { images: pictures(images), labels };
  }

  /** Trains on one batch; its loss may not be finite, which ends a run. */
  step(): number {
    const { images, labels } = this.#batches.next().value;
    const loss = this.#optimizer.minimize(() => {
      const logits = this.#model.apply(images, { training: true }) as tf.Tensor;
      return tf.losses.softmaxCrossEntropy(labels, logits) as tf.Scalar;
    }, true)!;
    this.losses.push(loss.dataSync()[0]);
    loss.dispose();
    return this.losses.at(-1)!;
  }

  /** Measures what is shown, and leaves the network as it was. */
  async look(image: number): Promise<View> {
    const layers = this.#model.layers.filter((layer) => layer instanceof BatchNorm);
    const moving = this.#accuracy();
    if (layers.length > 0) {
      const some = takeFirst(this.#data.train, FOR_STATISTICS);
      await computeDatasetStatistics(
        this.#model,
        () => minibatches(some, { batchSize: 250, scaling: unitScaling }),
      );
    }
    const accuracy = { moving, exact: layers.length > 0 ? this.#exactAccuracy() : moving };
    const view = {
      step: this.losses.length,
      accuracy,
      layers: this.#layers(),
      company: this.#company(image),
    };
    this.accuracies.push({ step: view.step, ...accuracy });
    return view;
  }

  /** Gives its memory back; may be called again. */
  dispose(): void {
    if (this.#validation.images.isDisposed) return;
    this.#validation.images.dispose();
    this.#batches.return?.();
    this.#model.dispose();
    this.#optimizer.dispose();
  }

  #accuracy(): number {
    const { images, labels } = this.#validation;
    const guesses = tf.tidy(() => (this.#model.predict(images) as tf.Tensor).argMax(1).dataSync());
    return labels.reduce((right, label, i) => right + Number(label === guesses[i]), 0) /
      labels.length;
  }

  #exactAccuracy(): number {
    useStatistics(this.#model, "dataset");
    const accuracy = this.#accuracy();
    useStatistics(this.#model, "moving");
    return accuracy;
  }

  /** The activations' inputs and outputs on the validation images, and what the BN layers hold. */
  #layers(): LayerView[] {
    const activations = this.#model.layers.filter((layer) => layer.getClassName() === "Activation");
    const outputs = activations.flatMap(({ input, output }) => [input, output]);
    const inside = tf.model({
      inputs: this.#model.inputs,
      outputs: outputs as tf.SymbolicTensor[],
    });
    const values = tf.tidy(() =>
      ([inside.predict(this.#validation.images.slice(0, INSIDE))].flat() as tf.Tensor[])
        .map((t) => t.dataSync())
    );
    return activations.map(({ name }, i) => {
      const prefix = name.split("_")[0];
      const bn = this.#model.layers.find((layer) => layer.name === `${prefix}_bn`);
      return {
        name: prefix,
        input: histogram(values[2 * i]),
        output: histogram(values[2 * i + 1]),
        ...bn instanceof BatchNorm ? { bn: learnedBy(bn) } : {},
      };
    });
  }

  /** One image in training mode, each time with others. */
  #company(image: number): number[][] {
    const before = this.#model.getWeights().map((weight) => weight.clone());
    const { validation } = this.#data;
    const size = this.#settings.batch;
    const rows = Array.from({ length: COMPANIES }, (_, batch) => {
      const others = Array.from(
        { length: size - 1 },
        (_, i) => (7 * image + batch * (size - 1) + i + 1) % validation.count,
      );
      return tf.tidy(() => {
        const images = pictures(pick(validation, [image, ...others]));
        const logits = this.#model.apply(images, { training: true }) as tf.Tensor2D;
        return [...logits.slice([0, 0], [1, -1]).softmax().dataSync()];
      });
    });
    this.#model.setWeights(before);
    tf.dispose(before);
    return rows;
  }
}

/** Batches of one epoch after another, shuffled anew in each. */
function* endless(train: LabeledImages, batchSize: number) {
  for (let epoch = 1;; epoch++) {
    yield* minibatches(train, { batchSize, scaling: unitScaling, shuffle: { seed: 1, epoch } });
  }
}

function learnedBy(layer: BatchNorm): LayerView["bn"] {
  const { gamma, beta } = layer.parameters;
  const [moving, exact] = (["moving", "dataset"] as const).map((kind) => {
    const { mean } = layer.storedStatistics(kind);
    return Array.from(mean);
  });
  return { gamma: [...gamma], beta: [...beta], moving, exact };
}

function histogram(values: ArrayLike<number>): Histogram {
  let [low, high] = [Infinity, -Infinity];
  for (let i = 0; i < values.length; i++) {
    if (!Number.isFinite(values[i])) continue;
    low = Math.min(low, values[i]);
    high = Math.max(high, values[i]);
  }
  const counts = Array<number>(BINS).fill(0);
  const width = (high - low) / BINS || 1;
  for (let i = 0; i < values.length; i++) {
    const bin = Math.min(BINS - 1, Math.floor((values[i] - low) / width));
    if (bin >= 0) counts[bin] += 1;
  }
  return { low, high, counts };
}

/** Grey levels of an image, 0 to 255. */
export function pixelsOf({ images }: LabeledImages, i: number): Uint8Array {
  return images.subarray(i * IMAGE_SIZE ** 2, (i + 1) * IMAGE_SIZE ** 2);
}

function pick(split: LabeledImages, indices: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(indices.length * IMAGE_SIZE ** 2);
  indices.forEach((index, i) => bytes.set(pixelsOf(split, index), i * IMAGE_SIZE ** 2));
  return bytes;
}

function pictures(bytes: Uint8Array): tf.Tensor4D {
  const count = bytes.length / IMAGE_SIZE ** 2;
  return tf.tidy(() =>
    tf.tensor4d(Float32Array.from(bytes), [count, IMAGE_SIZE, IMAGE_SIZE, 1]).div<tf.Tensor4D>(255)
  );
}
