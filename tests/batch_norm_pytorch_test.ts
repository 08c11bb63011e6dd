/**
 * The layer against PyTorch's, whose answers tests/reference/pytorch_batch_norm.py has written down.
 *
 * Both sides compute in float32; each is within a few 1e-6 of the exact result, so that 1e-5 of the
 * scale is the closest that can be asked.
 */
import * as tf from "@tensorflow/tfjs";
import { BatchNorm } from "../bn/batch_norm_layer.ts";
import { testOnEachBackend } from "./backends.ts";
import { assertClose, gradScales, maxAbs } from "./reference/batch_norm_float64.ts";
import data from "./reference/pytorch_batch_norm.json" with { type: "json" };

type Case = typeof data.cases[number];

/** Our layer as PyTorch's module is set up; `run` may use it, and afterwards it is disposed. */
function withLayer({ shape, gamma, beta, epsilon, momentum }: Case, run: (l: BatchNorm) => void) {
  // PyTorch's momentum weighs the new value, ours the old one.
  const layer = new BatchNorm({ epsilon, momentum: 1 - momentum, inputShape: shape.slice(1) });
  const model = tf.sequential({ layers: [layer] }); // builds the layer
  try {
    write(layer, "gamma", gamma);
    write(layer, "beta", beta);
    run(layer);
  } finally {
    model.dispose();
  }
}

function weight(layer: tf.layers.Layer, name: string) {
  return layer.weights.find((weight) => weight.originalName.split("/").at(-1) === name)!;
}

function read(layer: tf.layers.Layer, name: string): Float32Array {
  return weight(layer, name).read().dataSync<"float32">();
}

function write(layer: tf.layers.Layer, name: string, value: number | number[]): void {
  const { dtype } = weight(layer, name);
  tf.tidy(() => void weight(layer, name).write(tf.tensor(value, undefined, dtype)));
}

/** One call in training mode: y, and the gradients of Σ dy·y. */
function trainingStep(layer: tf.layers.Layer, shape: number[], x: number[], dy: number[]) {
  const variable = tf.tidy(() => tf.variable(tf.tensor(x, shape)));
  const result = tf.tidy(() => {
    let y: Float32Array = new Float32Array();
    const { grads } = tf.variableGrads(() => {
      const output = layer.apply(variable, { training: true }) as tf.Tensor;
      y = output.dataSync<"float32">();
      return output.mul(tf.tensor(dy, shape)).sum<tf.Scalar>();
    });
    const grad = (name: string) => grads[name].dataSync<"float32">();
    return {
      y,
      dx: grad(variable.name),
      dGamma: grad(weight(layer, "gamma").name),
      dBeta: grad(weight(layer, "beta").name),
    };
  });
  variable.dispose();
  return result;
}

for (const example of data.cases) {
  const { module, shape, gamma, beta, epsilon, momentum, steps } = example;
  const pytorch = `PyTorch's ${module} on [${shape}] with eps ${epsilon} and momentum ${momentum}`;

  testOnEachBackend(
    `BatchNorm in training: y, dx, dγ and dβ are within 1e-5 of ${pytorch}`,
    () =>
      withLayer(example, (layer) => {
        for (const [index, step] of steps.entries()) {
          const [x, dy, y, dx] = [step.x.flat(), step.dy.flat(), step.y.flat(), step.dx.flat()];
          const actual = trainingStep(layer, shape, x, dy);
          const scale = gradScales({ x, gamma, beta, epsilon }, dy);
          assertClose(`step ${index} y`, actual.y, y, maxAbs(y));
          assertClose(`step ${index} dx`, actual.dx, dx, scale.dx);
          assertClose(`step ${index} dγ`, actual.dGamma, step.dGamma, scale.dGamma);
          assertClose(`step ${index} dβ`, actual.dBeta, step.dBeta, scale.dBeta);
        }
      }),
  );

  testOnEachBackend(
    `BatchNorm's moving statistics after each step are within 1e-5 of ${pytorch}, its unbiased variances times (n − 1)/n`,
    () =>
      withLayer(example, (layer) => {
        const n = steps[0].x.length;
        for (const [index, step] of steps.entries()) {
          tf.tidy(() => void layer.apply(tf.tensor(step.x.flat(), shape), { training: true }));
          // Both start from a variance of 1. What is left of that is the same in both; the rest is
          // made of batch variances, Σ(x − μ)²/(n − 1) in PyTorch and Σ(x − μ)²/n here.
          const initial = (1 - momentum) ** (index + 1);
          const variance = step.runningVariance.map((running) =>
            initial + (running - initial) * (n - 1) / n
          );
          const deviation = step.runningVariance.map(Math.sqrt);
          const movingMean = read(layer, "moving_mean");
          const movingVariance = read(layer, "moving_variance");
          assertClose(`step ${index} mean`, movingMean, step.runningMean, deviation);
          assertClose(`step ${index} variance`, movingVariance, variance, variance);
        }
      }),
  );

  testOnEachBackend(
    `BatchNorm in prediction, given the running statistics, is within 1e-5 of ${pytorch} in eval mode`,
    () =>
      withLayer(example, (layer) => {
        const { runningMean, runningVariance } = steps[steps.length - 1];
        write(layer, "moving_mean", runningMean);
        write(layer, "moving_variance", runningVariance);
        write(layer, "moving_count", steps.length);
        const [x, y] = [example.prediction.x.flat(), example.prediction.y.flat()];
        const actual = tf.tidy(() =>
          (layer.apply(tf.tensor(x, shape)) as tf.Tensor).dataSync<"float32">()
        );
        assertClose("y", actual, y, maxAbs(y));
      }),
  );
}
