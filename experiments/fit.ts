/**
 * The training loop and evaluation. Nothing in it is about batch normalization: a model is anything
 * that maps images to logits, in training or in prediction mode, or refuses values that are not finite.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { NotFiniteError } from "../bn/batch_norm_layer.ts";
import { assertOptions, assertRule, COUNT, FUNCTION, type Rule } from "../bn/options.ts";
import { inTrainingStep } from "../kernels/mod.ts";
import type { Minibatch } from "../data/minibatches.ts";
import type { Score, TestScore } from "./record.ts";

/** What {@linkcode fit} reports after each training step. */
export interface Step {
  /** From 1. */
  epoch: number;
  /** Steps done in all epochs, from 1. */
  step: number;
  /** Mean loss of this step's batch, before the step; null if it is not finite. */
  loss: number | null;
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

const FIT_RULES: Record<keyof FitOptions, Rule> = {
  batches: FUNCTION,
  epochs: COUNT,
  learningRate: FUNCTION,
  onStep: FUNCTION,
  onEpoch: FUNCTION,
};

/**
 * Trains a model by stochastic gradient descent on softmax cross-entropy.
 *
 * Once the loss is not finite it stays so: training ends there, and the epochs that are left are
 * reported with the score of the one in which it happened.
 *
 * @param model Images [B, 28, 28, 1] to logits [B, classes].
 * @param options Data, length, learning rate, callbacks.
 * @returns The step, from 1, at which training diverged; null if it did not.
 * @throws {TypeError} If an option has an unknown name or a value that it cannot have.
 */
export async function fit(model: tf.LayersModel, options: FitOptions): Promise<number | null> {
  const task = "train a model";
  assertOptions(task, options, FIT_RULES);
  assertRule(task, "epochs", options.epochs, COUNT);
  const variables = model.trainableWeights.map((weight) => weight.read() as tf.Variable);
  let step = 0;
  let tally = new Tally();
  let diverged: number | null = null;
  for (let epoch = 1; epoch <= options.epochs; epoch++) {
    if (diverged === null) tally = new Tally();
    for (const batch of diverged === null ? options.batches(epoch) : []) {
      let batchLoss = NaN;
      try {
        const { logits, loss } = descend(model, variables, batch, options.learningRate(step));
        batchLoss = tally.add(logits, loss, batch);
        tf.dispose([logits, loss]);
      } catch (error) {
        if (!(error instanceof NotFiniteError)) throw error;
        tally.addRefused(batch);
      }
      step += 1;
      if (tally.score.loss === null) diverged = step;
      await options.onStep?.({ epoch, step, loss: finite(batchLoss), score: tally.score });
      if (diverged !== null) break;
    }
    await options.onEpoch?.(epoch, tally.score);
  }
  return diverged;
}

/** What a model makes of a batch. */
type Outcome = {
  /** [B, classes] */
  logits: tf.Tensor2D;
  loss: tf.Scalar;
};

/**
 * One step of gradient descent.
 *
 * @param model In training mode.
 * @param variables Those of its weights that take the step.
 * @param batch Images and labels.
 * @param learningRate η.
 * @returns Logits and loss before the step, for the caller to dispose of.
 */
export function descend(
  model: tf.LayersModel,
  variables: tf.Variable[],
  batch: Pick<Minibatch, "images" | "labels">,
  learningRate: number,
): Outcome {
  return inTrainingStep(() =>
    tf.tidy(() => {
      let outcome!: Outcome;
      const { grads } = tf.variableGrads(() => {
        const logits = model.apply(batch.images, { training: true }) as tf.Tensor2D;
        const loss = crossEntropy(logits, batch.labels);
        outcome = { logits: tf.keep(logits), loss: tf.keep(loss) };
        return loss.mul<tf.Scalar>(learningRate);
      }, variables);
      // w ← w − η·∂L/∂w, where η·∂L/∂w is the gradient of η·L
      for (const variable of variables) {
        const change = grads[variable.name];
        if (change) variable.assign(variable.sub(change));
      }
      return outcome;
    })
  );
}

/** A score, and whether each image got its class, in the order of the batches. */
export interface Evaluation extends TestScore {
  right: boolean[];
}

/**
 * Scores a model, in prediction mode unless it is told otherwise.
 *
 * @param model Images [B, 28, 28, 1] to logits [B, classes].
 * @param batches The images to score; in prediction mode all of them count alike, however they are
 * cut.
 */
export function evaluate(
  model: tf.LayersModel,
  batches: Iterable<Minibatch>,
  { training = false } = {},
): Evaluation {
  const right: boolean[] = [];
  const tally = new Tally(right);
  for (const batch of batches) {
    tf.tidy(() => {
      const logits = model.apply(batch.images, { training }) as tf.Tensor2D;
      tally.add(logits, crossEntropy(logits, batch.labels), batch);
    });
  }
  return { ...tally.score, confusion: tally.confusion, right };
}

/**
 * L = −1/B Σ log softmax(z)[label], the mean over the batch in nats.
 *
 * @param logits z, [B, classes].
 * @param labels One-hot, [B, classes].
 */
export function crossEntropy(logits: tf.Tensor2D, labels: tf.Tensor2D): tf.Scalar {
  const B = logits.shape[0];
  return tf.customGrad((z, save) => {
    // log p = z − max z − log Σ exp(z − max z), which overflows nowhere       [B, classes]
    const shifted = (z as tf.Tensor).sub((z as tf.Tensor).max(1, true));
    const logP = shifted.sub(shifted.exp().sum(1, true).log());
    (save as tf.GradSaveFunc)([logP]);
    return {
      value: logP.mul(labels).sum().div(-B),
      // dL/dz = (p − onehot)/B                                                [B, classes]
      gradFunc: (dL, saved) => (saved as tf.Tensor[])[0].exp().sub(labels).mul(dL.div(B)),
    };
  })(logits) as tf.Scalar;
}

/** Running loss and confusion matrix over batches. */
class Tally {
  images = 0;
  #loss = 0;
  /** How often class i (row) was taken for class j (column). */
  readonly confusion: number[][] = [];

  /** @param right Takes whether each image got its class, in the order in which they come. */
  constructor(private readonly right?: boolean[]) {}

  /** @returns The batch's loss. */
  add(logits: tf.Tensor2D, loss: tf.Scalar, { labels, size }: Minibatch): number {
    const classes = logits.shape[1];
    while (this.confusion.length < classes) this.confusion.push(Array(classes).fill(0));
    const actual = argMax(labels);
    argMax(logits).forEach((predicted, i) => {
      this.confusion[actual[i]][predicted]++;
      this.right?.push(predicted === actual[i]);
    });
    const [value] = loss.dataSync();
    this.#loss += value * size;
    this.images += size;
    return value;
  }

  /** A batch that the model refused: wrong in every image, with a loss that is not finite. */
  addRefused({ size }: Minibatch): void {
    this.#loss = NaN;
    this.images += size;
  }

  /** A loss that is not finite is null, as JSON has no number for it. */
  get score(): Score {
    const right = this.confusion.reduce((sum, row, i) => sum + row[i], 0);
    return { loss: finite(this.#loss / this.images), accuracy: right / this.images };
  }
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

/** The argmax of each row. */
function argMax(rows: tf.Tensor2D): Int32Array {
  const places = rows.argMax(1);
  const values = places.dataSync<"int32">();
  places.dispose();
  return values;
}
