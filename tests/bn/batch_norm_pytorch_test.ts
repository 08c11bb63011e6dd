/**
 * The layer against PyTorch's, whose answers tests/reference/pytorch_batch_norm.py has written down.
 *
 * Both sides compute in float32; each is within a few 1e-6 of the exact result, so that 1e-5 of the
 * scale is the closest that can be asked.
 */
import { BatchNorm } from "../../bn/batch_norm_layer.ts";
import { testOnEachBackend } from "../backends.ts";
import { apply, read, trainingStep, withLayer, write } from "./layer_helpers.ts";
import { assertClose, gradScales, maxAbs } from "../reference/batch_norm_float64.ts";
import data from "../reference/pytorch_batch_norm.json" with { type: "json" };

type Case = typeof data.cases[number];

/** Runs `run` on our layer, set up as PyTorch's module is. */
function withOurs({ shape, gamma, beta, epsilon, momentum }: Case, run: (l: BatchNorm) => void) {
  // PyTorch's momentum weighs the new value, ours the old one.
  const options = { epsilon, momentum: 1 - momentum, inputShape: shape.slice(1) };
  withLayer(new BatchNorm(options), (layer) => {
    write(layer, "gamma", gamma);
    write(layer, "beta", beta);
    run(layer);
  });
}

for (const example of data.cases) {
  const { module, shape, gamma, beta, epsilon, momentum, steps } = example;
  const pytorch = `PyTorch's ${module} on [${shape}] with eps ${epsilon} and momentum ${momentum}`;

  testOnEachBackend(
    `BatchNorm in training: y, dx, dγ and dβ are within 1e-5 of ${pytorch}`,
    () =>
      withOurs(example, (layer) => {
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
      withOurs(example, (layer) => {
        const n = steps[0].x.length;
        for (const [index, step] of steps.entries()) {
          apply(layer, shape, step.x.flat(), true);
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
      withOurs(example, (layer) => {
        const { runningMean, runningVariance } = steps[steps.length - 1];
        write(layer, "moving_mean", runningMean);
        write(layer, "moving_variance", runningVariance);
        write(layer, "moving_count", steps.length);
        const [x, y] = [example.prediction.x.flat(), example.prediction.y.flat()];
        assertClose("y", apply(layer, shape, x, false), y, maxAbs(y));
      }),
  );
}
