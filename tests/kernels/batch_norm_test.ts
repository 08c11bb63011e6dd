/**
 * `BatchNormTraining` and `BatchNormPrediction` of kernels/, on the WASM backend, through bn/: against
 * loops in float64 and against the textbook, the same function without the kernel.
 *
 * The loss is Σ w·y + Σ u·µ̂ + Σ v·σ̂², so that gradients flow through all three outputs.
 */
import { assert, assertEquals, assertGreater, assertLessOrEqual, assertThrows } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { batchNormPrediction, batchNormTraining } from "../../bn/batch_norm.ts";
import { useKernels } from "../../kernels/mod.ts";
import { testWithKernels } from "../backends.ts";
import { bits } from "../bn/layer_helpers.ts";
import * as float64 from "../reference/batch_norm_float64.ts";
import { assertClose, gradScales, maxAbs } from "../reference/batch_norm_float64.ts";
import { Random, sizeOf } from "./reference.ts";

const EPSILON = 1e-3;

interface Case {
  /** Names the case; every failure begins with it. */
  label: string;
  shape: number[];
  x: Float32Array;
  gamma: Float32Array;
  beta: Float32Array;
  /** Weights of y, µ̂ and σ̂² in the loss. */
  w: Float32Array;
  u: Float32Array;
  v: Float32Array;
}

/** x with the other inputs, of random numbers. */
function withParameters(label: string, shape: number[], x: Float32Array, random: Random): Case {
  const C = shape[shape.length - 1];
  return {
    label,
    shape,
    x,
    gamma: random.normals(C),
    beta: random.normals(C),
    w: random.normals(x.length),
    u: random.normals(C),
    v: random.normals(C),
  };
}

/** Normal numbers around `offset`; each channel has a mean and a deviation of its own. */
function randomCase(seed: number, shape: number[], offset = 0): Case {
  const random = new Random(seed);
  const C = shape[shape.length - 1];
  const means = random.normals(C, offset, 1);
  const deviations = random.numbers(C).map((value) => 1 + 0.5 * value);
  const x = random.normals(sizeOf(shape)).map((z, k) => means[k % C] + deviations[k % C] * z);
  return withParameters(`seed ${seed}, shape [${shape}], offset ${offset}:`, shape, x, random);
}

type Name = "y" | "mean" | "variance" | "dx" | "dGamma" | "dBeta";
type Outcome = Record<Name, Float32Array>;
type Exact = Record<Name, Float64Array>;

function outcomeOf({ shape, x, gamma, beta, w, u, v }: Case, textbook = false): Outcome {
  return tf.tidy(() => {
    const inputs = [tf.tensor(x, shape), tf.tensor1d(gamma), tf.tensor1d(beta)];
    const transform = (...[x, gamma, beta]: tf.Tensor[]) =>
      batchNormTraining(x, {
        gamma: gamma as tf.Tensor1D,
        beta: beta as tf.Tensor1D,
        epsilon: EPSILON,
        textbook,
      });
    const loss = (...inputs: tf.Tensor[]) => {
      const { y, mean, variance } = transform(...inputs);
      const terms = [y.mul(tf.tensor(w, shape)), mean.mul(u), variance.mul(v)];
      return tf.addN(terms.map((term) => term.sum()));
    };
    const { y, mean, variance } = transform(...inputs);
    const [dx, dGamma, dBeta] = tf.grads(loss)(inputs);
    const values = (tensor: tf.Tensor) => tensor.dataSync<"float32">().slice();
    return {
      y: values(y),
      mean: values(mean),
      variance: values(variance),
      dx: values(dx),
      dGamma: values(dGamma),
      dBeta: values(dBeta),
    };
  });
}

/** What the outcome is in float64, and what an error in it is measured by. */
function exactOf({ x, gamma, beta, w, u, v }: Case): { values: Exact; scales: Exact } {
  const C = gamma.length;
  const m = x.length / C;
  const input = { x, gamma, beta, epsilon: EPSILON };
  const { mean, variance } = float64.moments(x, C);
  const { dx, dGamma, dBeta } = float64.grad(input, w);
  const y = float64.training(input);
  const scale = gradScales(input, w);
  const extent = new Float64Array(C);
  x.forEach((value, k) => {
    extent[k % C] = Math.max(extent[k % C], Math.abs(value - mean[k % C]));
  });
  return {
    values: {
      y,
      mean,
      variance,
      // ∂µ̂/∂x = 1/m,  ∂σ̂²/∂x = 2(x − µ̂)/m
      dx: dx.map((value, k) => value + (u[k % C] + v[k % C] * 2 * (x[k] - mean[k % C])) / m),
      dGamma,
      dBeta,
    },
    scales: {
      y: new Float64Array(C).fill(maxAbs(y)),
      // A deviation, or a float32 step in 10⁻⁵.
      mean: mean.map((value, c) => Math.sqrt(variance[c]) + Math.abs(value) * 2 ** -24 / 1e-5),
      variance,
      dx: scale.dx.map((value, c) => value + (Math.abs(u[c]) + Math.abs(v[c]) * 2 * extent[c]) / m),
      dGamma: scale.dGamma,
      dBeta: scale.dBeta,
    },
  };
}

function assertExact(example: Case): void {
  const actual = outcomeOf(example);
  const { values, scales } = exactOf(example);
  for (const name of Object.keys(values) as Name[]) {
    assertClose(`${example.label} ${name}`, actual[name], values[name], scales[name], 1e-5);
  }
}

function assertAsTextbook(example: Case): void {
  const actual = outcomeOf(example);
  const textbook = outcomeOf(example, true);
  const { scales } = exactOf(example);
  for (const name of Object.keys(scales) as Name[]) {
    assertClose(`${example.label} ${name}`, actual[name], textbook[name], scales[name], 2e-5);
  }
}

/** Random sizes of all axes but the last, two values per channel at least. */
function randomBatch(random: Random, rank: number): number[] {
  for (;;) {
    const batch = Array.from({ length: rank - 1 }, () => random.int(1, rank === 2 ? 200 : 7));
    if (sizeOf(batch) >= 2) return batch;
  }
}

const CHANNELS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 16, 17, 19, 22, 30, 31, 32, 33, 256];

for (const offset of [0, 1e4, 1e6]) {
  testWithKernels(
    `training at offset ${offset}: y, µ̂, σ̂² and all gradients are within 1e-5 of float64, and 2e-5 of the textbook, in shapes of rank 2 to 5 with 1 to 256 channels`,
    () => {
      let seed = 0;
      for (const C of CHANNELS) {
        for (const rank of [2, 3, 4, 5]) {
          const example = randomCase(++seed, [...randomBatch(new Random(seed), rank), C], offset);
          assertExact(example);
          assertAsTextbook(example);
        }
      }
    },
  );
}

testWithKernels("training on two values per channel, and on every number up to 200", () => {
  for (let m = 2; m <= 200; m++) {
    const example = randomCase(m, [m, 1 + m % 6], m % 2 ? 0 : 1e4);
    assertExact(example);
  }
});

/** Sets whole rows of x. */
function withRows(x: Float32Array, C: number, rows: number[], value: number): Float32Array {
  const chosen = new Set(rows);
  return x.map((old, k) => chosen.has(Math.floor(k / C)) ? value + old : old);
}

const OUTLIERS: Record<string, (m: number) => number[]> = {
  "the first row": () => [0],
  "the first sixteen rows": () => Array.from({ length: 16 }, (_, i) => i),
  "the last row": (m) => [m - 1],
  "sixteen rows spread evenly over the batch": (m) =>
    Array.from({ length: 16 }, (_, i) => i * Math.floor(m / 16)),
  "all rows but the first": (m) => Array.from({ length: m - 1 }, (_, i) => i + 1),
};

for (const [name, rowsOf] of Object.entries(OUTLIERS)) {
  testWithKernels(`training where ${name}: values far from all others`, () => {
    for (const distance of [10, 1e3, 1e5]) {
      for (const [m, C] of [[50_176, 2], [1000, 5], [163, 4], [17, 3]]) {
        const random = new Random(m);
        const x = withRows(random.normals(m * C), C, rowsOf(m), distance);
        const label = `distance ${distance}, ${m} rows, ${C} channels:`;
        const example = withParameters(label, [m, C], x, random);
        assertExact(example);
      }
    }
  });
}

testWithKernels(
  "a channel that never changes is normalized to β, has variance 0, and its gradient is finite and right",
  () => {
    for (const [m, constant] of [[64, 0], [50, 1], [1000, 12345.678], [333, -1e6], [7, 1e-30]]) {
      const random = new Random(m);
      const C = 3;
      const x = random.normals(m * C).map((value, k) =>
        k % C === 1 ? Math.fround(constant) : value
      );
      const example = withParameters(`${m} rows of ${constant}:`, [m, C], x, random);
      const { y, mean, variance, dx } = outcomeOf(example);
      const { values, scales } = exactOf(example);
      assertEquals(variance[1], 0, example.label);
      assertEquals(mean[1], Math.fround(constant), example.label);
      for (let k = 1; k < m * C; k += C) assertEquals(y[k], example.beta[1], example.label);
      assertClose(`${example.label} dx`, dx, values.dx, scales.dx, 1e-5);
    }
  },
);

testWithKernels(
  "a channel's bits depend neither on the channels beside it nor on their number",
  () => {
    for (const [m, C] of [[77, 11], [77, 19], [3000, 33]]) {
      const all = randomCase(1, [m, C], 10);
      const whole = outcomeOf(all);
      for (let c = 0; c < C; c++) {
        const column = (values: ArrayLike<number>) =>
          Float32Array.from({ length: m }, (_, i) => values[i * C + c]);
        const alone = outcomeOf({
          ...all,
          shape: [m, 1],
          x: column(all.x),
          w: column(all.w),
          gamma: all.gamma.subarray(c, c + 1),
          beta: all.beta.subarray(c, c + 1),
          u: all.u.subarray(c, c + 1),
          v: all.v.subarray(c, c + 1),
        });
        assertEquals(bits(column(whole.y)), bits(alone.y), `channel ${c}: y`);
        assertEquals(bits(column(whole.dx)), bits(alone.dx), `channel ${c}: dx`);
      }
    }
  },
);

testWithKernels("NaN and infinities stay in their own channel", () => {
  for (const strange of [NaN, Infinity, -Infinity]) {
    for (let c = 0; c < 6; c++) {
      const example = randomCase(1, [40, 6]);
      const ordinary = outcomeOf(example);
      const x = example.x.slice();
      x[17 * 6 + c] = strange;
      const { y, mean, variance, dx } = outcomeOf({ ...example, x });
      for (let k = 0; k < x.length; k++) {
        if (k % 6 === c) assert(Number.isNaN(dx[k]), `dx[${k}] is ${dx[k]}`);
        else assertEquals([y[k], dx[k]], [ordinary.y[k], ordinary.dx[k]]);
      }
      for (let i = 0; i < 6; i++) {
        if (i === c) assert(!Number.isFinite(mean[i]) && Number.isNaN(variance[i]));
        else assertEquals(mean[i], ordinary.mean[i]);
      }
    }
  }
});

testWithKernels(
  "int32 batches take the textbook, which float32 kernels do not serve",
  () =>
    tf.tidy(() => {
      const x = tf.tensor2d([1, 2, 3, 6], [2, 2], "int32");
      const { y, mean, variance } = batchNormTraining(x, { epsilon: 1e-9 });
      assertEquals([...y.dataSync()].map(Math.round), [-1, -1, 1, 1]);
      assertEquals([[...mean.dataSync()], [...variance.dataSync()]], [[2, 4], [1, 4]]);
      const statistics = { mean: tf.tensor1d([1, 2], "int32"), variance: tf.tensor1d([1, 4]) };
      const predicted = batchNormPrediction(x, { ...statistics, epsilon: 1e-9 });
      assertEquals([...predicted.dataSync()].map(Math.round), [0, 0, 2, 2]);
    }),
);

testWithKernels("gradients through one output alone: y, the mean, or the variance", () => {
  const example = randomCase(3, [30, 5], 100);
  const none = (values: Float32Array) => new Float32Array(values.length);
  assertExact({ ...example, label: "y:", u: none(example.u), v: none(example.v) });
  assertExact({ ...example, label: "mean:", w: none(example.w), v: none(example.v) });
  assertExact({ ...example, label: "variance:", w: none(example.w), u: none(example.u) });
});

testWithKernels(
  "a gradient that somebody needs through x alone, or γ and β alone",
  () =>
    tf.tidy(() => {
      const { shape, x, gamma, beta, w } = randomCase(5, [20, 3]);
      const example = {
        x: tf.tensor(x, shape),
        gamma: tf.tensor1d(gamma),
        beta: tf.tensor1d(beta),
      };
      const loss = (inputs: typeof example, textbook: boolean) =>
        batchNormTraining(inputs.x, { ...inputs, textbook }).y.mul(tf.tensor(w, shape)).sum();
      for (const name of ["x", "gamma", "beta"] as const) {
        const [actual, textbook] = [false, true].map((textbook) =>
          tf.grad((value) => loss({ ...example, [name]: value }, textbook))(example[name])
            .dataSync<"float32">()
        );
        assertClose(name, actual, textbook, maxAbs(textbook), 1e-5);
      }
    }),
);

// —— Prediction —————————————————————————————————————————————————————————————————————————————————

const PREDICTION_INPUTS = ["x", "gamma", "beta", "mean", "variance"] as const;

for (const offset of [0, 1e4]) {
  testWithKernels(
    `prediction at offset ${offset}: y is within 1e-5 of float64, and the gradients with respect to all five inputs within 2e-5 of the textbook`,
    () => {
      let seed = 100;
      for (const C of CHANNELS) {
        for (const rank of [2, 3, 4, 5]) {
          const random = new Random(++seed);
          const shape = [...randomBatch(random, rank), C];
          const { label, x, gamma, beta, w } = randomCase(seed, shape, offset);
          const mean = random.normals(C, offset, 1);
          const variance = random.numbers(C).map((value) => 1.5 + value);
          const exact = float64.prediction({ x, gamma, beta, epsilon: EPSILON }, {
            mean,
            variance,
          });
          tf.tidy(() => {
            const inputs = [
              tf.tensor(x, shape),
              ...[gamma, beta, mean, variance].map((values) => tf.tensor1d(values)),
            ];
            const predict = (textbook: boolean) => (...inputs: tf.Tensor[]) => {
              const [x, gamma, beta, mean, variance] = inputs as [tf.Tensor, ...tf.Tensor1D[]];
              const options = { gamma, beta, mean, variance, epsilon: EPSILON, textbook };
              return batchNormPrediction(x, options);
            };
            const y = predict(false)(...inputs).dataSync<"float32">();
            assertClose(`${label} y`, y, exact, maxAbs(exact), 1e-5);
            const dy = tf.tensor(w, shape);
            const actual = tf.grads(predict(false))(inputs, dy);
            const textbook = tf.grads(predict(true))(inputs, dy);
            PREDICTION_INPUTS.forEach((name, i) => {
              const expected = textbook[i].dataSync<"float32">();
              assertEquals(actual[i].shape, inputs[i].shape);
              const values = actual[i].dataSync<"float32">();
              const scale = maxAbs(expected) + (i === 0 ? 0 : maxAbs(w));
              assertClose(`${label} d${name}`, values, expected, scale, 2e-5);
            });
          });
        }
      }
    },
  );
}

testWithKernels("an example's prediction has the same bits in any batch", () => {
  const { x, gamma, beta } = randomCase(1, [130, 7]);
  const predict = (rows: number) =>
    bits(
      tf.tidy(() =>
        batchNormPrediction(tf.tensor2d(x.subarray(0, rows * 7), [rows, 7]), {
          gamma: tf.tensor1d(gamma),
          beta: tf.tensor1d(beta),
          mean: tf.tensor1d(beta),
          variance: tf.tensor1d(gamma.map(Math.abs)),
        }).dataSync<"float32">()
      ),
    );
  const all = predict(130);
  for (let rows = 1; rows <= 130; rows++) {
    const same = predict(rows).every((value, k) => value === all[k]);
    assert(same, `${rows} rows`);
  }
});

// —— Which path is taken ————————————————————————————————————————————————————————————————————————

testWithKernels(
  'the kernels are what computes, except under useKernels("stock") and with { textbook: true }',
  async () => {
    const x = tf.tensor2d([1, 2, 3, 4], [2, 2]);
    const statistics = { mean: tf.tensor1d([1, 2]), variance: tf.tensor1d([1, 2]) };
    const kernelsOf = async (textbook: boolean) => {
      const { kernelNames } = await tf.profile(() =>
        tf.tidy(() => {
          batchNormTraining(x, { textbook });
          batchNormPrediction(x, { ...statistics, textbook });
        }) as unknown as tf.TensorContainer
      );
      return kernelNames.filter((name) => name.startsWith("BatchNorm")).sort();
    };
    const both = ["BatchNormPrediction", "BatchNormTraining"];
    try {
      assertEquals(await kernelsOf(false), both);
      assertEquals(await kernelsOf(true), []);
      useKernels("stock");
      assertEquals(await kernelsOf(false), []);
      useKernels("own");
      assertEquals(await kernelsOf(false), both);
    } finally {
      useKernels("own");
      tf.dispose([x, statistics]);
    }
  },
);

// —— Many values ————————————————————————————————————————————————————————————————————————————————

/** Uniform numbers in [0, 1) plus the offset, quickly. */
function uniforms(length: number, offset: number): Float32Array<ArrayBuffer> {
  const values = new Float32Array(length);
  let state = 1;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    values[i] = offset + (state >>> 8) / 2 ** 24;
  }
  return values;
}

for (
  const [m, C, offset] of [[50_176, 1, 0], [50_176, 30, 0], [50_176, 30, 100], [20_000_000, 1, 0]]
) {
  testWithKernels(
    `over ${m} values in each of ${C} channels at offset ${offset} the mean is within 1e-6·Σ|x|/m and the variance within 1e-6 of float64`,
    () => {
      const x = uniforms(m * C, offset);
      const exact = float64.moments(x, C);
      const { mean, variance } = tf.tidy(() => {
        const { mean, variance } = batchNormTraining(tf.tensor2d(x, [m, C]));
        return { mean: mean.dataSync().slice(), variance: variance.dataSync().slice() };
      });
      assertGreater(exact.variance[0], 0.08);
      for (let c = 0; c < C; c++) {
        assertLessOrEqual(Math.abs(mean[c] - exact.mean[c]), 1e-6 * exact.mean[c]);
        assertLessOrEqual(Math.abs(variance[c] - exact.variance[c]), 1e-6 * exact.variance[c]);
      }
    },
  );
}

testWithKernels("dβ and dγ over 50,176 values are within 1e-6·Σ|dy| of float64", () => {
  const [m, C] = [50_176, 5];
  const x = uniforms(m * C, 0);
  const w = uniforms(m * C, 0.5);
  const ones = new Float32Array(C).fill(1);
  const zeros = new Float32Array(C);
  const example = { label: "", shape: [m, C], x, w, gamma: ones, beta: zeros, u: zeros, v: zeros };
  const { dGamma, dBeta } = outcomeOf(example);
  const exact = float64.grad({ x, gamma: ones, beta: zeros, epsilon: EPSILON }, w);
  const sums = Array.from(ones, (_, c) => exact.dBeta[c]); // dy > 0
  assertClose("dβ", dBeta, exact.dBeta, sums, 1e-6);
  assertClose("dγ", dGamma, exact.dGamma, sums, 1e-6);
});

testWithKernels(
  "statistics of no rows are refused, with the shape, and predictions of none are none",
  () =>
    tf.tidy(() => {
      const [gamma, beta] = [tf.ones([3]), tf.zeros([3])];
      for (const shape of [[0, 3], [0, 2, 2, 3]]) {
        const x = tf.zeros(shape);
        assertThrows(
          () => tf.engine().runKernel("BatchNormTraining", { x, gamma, beta }, { epsilon: 1e-3 }),
          RangeError,
          `Cannot take the statistics of no rows: x has the shape [${shape}].`,
        );
        const given = { x, gamma, beta, mean: beta, variance: gamma };
        const y = tf.engine().runKernel<tf.Tensor>("BatchNormPrediction", given, { epsilon: 1e-3 });
        assertEquals(y.shape, shape);
      }
    }),
);
