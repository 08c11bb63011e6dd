/**
 * One image with another rest of its batch each time: what batch statistics do to a prediction.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { assertOptions, BOOLEAN, COUNT, INTEGER, type Rule, SEED } from "../../bn/options.ts";
import { IMAGE_SIZE, type LabeledImages, takeFirst } from "../../data/labeled_images.ts";
import { minibatches } from "../../data/minibatches.ts";
import { shuffledIndices } from "../../data/shuffle.ts";
import { unitScaling } from "../../data/scaling.ts";
import { restoring } from "../../experiments/measures.ts";
import { pixelsOf } from "../../figures/sample_images.ts";

/** The probabilities that a model gives the classes of one image, in one batch after another. */
export interface Votes {
  /** Which image of the split. */
  image: number;
  /** Its class. */
  label: number;
  /** For each batch, the probability of each class. */
  probabilities: number[][];
}

/** Options of {@linkcode voteAmong}. */
export interface VoteOptions {
  /** Which image of the split. */
  image: number;
  /** Other images in its batch. */
  others: number;
  /** How many batches. */
  batches: number;
  /** Seed of the choice of the others. */
  seed: number;
  /** Training mode, or prediction mode. */
  training: boolean;
}

const VOTE_RULES: Record<keyof VoteOptions, Rule> = {
  image: INTEGER,
  others: INTEGER,
  batches: COUNT,
  seed: SEED,
  training: BOOLEAN,
};

/** Classifies one image in many batches that differ in the other images alone. The model stays as it was. */
export function voteAmong(
  model: tf.LayersModel,
  split: LabeledImages,
  options: VoteOptions,
): Votes {
  assertOptions("vote", options, VOTE_RULES);
  const { image, others, batches, seed, training } = options;
  const probabilities = restoring(model, () =>
    Array.from({ length: batches }, (_, batch) => {
      const chosen = [...shuffledIndices(split.count, seed, batch)]
        .filter((other) => other !== image).slice(0, others);
      return tf.tidy(() => {
        const logits = model.apply(pick(split, [image, ...chosen]), { training }) as tf.Tensor2D;
        return [...logits.slice([0, 0], [1, -1]).softmax().dataSync()];
      });
    }));
  return { image, label: split.labels[image], probabilities };
}

/** The image whose two likeliest classes are closest in prediction mode, among the first thousand. */
export function mostUndecided(model: tf.LayersModel, split: LabeledImages): number {
  const first = takeFirst(split, Math.min(1_000, split.count));
  const margins: number[] = [];
  for (const { images } of minibatches(first, { batchSize: 250, scaling: unitScaling })) {
    const values = tf.tidy(() =>
      (model.predict(images) as tf.Tensor2D).softmax().topk(2).values.arraySync() as number[][]
    );
    margins.push(...values.map(([highest, second]) => highest - second));
  }
  return margins.indexOf(Math.min(...margins));
}

/** Some images of a split as a batch, [n, 28, 28, 1], ÷255. */
export function pick(split: LabeledImages, indices: readonly number[]): tf.Tensor4D {
  const bytes = indices.flatMap((i) => [...pixelsOf(split, i)]);
  const shape: [number, number, number, number] = [indices.length, IMAGE_SIZE, IMAGE_SIZE, 1];
  return tf.tidy(() => tf.tensor4d(bytes, shape).div<tf.Tensor4D>(255));
}
