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
  loadFashionMnist,
  type Minibatch,
  minibatches,
  takeFirst,
  unitScaling as scaling,
  useStatistics,
} from "@batchnorm/from-scratch";
import * as tf from "@tensorflow/tfjs";
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import type { Curve, Distributions } from "./charts.tsx";
import type { Settings } from "./settings.ts";

/** Loads TensorFlow.js's WebAssembly and the images, both from the page's own server. */
export async function prepare(): Promise<FashionMnist> {
  setWasmPaths(new URL("wasm/", location.href).href);
  await tf.setBackend("wasm");
  return await loadFashionMnist({ source: new URL("fashion-mnist/", location.href) });
}

/** What BN can predict with; ordinarily the last. */
const KINDS = ["dataset", "moving"] as const;
/** Images scored, looked at inside, and for dataset statistics; batches that one image is put in. */
export const [SCORED, INSIDE, FOR_STATISTICS, COMPANIES] = [250, 50, 500, 12];

/** One run. */
export class Training {
  /** Of the training batches, smoothed over a few steps. */
  readonly losses: Curve = [];
  /** Validation accuracy in percent, by the statistics that BN predicts with. */
  readonly accuracies: Record<"dataset" | "moving", Curve> = { dataset: [], moving: [] };
  readonly #model: tf.Sequential;
  readonly #batches: Generator<Minibatch>;
  readonly #validation: Minibatch;

  constructor(readonly data: FashionMnist, private readonly settings: Settings) {
    const { model, placement, activation, rate, batch, depth, epsilon } = settings;
    const options = { placement, activation, seed: 1, batchNorm: { epsilon } };
    this.#model = model === "cnn"
      ? createCnn(options)
      : createMlp({ ...options, hidden: Array(depth).fill(100) });
    this.#model.compile({ optimizer: tf.train.sgd(rate), loss: tf.losses.softmaxCrossEntropy });
    this.#batches = endless(data, batch);
    this.#validation = minibatches(data.validation, { batchSize: SCORED, scaling }).next().value!;
  }

  /** Trains on one batch. */
  async step(): Promise<void> {
    const { images, labels } = this.#batches.next().value;
    const loss = await this.#model.trainOnBatch(images, labels) as number;
    const [, before] = this.losses.at(-1) ?? [0, loss];
    this.losses.push([this.losses.length + 1, 0.7 * before + 0.3 * loss]);
    if (!Number.isFinite(loss)) {
      throw new Error("The loss is not finite: this run has ended. Try a lower learning rate.");
    }
  }

  /** Measures accuracies and what is in the layers, and leaves the network as it was. */
  async look(): Promise<Distributions[]> {
    const some = takeFirst(this.data.train, FOR_STATISTICS);
    const batches = () => minibatches(some, { batchSize: FOR_STATISTICS, scaling });
    await computeDatasetStatistics(this.#model, batches);
    const { images, labels } = this.#validation;
    for (const kind of KINDS) {
      useStatistics(this.#model, kind);
      const accuracy = tf.tidy(() => {
        const logits = this.#model.predict(images) as tf.Tensor;
        return tf.metrics.categoricalAccuracy(labels, logits).mean().dataSync()[0];
      });
      this.accuracies[kind].push([this.losses.length, 100 * accuracy]);
    }
    const norms = this.#model.layers.filter((layer) => layer instanceof BatchNorm);
    const values = tf.tidy(() => {
      let output: tf.Tensor = images.slice(0, INSIDE);
      return this.#model.layers.flatMap((layer) => {
        const both = [output, output = layer.apply(output) as tf.Tensor];
        if (layer.getClassName() !== "Activation") return [];
        return [both.map((tensor) => tensor.dataSync())];
      });
    });
    const means = norms.map((layer) => KINDS.map((kind) => layer.storedStatistics(kind).mean));
    const learned = norms.map(({ parameters: { gamma, beta } }) => [gamma, beta]);
    const all: Distributions[] = [
      { title: "activations", names: ["input", "output"], layers: values },
      { title: "learned by BN", names: ["γ", "β"], layers: learned },
      { title: "mean of BN’s input", names: ["dataset", "moving average"], layers: means },
    ];
    return all.filter(({ layers }) => layers.length > 0);
  }

  /** Probabilities of the classes, in percent, for one image in training mode: a row for each batch. */
  company(image: number): number[][] {
    const before = this.#model.getWeights().map((weight) => weight.clone());
    const batchSize = this.settings.batch - 1;
    const others = takeFirst(this.data.train, COMPANIES * batchSize);
    const rows = Array.from(
      minibatches(others, { batchSize, scaling }),
      ({ images }) =>
        tf.tidy(() => {
          const batch = tf.concat([this.#validation.images.slice(image, 1), images]);
          const logits = this.#model.apply(batch, { training: true }) as tf.Tensor2D;
          return [...logits.slice(0, 1).softmax().mul(100).dataSync()];
        }),
    );
    this.#model.setWeights(before);
    tf.dispose(before);
    return rows;
  }

  /** Draws a validation image. */
  async draw(image: number, canvas: HTMLCanvasElement): Promise<void> {
    const picture = tf.tidy(() => this.#validation.images.slice(image, 1).squeeze<tf.Tensor2D>());
    await tf.browser.toPixels(picture, canvas);
    picture.dispose();
  }

  /** Gives its memory back. */
  dispose(): void {
    tf.dispose([this.#validation.images, this.#validation.labels]);
    this.#batches.return(undefined);
    this.#model.optimizer.dispose();
    this.#model.dispose();
  }
}

/** Batches of one epoch after another, shuffled anew in each. */
function* endless({ train }: FashionMnist, batchSize: number): Generator<Minibatch> {
  for (let epoch = 1;; epoch++) {
    yield* minibatches(train, { batchSize, scaling, shuffle: { seed: 1, epoch } });
  }
}
