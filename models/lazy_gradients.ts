/**
 * Affine layers that compute no gradient in vain.
 *
 * TensorFlow.js's layers train by fused operations, which take the gradients of all their operands at
 * once; in a model's first layer that of the images too, which nobody asked for: a sixth of a step.
 * Plain operations take each gradient only where it leads to a weight.
 *
 * The layers here are TensorFlow.js's but for that, and bear its class names: a model that holds them
 * is saved as any other, loads where nobody has heard of them, and has them again where they are.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";

type DenseArgs = Parameters<typeof tf.layers.dense>[0];
type Conv2dArgs = Parameters<typeof tf.layers.conv2d>[0];
type Inputs = tf.Tensor | tf.Tensor[];
type CallArguments = Parameters<tf.layers.Layer["call"]>[1];

/** TensorFlow.js's class of that name, which it does not export. */
function stock<Args>(className: string) {
  const [layer] = tf.serialization.SerializationMap.getMap().classNameMap[className];
  return layer as unknown as {
    new (args: Args): tf.layers.Layer & { activation: { apply(y: tf.Tensor): tf.Tensor } };
    fromConfig: tf.serialization.FromConfigMethod<tf.layers.Layer>;
  };
}

class Dense extends stock<DenseArgs>("Dense") {
  static className = "Dense";

  override call(inputs: Inputs, kwargs: CallArguments): Inputs {
    const [x] = [inputs].flat();
    if (!kwargs?.training || x.rank !== 2) return super.call(inputs, kwargs);
    this.invokeCallHook(inputs, kwargs);
    return affine(this, (kernel) => tf.matMul(x, kernel));
  }
}

class Conv2D extends stock<Conv2dArgs>("Conv2D") {
  static className = "Conv2D";
  declare strides: [number, number];
  declare padding: "same" | "valid";
  declare dataFormat: string;
  declare dilationRate: [number, number];

  override call(inputs: Inputs, kwargs: CallArguments): Inputs {
    this.invokeCallHook(inputs, kwargs); // which TensorFlow.js's convolutions forget
    if (!kwargs?.training || this.dataFormat !== "channelsLast") return super.call(inputs, kwargs);
    const [x] = [inputs].flat() as tf.Tensor4D[];
    const { strides, padding, dilationRate } = this;
    return affine(
      this,
      (kernel) => tf.conv2d(x, kernel as tf.Tensor4D, strides, padding, "NHWC", dilationRate),
    );
  }
}

/** y = g(x·W + b), or g(x ∗ W + b) */
function affine(layer: Dense | Conv2D, product: (kernel: tf.Tensor) => tf.Tensor): tf.Tensor {
  return tf.tidy(() => {
    const [kernel, bias] = layer.weights.map((weight) => weight.read());
    const y = product(kernel);
    return layer.activation.apply(bias ? y.add(bias) : y);
  });
}

tf.serialization.registerClass(Dense);
tf.serialization.registerClass(Conv2D);

/** As `tf.layers.dense()`. */
export function dense(args: DenseArgs): tf.layers.Layer {
  return new Dense(args);
}

/** As `tf.layers.conv2d()`. */
export function conv2d(args: Conv2dArgs): tf.layers.Layer {
  return new Conv2D(args);
}
