/**
 * TensorFlow.js's options for single weights of a layer: how they begin and how they are penalized.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { inWords, orNull, type Rule } from "./options.ts";

/** How a weight begins: a name, such as "zeros", or `tf.initializers.constant({ value: 2 })`. */
export type InitializerOption = Parameters<typeof tf.layers.dense>[0]["kernelInitializer"];
/** What the loss adds for a weight: a name, or `tf.regularizers.l2({ l2: 1e-4 })`. */
export type RegularizerOption = Parameters<typeof tf.layers.dense>[0]["kernelRegularizer"];

/** Options of `BatchNorm` for single weights. */
export interface WeightOptions {
  /**
   * How γ begins.
   * @default "ones"
   */
  gammaInitializer?: InitializerOption;
  /**
   * How β begins.
   * @default "zeros"
   */
  betaInitializer?: InitializerOption;
  /**
   * How the moving mean begins.
   * @default "zeros"
   */
  movingMeanInitializer?: InitializerOption;
  /**
   * How the moving variance begins.
   * @default "ones"
   */
  movingVarianceInitializer?: InitializerOption;
  /** What the loss of `model.fit` adds for γ. */
  gammaRegularizer?: RegularizerOption;
  /** What the loss of `model.fit` adds for β. */
  betaRegularizer?: RegularizerOption;
}

const READABLE = orNull([
  "be a name, a config, or what tf.initializers or tf.regularizers make",
  (value) => typeof value === "string" && value !== "" || typeof value === "object",
]);

/** TensorFlow.js's layers accept constraints, but its training never applies them. */
const CONSTRAINT: Rule = [
  "be left out, since training in TensorFlow.js applies no constraint. Clip the weight after each " +
  "step instead",
  (value) => value === null,
];

/** What these options must be. */
export const WEIGHT_RULES: Record<keyof WeightOptions, Rule> & Record<string, Rule> = {
  gammaInitializer: READABLE,
  betaInitializer: READABLE,
  movingMeanInitializer: READABLE,
  movingVarianceInitializer: READABLE,
  gammaRegularizer: READABLE,
  betaRegularizer: READABLE,
  gammaConstraint: CONSTRAINT,
  betaConstraint: CONSTRAINT,
};

type Initializer = ReturnType<typeof tf.initializers.zeros>;
type Regularizer = ReturnType<typeof tf.regularizers.l2>;

/** An option as a layer uses it, and as a saved model keeps it. */
interface ReadOption {
  made: Initializer & Regularizer;
  config: tf.serialization.ConfigDictValue;
}

/** Those options, read. */
export type ReadWeightOptions = { [name in keyof WeightOptions]?: ReadOption };

/**
 * Reads the weight options among a layer's options, in every form in which TensorFlow.js takes them.
 *
 * @throws {TypeError} If there is nothing of that name.
 */
export function readWeightOptions(options: WeightOptions): ReadWeightOptions {
  const names = Object.keys(WEIGHT_RULES) as (keyof WeightOptions)[];
  return Object.fromEntries(
    names.filter((name) => options[name] != null).map((name) => [name, read(name, options[name])]),
  );
}

/** TensorFlow.js exports no function that reads one, but its dense layer reads those of its kernel. */
function read(option: string, value: unknown): ReadOption {
  const name = option.endsWith("Initializer") ? "kernelInitializer" : "kernelRegularizer";
  try {
    const dense = tf.layers.dense({ name: option, units: 1, [name]: value });
    const made = (dense as unknown as Record<string, ReadOption["made"]>)[name];
    return { made, config: dense.getConfig()[name] };
  } catch (cause) {
    throw new TypeError(
      `Cannot create a BatchNorm layer with ${option} ${
        inWords(value)
      }: TensorFlow.js knows none ` +
        `like that. ${(cause as Error).message}`,
      { cause },
    );
  }
}
