/**
 * Data that are made up and experiments that train in a blink, for tests of what happens around the
 * training.
 *
 * @module
 */
import type { FashionMnist } from "../data/fashion_mnist.ts";
import { IMAGE_SIZE, type LabeledImages } from "../data/labeled_images.ts";
import type { Experiment } from "../experiments/experiment.ts";

const PIXELS = IMAGE_SIZE * IMAGE_SIZE;

/** How many images the tiny data have. */
const TINY_IMAGES = { train: 48, validation: 20, test: 20 };

/** Grey images of made-up pixels; image i of each split has the label 7i mod 10. */
export function tinyData(changes: Partial<FashionMnist> = {}): FashionMnist {
  return {
    train: tinySplit(TINY_IMAGES.train),
    validation: tinySplit(TINY_IMAGES.validation),
    test: tinySplit(TINY_IMAGES.test),
    sha256: {},
    checksum: "0123456789abcdef".repeat(4),
    source: "/made/up",
    ...changes,
  };
}

function tinySplit(count: number): LabeledImages {
  return {
    images: Uint8Array.from({ length: count * PIXELS }, (_, i) => (i * i) % 251),
    labels: Uint8Array.from({ length: count }, (_, i) => (7 * i) % 10),
    count,
  };
}

/** An MLP with one narrow layer, one epoch, three steps of training. */
export function tinyExperiment(changes: Partial<Experiment> = {}): Experiment {
  return {
    name: "tiny",
    architecture: "mlp",
    placement: "pre",
    hidden: [4],
    filters: 0,
    activation: "relu",
    scaling: "unit",
    epochs: 1,
    batchSize: 16,
    learningRate: 0.1,
    schedule: "linear",
    momentum: 0.9,
    epsilon: 1e-3,
    images: TINY_IMAGES,
    measure: ["layers", "histograms"],
    ...changes,
  };
}
