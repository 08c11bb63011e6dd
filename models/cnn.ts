import * as tf from "@tensorflow/tfjs";
import { conv2d, dense } from "./lazy_gradients.ts";
import { COUNT } from "../bn/options.ts";
import { LayerBuilder, type ModelOptions, SIZES } from "./placement.ts";

/** Options of {@linkcode createCnn}. */
export interface CnnOptions extends ModelOptions {
  /**
   * Filters of the convolution.
   * @default 30
   */
  filters?: number;
  /**
   * Width of the hidden dense layer.
   * @default 100
   */
  hidden?: number;
  /**
   * Shape of one image: height, width, channels.
   * @default [28, 28, 1]
   */
  inputShape?: number[];
  /**
   * Number of logits.
   * @default 10
   */
  classes?: number;
}

/**
 * A small convolutional network: convolution 5×5 → activation → max-pool 2 → dense 100 → activation
 * → dense 10, the course's starter network with batch normalization in its place. Pooling comes last
 * in its block.
 *
 * Trainable parameters at the defaults: 589,890 without BN, 590,020 with BN before the activation,
 * 590,150 with BN after it.
 *
 * On TensorFlow.js's WASM backend the convolution trains once `@batchnorm/from-scratch/kernels` is
 * imported, which adds the missing filter gradient.
 *
 * @param options Placement, sizes, seed.
 * @throws {TypeError} If an option has an unknown name or a value of a wrong type.
 * @throws {RangeError} If the placement or the activation is unknown, or the seed is not an integer ≥ 0.
 * @returns A model from images [N, 28, 28, 1] to logits [N, 10].
 *
 * @example
 * ```ts
 * import { createCnn } from "@batchnorm/from-scratch";
 * import { assertEquals } from "@std/assert";
 *
 * const cnn = createCnn({ placement: "pre", seed: 1 });
 * assertEquals(cnn.outputs[0].shape, [null, 10]);
 * ```
 */
export function createCnn(options: CnnOptions = {}): tf.Sequential {
  const build = new LayerBuilder(options, {
    filters: COUNT,
    hidden: COUNT,
    inputShape: SIZES,
    classes: COUNT,
  });
  const { filters = 30, hidden = 100, inputShape = [28, 28, 1], classes = 10 } = options;
  return tf.sequential({
    name: "cnn",
    layers: [
      ...build.hidden("conv", (args) =>
        conv2d({
          ...args,
          inputShape,
          filters,
          kernelSize: 5,
          padding: "same",
          name: "conv",
        })),
      tf.layers.maxPooling2d({ poolSize: 2, name: "pool" }),
      tf.layers.flatten({ name: "flatten" }),
      ...build.hidden(
        "dense",
        (args) => dense({ ...args, units: hidden, name: "dense" }),
      ),
      build.logits(classes),
    ],
  });
}
