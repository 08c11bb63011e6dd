/**
 * What counts as a dataset and as a batch where only a model's inputs are wanted.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { inWords } from "./options.ts";

/** One batch of a model's inputs; a model with several inputs takes an array. */
export type ModelInput = tf.Tensor | tf.Tensor[];

/**
 * One batch: a model's input, or an object that holds it as `images` or `xs`, where `xs` may also
 * name the inputs. Whatever else is in the object, labels above all, is not looked at.
 */
export type Batch =
  | ModelInput
  | { readonly images: ModelInput }
  | { readonly xs: ModelInput | Record<string, tf.Tensor> };

/** A dataset as batches, to be gone through once. */
export type Batches =
  | Iterable<Batch>
  | AsyncIterable<Batch>
  | tf.data.Dataset<tf.TensorContainer>;

/** Goes through a dataset once. */
export async function* readBatches(batches: Batches | (() => Batches)): AsyncGenerator<unknown> {
  const once = typeof batches === "function" ? await batches() : batches;
  if (once instanceof tf.data.Dataset) return yield* readDataset(once);
  const object = Object(once);
  if (!(Symbol.iterator in object || Symbol.asyncIterator in object)) {
    throw new TypeError(
      `Cannot read batches from ${inWords(once)}: give a function that returns them afresh each ` +
        `time, for example () => [x], an array of batches, or a tf.data.Dataset.`,
    );
  }
  yield* once;
}

/** The batches of a tf.data.Dataset. Those that it makes on the way are disposed, as in fitDataset. */
async function* readDataset(
  dataset: tf.data.Dataset<tf.TensorContainer>,
): AsyncGenerator<tf.TensorContainer> {
  const newest = tf.tidy(() => tf.scalar(0).id);
  const iterator = await dataset.iterator();
  for (;;) {
    const { value, done } = await iterator.next();
    if (done) return;
    try {
      yield value;
    } finally {
      tf.dispose(tensorsIn(value).filter(({ id }) => id > newest)); // the others are the caller's
    }
  }
}

function tensorsIn(container: unknown): tf.Tensor[] {
  if (container instanceof tf.Tensor) return [container];
  const isContainer = Array.isArray(container) || Object(container).constructor === Object;
  return isContainer ? Object.values(container as object).flatMap(tensorsIn) : [];
}

/**
 * The model's input in a batch.
 *
 * @throws {TypeError} If there are no tensors in it.
 * @throws {RangeError} If they do not have the shapes of the model's inputs.
 */
export function inputsOf(batch: unknown, model: tf.LayersModel): ModelInput {
  const { images, xs = images } = Object(batch);
  const given = xs ?? batch;
  const tensors = given?.constructor === Object
    ? model.inputs.map(({ sourceLayer }) => given[sourceLayer.name])
    : [given].flat();
  if (!tensors.every((tensor) => tensor instanceof tf.Tensor)) {
    const what = inWords(batch);
    throw new TypeError(
      `Cannot take ${what} for a batch: it must be a tensor, an array with a tensor for each input ` +
        `of the model, or an object that holds one of these as images or xs. A ` +
        `tf.data.Dataset of examples has to be batched first: dataset.batch(64).`,
    );
  }
  const [expected, actual] = [model.inputs, tensors].map((all: { shape: tf.Shape }[]) =>
    all.map(({ shape }) => `[${shape.map((length) => length ?? "any")}]`).join(", ")
  );
  const fits = (shape: tf.Shape, i: number) => { // a batch of any size
    const [, ...lengths] = model.inputs[i]?.shape ?? [];
    return shape.length === lengths.length + 1 &&
      lengths.every((length, axis) => length === null || length === shape[axis + 1]);
  };
  if (tensors.length !== model.inputs.length || !tensors.every(({ shape }, i) => fits(shape, i))) {
    throw new RangeError(
      `Cannot take ${actual} for a batch: the inputs of model "${model.name}" are ${expected}.`,
    );
  }
  return tensors.length === 1 ? tensors[0] : tensors;
}
