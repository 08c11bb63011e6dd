/**
 * The training loop and evaluation. Nothing in it is about batch normalization: a model is anything
 * that maps images to logits, in training or in prediction mode.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import type { Minibatch } from "../data/minibatches.ts";
import type { Score, TestScore } from "./records.ts";

/** What {@linkcode fit} reports after each training step. */
export interface Step {
  /** From 1. */
  epoch: number;
  /** Steps done in all epochs, from 1. */
  step: number;
  /** Mean loss and accuracy of this epoch so far. */
  score: Score;
}

/** Options of {@linkcode fit}. */
export interface FitOptions {
  /** One epoch's batches; epochs count from 1. */
  batches: (epoch: number) => Iterable<Minibatch>;
  epochs: number;
  /** Rate of plain SGD at each step, from 0. */
  learningRate: (step: number) => number;
  /** Called after each step, and awaited. */
  onStep?: (step: Step) => void | Promise<void>;
  /** Called after each epoch with its mean training score, and awaited. */
  onEpoch?: (epoch: number, score: Score) => void | Promise<void>;
}

/**
 * Trains a model by stochastic gradient descent on softmax cross-entropy.
 *
 * @param model Images [B, 28, 28, 1] to logits [B, classes].
 * @param options Data, length, learning rate, callbacks.
 */
export async function fit(model: tf.LayersModel, options: FitOptions): Promise<void> {
  const variables = model.trainableWeights.map((weight) => weight.read() as tf.Variable);
  const optimizer = tf.train.sgd(options.learningRate(0));
  let step = 0;
  for (let epoch = 1; epoch <= options.epochs; epoch++) {
    const tally = new Tally();
    for (const batch of options.batches(epoch)) {
      optimizer.setLearningRate(options.learningRate(step));
      tf.tidy(() => {
        let logits!: tf.Tensor2D;
        const { value, grads } = tf.variableGrads(() => {
          logits = tf.keep(model.apply(batch.images, { training: true }) as tf.Tensor2D);
          return crossEntropy(logits, batch);
        }, variables);
        optimizer.applyGradients(grads);
        tally.add(logits, value, batch);
        logits.dispose();
      });
      step += 1;
      await options.onStep?.({ epoch, step, score: tally.score });
    }
    await options.onEpoch?.(epoch, tally.score);
  }
  optimizer.dispose();
}

/**
 * Scores a model in prediction mode.
 *
 * @param model Images [B, 28, 28, 1] to logits [B, classes].
 * @param batches The images to score; all of them count alike, however they are cut.
 */
export function evaluate(model: tf.LayersModel, batches: Iterable<Minibatch>): TestScore {
  const tally = new Tally();
  for (const batch of batches) {
    tf.tidy(() => {
      const logits = model.apply(batch.images) as tf.Tensor2D;
      tally.add(logits, crossEntropy(logits, batch), batch);
    });
  }
  return { ...tally.score, confusion: tally.confusion };
}

/** Mean over the batch of −log softmax(logits)[label], in nats. */
function crossEntropy(logits: tf.Tensor2D, { labels }: Minibatch): tf.Scalar {
  return tf.losses.softmaxCrossEntropy(labels, logits);
}

/** Running loss and confusion matrix over batches. */
class Tally {
  images = 0;
  #loss = 0;
  /** How often class i (row) was taken for class j (column). */
  readonly confusion: number[][] = [];

  add(logits: tf.Tensor2D, loss: tf.Scalar, { labels, size }: Minibatch): void {
    const classes = logits.shape[1];
    while (this.confusion.length < classes) this.confusion.push(Array(classes).fill(0));
    const actual = labels.argMax(1).dataSync();
    logits.argMax(1).dataSync().forEach((predicted, i) => this.confusion[actual[i]][predicted]++);
    this.#loss += loss.dataSync()[0] * size;
    this.images += size;
  }

  /** A loss that is no finite number is null, as JSON has none for it. */
  get score(): Score {
    const right = this.confusion.reduce((sum, row, i) => sum + row[i], 0);
    const loss = this.#loss / this.images;
    return { loss: Number.isFinite(loss) ? loss : null, accuracy: right / this.images };
  }
}
