/**
 * Affine layers that compute no gradient in vain.
 *
 * TensorFlow.js's layers train by fused operations, which take the gradients of all their operands at
 * once; in a model's first layer that of the images too, which nobody asked for: a sixth of a step.
 * Plain operations take each gradient only where it leads to a weight.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";

/**
 * Lets an affine layer train by plain operations. It stays the layer of TensorFlow.js that it is: it
 * predicts, saves and loads as before.
 *
 * @param layer A `tf.layers.dense` or a channels-last `tf.layers.conv2d`, without activation.
 * @returns The same layer.
 */
export function withLazyGradients<L extends tf.layers.Layer>(layer: L): L {
  const predict = layer.call.bind(layer);
  const product = layer.getClassName() === "Conv2D" ? convolution(layer) : tf.matMul;
  layer.call = (inputs, kwargs) => {
    if (!kwargs.training) return predict(inputs, kwargs);
    return tf.tidy(() => {
      const [x] = [inputs].flat();
      const [kernel, bias] = layer.weights.map((weight) => weight.read());
      // y = x·W + b, or x ∗ W + b
      const y = product(x as tf.Tensor4D, kernel as tf.Tensor4D);
      return bias ? y.add(bias) : y;
    });
  };
  return layer;
}

function convolution(layer: tf.layers.Layer) {
  const { strides, padding, dilationRate } = layer.getConfig() as unknown as {
    strides: [number, number];
    padding: "same" | "valid";
    dilationRate: [number, number];
  };
  return (x: tf.Tensor4D, kernel: tf.Tensor4D) =>
    tf.conv2d(x, kernel, strides, padding, "NHWC", dilationRate);
}
