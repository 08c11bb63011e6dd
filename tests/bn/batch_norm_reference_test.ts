/**
 * bn/ against the float64 reference, on the same float32 inputs.
 *
 * Every gradient is that of Σ dy·BN(x) with random dy. With dy = 1 a check could not fail: see the
 * last test.
 */
import { assertGreater, assertLess } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import { batchMoments, batchNormPrediction, batchNormTraining } from "../../bn/batch_norm.ts";
import { batchNormGrad } from "../../bn/batch_norm_grad.ts";
import { testOnBackend, testOnEachBackend } from "../backends.ts";
import * as reference from "../reference/batch_norm_float64.ts";
import { assertClose, gradScales, maxAbs } from "../reference/batch_norm_float64.ts";

interface Case {
  /** Names the shape, the offset and the seed; every failure begins with it. */
  label: string;
  shape: number[];
  x: Float32Array;
  dy: Float32Array;
  gamma: Float32Array;
  beta: Float32Array;
  epsilon: number;
}

/** Random numbers around `offset`; each channel has a mean and a deviation of its own. */
function randomCase(
  { shape, offset = 0, deviation = 1, epsilon = 1e-3, seed }: {
    shape: number[];
    offset?: number;
    deviation?: number;
    epsilon?: number;
    seed: number;
  },
): Case {
  const generator = xoroshiro128plus(seed);
  const uniform = () => uniformFloat64(generator);
  const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  const normals = (length: number) => Float32Array.from({ length }, normal);

  const channels = shape[shape.length - 1];
  const size = shape.reduce((product, length) => product * length);
  const means = Float64Array.from({ length: channels }, () => offset + deviation * normal());
  const deviations = Float64Array.from({ length: channels }, () => deviation * (0.5 + uniform()));
  return {
    label: `shape [${shape}], offset ${offset}, seed ${seed}:`,
    shape,
    x: normals(size).map((value, k) => means[k % channels] + deviations[k % channels] * value),
    dy: normals(size),
    gamma: normals(channels),
    beta: normals(channels),
    epsilon,
  };
}

type Gradients = { y: Float32Array; dx: Float32Array; dGamma?: Float32Array; dBeta?: Float32Array };

/** y and the gradients of Σ dy·y as bn/ and TensorFlow.js give them. */
function trainingAndGradients(
  { shape, x, dy, gamma, beta, epsilon }: Case,
  given = { gamma: true, beta: true },
): Gradients {
  return tf.tidy(() => {
    const inputs: tf.Tensor[] = [tf.tensor(x, shape)];
    if (given.gamma) inputs.push(tf.tensor1d(gamma));
    if (given.beta) inputs.push(tf.tensor1d(beta));
    const transform = (...inputs: tf.Tensor[]) => {
      const [x, ...affine] = inputs as [tf.Tensor, ...tf.Tensor1D[]];
      const gamma = given.gamma ? affine.shift() : undefined;
      const beta = given.beta ? affine.shift() : undefined;
      return batchNormTraining(x, { gamma, beta, epsilon }).y;
    };
    const y = transform(...inputs);
    const weighted = (...inputs: tf.Tensor[]) =>
      tf.sum<tf.Scalar>(tf.mul(transform(...inputs), tf.tensor(dy, shape)));
    const [dx, ...rest] = tf.grads(weighted)(inputs).map((grad) => values(grad));
    return {
      y: values(y),
      dx,
      dGamma: given.gamma ? rest.shift() : undefined,
      dBeta: given.beta ? rest.shift() : undefined,
    };
  });
}

function values(tensor: tf.Tensor): Float32Array {
  return tensor.dataSync<"float32">();
}

function ones(length: number): Float32Array {
  return new Float32Array(length).fill(1);
}

const SHAPES = [[2, 1], [3, 7], [64, 256], [6, 5, 4], [5, 4, 3, 2], [2, 3, 2, 3, 4]];
const LARGE = [64, 28, 28, 30]; // the first block of the CNN at our batch size

for (const [index, shape] of [...SHAPES, LARGE].entries()) {
  for (const offset of [0, 1e4]) {
    const at = `on shape [${shape}] at offset ${offset}`;
    // The CPU backend's plain loops take too long for the large shape.
    const test: typeof testOnEachBackend = shape === LARGE
      ? (title, fn) => testOnBackend("wasm", title, fn)
      : testOnEachBackend;

    test(`batchNormTraining() ${at}: y, dx, dγ and dβ are within 1e-5 of float64`, () => {
      const input = randomCase({ shape, offset, seed: 100 + index });
      const { label, dy } = input;
      const { y, dx, dGamma, dBeta } = trainingAndGradients(input);
      const expected = { y: reference.training(input), ...reference.grad(input, dy) };
      const scale = gradScales(input, dy);
      assertClose(`${label} y`, y, expected.y, maxAbs(expected.y));
      assertClose(`${label} dx`, dx, expected.dx, scale.dx);
      assertClose(`${label} dγ`, dGamma!, expected.dGamma, scale.dGamma);
      assertClose(`${label} dβ`, dBeta!, expected.dBeta, scale.dBeta);
    });

    test(`batchMoments() ${at}: the mean is within 1e-5 deviations or one float32 step, the variance within 1e-5`, () => {
      const { label, x } = randomCase({ shape, offset, seed: 200 + index });
      const { mean, variance } = tf.tidy(() => {
        const moments = batchMoments(tf.tensor(x, shape));
        return { mean: values(moments.mean), variance: values(moments.variance) };
      });
      const expected = reference.moments(x, shape[shape.length - 1]);
      // 2^-23 |mean| is the distance between neighbouring float32 numbers, at most.
      const meanBound = expected.mean.map((mean, c) =>
        1e-5 * Math.sqrt(expected.variance[c]) + 2 ** -23 * Math.abs(mean)
      );
      assertClose(`${label} mean`, mean, expected.mean, meanBound, 1);
      assertClose(`${label} variance`, variance, expected.variance, expected.variance);
    });
  }
}

testOnEachBackend("batchNormTraining() returns the moments that it normalized by", () => {
  const { label, shape, x } = randomCase({ shape: [5, 4, 3, 2], seed: 1 });
  tf.tidy(() => {
    const { mean, variance } = batchNormTraining(tf.tensor(x, shape));
    const expected = reference.moments(x, 2);
    assertClose(`${label} mean`, values(mean), expected.mean, expected.variance.map(Math.sqrt));
    assertClose(`${label} variance`, values(variance), expected.variance, expected.variance);
  });
});

for (
  const given of [
    { gamma: true, beta: false },
    { gamma: false, beta: true },
    { gamma: false, beta: false },
  ]
) {
  const without = [!given.gamma && "γ", !given.beta && "β"].filter(Boolean).join(" and ");
  testOnEachBackend(
    `batchNormTraining() without ${without}: y and the gradients are those for γ = 1 and β = 0 in its place`,
    () => {
      const input = randomCase({ shape: [5, 4, 3, 2], seed: 2 });
      const { label, dy } = input;
      const { y, dx, dGamma, dBeta } = trainingAndGradients(input, given);
      const filled = {
        ...input,
        gamma: given.gamma ? input.gamma : ones(2),
        beta: given.beta ? input.beta : new Float32Array(2),
      };
      const expected = { y: reference.training(filled), ...reference.grad(filled, dy) };
      const scale = gradScales(filled, dy);
      assertClose(`${label} y`, y, expected.y, maxAbs(expected.y));
      assertClose(`${label} dx`, dx, expected.dx, scale.dx);
      if (given.gamma) assertClose(`${label} dγ`, dGamma!, expected.dGamma, scale.dGamma);
      if (given.beta) assertClose(`${label} dβ`, dBeta!, expected.dBeta, scale.dBeta);
    },
  );
}

for (const epsilon of [undefined, 1e-5, 0.1]) {
  const title = epsilon === undefined ? "ε, 1e-3 by default," : `ε = ${epsilon}`;
  testOnEachBackend(`${title} is added to the variance inside the root, in both modes`, () => {
    // A deviation of .03 makes the variance about as large as the default ε: there it matters.
    const shape = [16, 4];
    const input = randomCase({ shape, deviation: 0.03, epsilon: epsilon ?? 1e-3, seed: 3 });
    const { label, dy } = input;
    tf.tidy(() => {
      const x = tf.tensor(input.x, shape);
      const gamma = tf.tensor1d(input.gamma);
      const beta = tf.tensor1d(input.beta);
      const options = { gamma, beta, ...(epsilon === undefined ? {} : { epsilon }) };
      const y = reference.training(input);
      const { dx } = reference.grad(input, dy);

      const training = (x: tf.Tensor) => batchNormTraining(x, options).y;
      const actualDx = tf.grad(training)(x, tf.tensor(dy, shape));
      assertClose(`${label} y`, values(training(x)), y, maxAbs(y));
      assertClose(`${label} dx`, values(actualDx), dx, gradScales(input, dy).dx);

      const moments = batchMoments(x);
      const prediction = batchNormPrediction(x, { ...options, ...moments });
      assertClose(`${label} prediction`, values(prediction), y, maxAbs(y));
    });
  });
}

for (const offset of [0, 1e4]) {
  testOnEachBackend(
    `batchNormPrediction() at offset ${offset} is within 1e-5 of float64, also for one example`,
    () => {
      for (const [index, shape] of [[1, 1], ...SHAPES].entries()) {
        const input = randomCase({ shape, offset, seed: 300 + index });
        const { label, x, gamma, beta } = input;
        // Statistics of another batch, rounded to the float32 numbers that bn/ reads.
        const other = randomCase({ shape: [32, gamma.length], offset, seed: 400 + index });
        const moments = reference.moments(other.x, gamma.length);
        const mean = Float32Array.from(moments.mean);
        const variance = Float32Array.from(moments.variance);
        const y = tf.tidy(() =>
          values(batchNormPrediction(tf.tensor(x, shape), {
            gamma: tf.tensor1d(gamma),
            beta: tf.tensor1d(beta),
            mean: tf.tensor1d(mean),
            variance: tf.tensor1d(variance),
          }))
        );
        const expected = reference.prediction(input, { mean, variance });
        assertClose(`${label} y`, y, expected, maxAbs(expected));
      }
    },
  );
}

testOnEachBackend("batchNormPrediction() without γ and β is x̂ alone", () => {
  const input = randomCase({ shape: [3, 7], seed: 4 });
  const mean = input.beta;
  const variance = input.gamma.map(Math.abs);
  const y = tf.tidy(() =>
    values(batchNormPrediction(tf.tensor(input.x, input.shape), {
      mean: tf.tensor1d(mean),
      variance: tf.tensor1d(variance),
    }))
  );
  const xHat = reference.prediction(
    { ...input, gamma: ones(7), beta: new Float32Array(7) },
    { mean, variance },
  );
  assertClose(`${input.label} x̂`, y, xHat, maxAbs(xHat));
});

testOnEachBackend(
  "batchNormGrad() equals TensorFlow.js's own differentiation of the textbook formula",
  () => {
    const input = randomCase({ shape: [5, 4, 3, 2], seed: 5 });
    const { label, shape, dy, epsilon } = input;
    tf.tidy(() => {
      const x = tf.tensor(input.x, shape);
      const gamma = tf.tensor1d(input.gamma);
      const beta = tf.tensor1d(input.beta);
      const deviation = (variance: tf.Tensor) => variance.add(epsilon).sqrt();
      const normalize = (x: tf.Tensor) => {
        const { mean, variance } = tf.moments(x, [0, 1, 2]);
        return x.sub(mean).div(deviation(variance));
      };
      const textbook = (x: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor) =>
        normalize(x).mul(gamma).add(beta);
      const expected = tf.grads(textbook)([x, gamma, beta], tf.tensor(dy, shape)).map(values);

      const { dx, dGamma, dBeta } = batchNormGrad(tf.tensor(dy, shape), {
        xHat: normalize(x),
        gamma,
        inverseDeviation: tf.div(1, deviation(tf.moments(x, [0, 1, 2]).variance)),
      });
      const scale = gradScales(input, dy);
      assertClose(`${label} dx`, values(dx), expected[0], scale.dx);
      assertClose(`${label} dγ`, values(dGamma), expected[1], scale.dGamma);
      assertClose(`${label} dβ`, values(dBeta), expected[2], scale.dBeta);
    });
  },
);

testOnEachBackend(
  "a gradient check on ΣBN(x) cannot fail: it is 0 whatever is left out, where random weights show O(1)",
  () => {
    const input = randomCase({ shape: [64, 5], seed: 6 });
    const random = input.dy;
    const sum = ones(random.length);

    // BN's output has mean β whatever x is, so that ΣBN(x) does not depend on x.
    const largest = (dy: Float32Array) => maxAbs(trainingAndGradients({ ...input, dy }).dx);
    assertLess(largest(sum), 1e-5, input.label);
    assertGreater(largest(random), 0.1, input.label);

    // A wrong gradient, one that forgets that σ² depends on x: γ/√(σ² + ε) (dy − mean dy).
    const wrong = (dy: Float32Array) => {
      const { variance } = reference.moments(input.x, 5);
      const { mean } = reference.moments(dy, 5);
      return Float64Array.from(dy, (value, k) => {
        const c = k % 5;
        return input.gamma[c] * (value - mean[c]) / Math.sqrt(variance[c] + input.epsilon);
      });
    };
    const error = (dy: Float32Array) => {
      const { dx } = reference.grad(input, dy);
      return maxAbs(wrong(dy).map((value, k) => value - dx[k]));
    };
    assertLess(error(sum), 1e-5, input.label);
    assertGreater(error(random), 0.1, input.label);
  },
);

Deno.test("the float64 reference gives the numbers one can do by hand", () => {
  // Two channels: 1, 3 and 10, 30.
  const input = { x: [1, 10, 3, 30], gamma: [2, 1], beta: [0, 5], epsilon: 0 };
  const { mean, variance } = reference.moments(input.x, 2);
  assertClose("mean", mean, [2, 20], 1, 0);
  assertClose("variance", variance, [1, 100], 1, 0);
  assertClose("y", reference.training(input), [-2, 4, 2, 6], 1, 1e-15);
  const statistics = { mean: [0, 10], variance: [4, 25] };
  assertClose("prediction", reference.prediction(input, statistics), [1, 5, 3, 9], 1, 1e-15);
});

Deno.test("the float64 reference agrees with finite differences", () => {
  for (const offset of [0, 1e4]) {
    const { label, dy, ...input } = randomCase({ shape: [6, 3], offset, seed: 7 });
    const loss = (changed: Partial<reference.Input>) =>
      reference.training({ ...input, ...changed }).reduce((sum, y, k) => sum + y * dy[k], 0);
    /** (L(… + h) − L(… − h)) / 2h for every number of one input. */
    const differences = (name: "x" | "gamma" | "beta") =>
      Float64Array.from(input[name], (_, k) => {
        const h = 1e-5;
        const moved = (by: number) => {
          const values = Float64Array.from(input[name]);
          values[k] += by;
          return loss({ [name]: values });
        };
        return (moved(h) - moved(-h)) / (2 * h);
      });
    const { dx, dGamma, dBeta } = reference.grad(input, dy);
    const scale = gradScales(input, dy);
    // At offset 1e4, x ± h itself is rounded by 1e-12, a 1e-7th of h.
    const tolerance = offset === 0 ? 1e-9 : 1e-6;
    assertClose(`${label} dx`, dx, differences("x"), scale.dx, tolerance);
    assertClose(`${label} dγ`, dGamma, differences("gamma"), scale.dGamma, tolerance);
    assertClose(`${label} dβ`, dBeta, differences("beta"), scale.dBeta, tolerance);
  }
});
