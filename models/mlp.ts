import * as tf from "@tensorflow/tfjs";
import { dense } from "./lazy_gradients.ts";
import { COUNT } from "../bn/options.ts";
import { LayerBuilder, type ModelOptions, SIZES } from "./placement.ts";

/** Options of {@linkcode createMlp}. */
export interface MlpOptions extends ModelOptions {
  /**
   * Widths of the hidden layers.
   * @default [256, 128, 100]
   */
  hidden?: readonly number[];
  /**
   * Shape of one example; it is flattened.
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
 * A multilayer perceptron: 784 → 256 → 128 → 100 → 10 by default, three hidden layers, since one
 * would hardly show what batch normalization does with depth.
 *
 * Trainable parameters at the defaults: 247,766 without BN, 248,250 with BN before the activation,
 * 248,734 with BN after it.
 *
 * @param options Placement, widths, seed.
 * @throws {TypeError} If an option has an unknown name or a value of a wrong type.
 * @throws {RangeError} If the placement or the activation is unknown, or the seed is not an integer ≥ 0.
 * @returns A model from images [N, 28, 28, 1] to logits [N, 10].
 *
 * @example
 * ```ts
 * import { createMlp } from "@batchnorm/from-scratch";
 * import { assertEquals } from "@std/assert";
 *
 * const mlp = createMlp({ placement: "post", seed: 1 });
 * assertEquals(mlp.outputs[0].shape, [null, 10]);
 * ```
 */
export function createMlp(options: MlpOptions = {}): tf.Sequential {
  const build = new LayerBuilder(options, { hidden: SIZES, inputShape: SIZES, classes: COUNT });
  const { hidden = [256, 128, 100], inputShape = [28, 28, 1], classes = 10 } = options;
  return tf.sequential({
    name: "mlp",
    layers: [
      tf.layers.flatten({ inputShape, name: "flatten" }),
      ...hidden.flatMap((units, i) => {
        const name = `dense${i + 1}`;
        return build.hidden(name, (args) => dense({ ...args, units, name }));
      }),
      build.logits(classes),
    ],
  });
}
