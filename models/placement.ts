/**
 * Where batch normalization stands between an affine map f and an activation g.
 *
 * | placement | order                | the affine map's bias                             |
 * | --------- | -------------------- | ------------------------------------------------- |
 * | `"none"`  | g(f(x))              | kept                                              |
 * | `"pre"`   | g(BN(f(x)))          | dropped: BN subtracts it again, and β replaces it |
 * | `"post"`  | BN(g(f(x)))          | kept: it decides where the activation bends       |
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { BatchNorm, type BatchNormOptions } from "../bn/batch_norm_layer.ts";
import { assertOptions, NUMBER, OBJECT, type Rule, TEXT } from "../bn/options.ts";
import { dense } from "./lazy_gradients.ts";

/** Where batch normalization stands: nowhere, before the activation, or after it. */
export type Placement = "none" | "pre" | "post";

/** All placements, in the order in which tables show them. */
export const PLACEMENTS: readonly Placement[] = ["none", "pre", "post"];

/** Activations that the models can be built with. */
export type Activation = "relu" | "sigmoid" | "tanh";

const ACTIVATIONS: readonly Activation[] = ["relu", "sigmoid", "tanh"];

/** What both models can be told. */
export interface ModelOptions {
  /**
   * Where batch normalization stands.
   * @default "pre"
   */
  placement?: Placement;
  /**
   * The activation after each hidden affine map.
   * @default "relu"
   */
  activation?: Activation;
  /**
   * Seed of the initial weights, an integer ≥ 0. The same seed gives the same weights for all
   * placements.
   * @default 0
   */
  seed?: number;
  /** Options of every BatchNorm layer. */
  batchNorm?: Pick<BatchNormOptions, "momentum" | "epsilon" | "center" | "scale" | "statistics">;
}

const RULES: Record<keyof ModelOptions, Rule> = {
  placement: TEXT,
  activation: TEXT,
  seed: NUMBER,
  batchNorm: OBJECT,
};

/** Lengths, one behind the other. */
export const SIZES: Rule = [
  "be an array of whole numbers, each 1 or more",
  (value) => Array.isArray(value) && value.every((size) => Number.isInteger(size) && size >= 1),
];

/** Arguments that every affine layer of a model shares. */
interface AffineArguments {
  useBias: boolean;
  kernelInitializer: ReturnType<typeof tf.initializers.heNormal>;
}

/**
 * Builds the layers of a model and numbers them, so that the initial weights of the i-th affine layer
 * depend on the seed and on i alone, whatever stands between the layers.
 */
export class LayerBuilder {
  readonly #options: Required<ModelOptions>;
  #affineLayers = 0;

  /**
   * @param rules What the model's own options must be, beside those of all models.
   * @throws {TypeError} If an option has an unknown name or a value of a wrong type.
   * @throws {RangeError} If the placement or the activation is unknown, or the seed is not an integer ≥ 0.
   */
  constructor(options: ModelOptions, rules: Record<string, Rule>) {
    assertOptions("build a model", options, { ...RULES, ...rules });
    const { placement = "pre", activation = "relu", seed = 0, batchNorm = {} } = options;
    if (!PLACEMENTS.includes(placement)) {
      throw new RangeError(
        `Cannot build a model with placement "${placement}": choose ${PLACEMENTS.join(", ")}.`,
      );
    }
    if (!ACTIVATIONS.includes(activation)) {
      throw new RangeError(
        `Cannot build a model with activation "${activation}": choose ${ACTIVATIONS.join(", ")}.`,
      );
    }
    if (!Number.isSafeInteger(seed) || seed < 0) {
      throw new RangeError(`Cannot build a model with seed ${seed}: it must be an integer ≥ 0.`);
    }
    this.#options = { placement, activation, seed, batchNorm };
  }

  /**
   * One hidden block: affine map, activation, and batch normalization in its place.
   *
   * @param name Prefix of the layers' names.
   * @param affine Makes the affine layer, dense or convolutional.
   */
  hidden(name: string, affine: (args: AffineArguments) => tf.layers.Layer): tf.layers.Layer[] {
    const { placement, activation, batchNorm } = this.#options;
    const f = this.#affine((args) => affine({ ...args, useBias: placement !== "pre" }));
    const g = tf.layers.activation({ activation, name: `${name}_${activation}` });
    if (placement === "none") return [f, g];
    const bn = new BatchNorm({ ...batchNorm, name: `${name}_bn` });
    return placement === "pre" ? [f, bn, g] : [f, g, bn];
  }

  /** The last layer, without activation or batch normalization: its outputs are the logits. */
  logits(units: number): tf.layers.Layer {
    return this.#affine((args) => dense({ ...args, useBias: true, units, name: "logits" }));
  }

  /**
   * The next affine layer. Its initial weights are N(0, 2/fan-in), which keeps the variance of ReLU
   * layers (He et al. 2015, arXiv:1502.01852); TensorFlow.js cuts it at two standard deviations,
   * which leaves 0.77 of the variance.
   */
  #affine(make: (args: Omit<AffineArguments, "useBias">) => tf.layers.Layer): tf.layers.Layer {
    this.#affineLayers += 1;
    // Never 0, which TensorFlow.js takes for "no seed".
    const seed = this.#options.seed * 1000 + this.#affineLayers;
    return make({ kernelInitializer: tf.initializers.heNormal({ seed }) });
  }
}
