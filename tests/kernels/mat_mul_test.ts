/** `BatchMatMul` and `_FusedMatMul` of kernels/, on the WASM backend, against loops in float64. */
import { assertEquals, assertGreater, assertThrows } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { useKernels } from "../../kernels/mod.ts";
import { testWithKernels } from "../backends.ts";
import { bits } from "../bn/layer_helpers.ts";
import {
  activated,
  assertWithinRounding,
  matMul,
  type MatMulCase,
  plusBias,
  Random,
  shapesOf,
  sizeOf,
} from "./reference.ts";

const TRANSPOSITIONS = [
  { transposeA: false, transposeB: false },
  { transposeA: false, transposeB: true },
  { transposeA: true, transposeB: false },
  { transposeA: true, transposeB: true },
];

const nameOf = ({ transposeA, transposeB }: { transposeA: boolean; transposeB: boolean }) =>
  `${transposeA ? "Aᵀ" : "A"}·${transposeB ? "Bᵀ" : "B"}`;

// Around the vector's 4 lanes, the tile's 5 rows and 8 columns, and the 1024 terms of a block.
const SIZES = [0, 1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 20, 21, 16, 17, 23, 24, 25, 33, 50, 67];
const TERMS = [...SIZES, 100, 255, 1023, 1024, 1025, 1027, 2049, 3000];

function randomCase(
  random: Random,
  transposition: { transposeA: boolean; transposeB: boolean },
): MatMulCase {
  const K = random.pick(TERMS);
  const sizes = K > 100 ? SIZES.slice(0, 14) : SIZES;
  const [M, N] = [random.pick(sizes), random.pick(sizes)];
  const batches = M * N * K > 20_000 ? [[[], []]] : [
    [[], []],
    [[], []],
    [[3], [3]],
    [[4], [1]],
    [[1], [4]],
    [[], [2]],
    [[2, 1], [1, 3]],
    [[2, 3], [3]],
    [[3], [2, 1]],
    [[1, 2, 2], [2, 1, 2]],
    [[0], [1]],
  ];
  const [batchA, batchB] = random.pick(batches);
  return { M, N, K, ...transposition, batchA, batchB };
}

/** The values of what `compute` gives, which is then disposed. */
function values(compute: () => tf.Tensor): Float32Array {
  return tf.tidy(() => compute().dataSync<"float32">().slice());
}

function product(example: MatMulCase, a: Float32Array, b: Float32Array): Float32Array {
  const shapes = shapesOf(example);
  return values(() =>
    tf.matMul(
      tf.tensor(a, shapes.a),
      tf.tensor(b, shapes.b),
      example.transposeA,
      example.transposeB,
    )
  );
}

function fusedProduct(
  { M, N, K, transposeA, transposeB }: MatMulCase,
  a: Float32Array,
  b: Float32Array,
  options: {
    bias?: Float32Array;
    activation?: tf.fused.Activation;
    alpha?: number;
    prelu?: Float32Array;
  } = {},
): Float32Array {
  const { bias, activation, alpha, prelu } = options;
  return values(() =>
    tf.fused.matMul({
      a: tf.tensor2d(a, transposeA ? [K, M] : [M, K]),
      b: tf.tensor2d(b, transposeB ? [N, K] : [K, N]),
      transposeA,
      transposeB,
      bias: bias && tf.tensor1d(bias),
      activation,
      leakyreluAlpha: alpha,
      preluActivationWeights: prelu && tf.tensor1d(prelu),
    })
  );
}

for (const transposition of TRANSPOSITIONS) {
  const name = nameOf(transposition);

  testWithKernels(
    `tf.matMul() gives ${name} within K·2⁻²⁴·Σ|a||b| of float64 in 120 random shapes, batched and broadcast`,
    () => {
      for (let seed = 1; seed <= 120; seed++) {
        const random = new Random(seed);
        const example = randomCase(random, transposition);
        const { a, b } = shapesOf(example);
        const [A, B] = [random.numbers(sizeOf(a)), random.numbers(sizeOf(b))];
        assertWithinRounding(
          `seed ${seed}, ${name} of [${a}] and [${b}]`,
          product(example, A, B),
          matMul(example, A, B),
        );
      }
    },
  );

  testWithKernels(
    `tf.fused.matMul() gives relu(${name} + bias), and each part alone, within that bound in 60 random shapes`,
    () => {
      for (let seed = 1001; seed <= 1060; seed++) {
        const random = new Random(seed);
        const example = { ...randomCase(random, transposition), batchA: [], batchB: [] };
        const { a, b } = shapesOf(example);
        const [A, B] = [random.numbers(sizeOf(a)), random.numbers(sizeOf(b))];
        const bias = random.pick([undefined, random.numbers(example.N)]);
        const activation = random.pick(["linear", "relu"] as const);
        let exact = matMul(example, A, B);
        if (bias) exact = plusBias(exact, bias);
        if (activation === "relu") exact = activated(exact, (value) => Math.max(0, value));
        assertWithinRounding(
          `seed ${seed}, ${activation} of ${name} of [${a}] and [${b}]${bias ? " + bias" : ""}`,
          fusedProduct(example, A, B, { bias, activation }),
          exact,
        );
      }
    },
  );

  testWithKernels(
    `${name}: the bits of an output row do not depend on how many rows there are, 1 to 130, nor on which of them it is`,
    () => {
      // Panels that begin earlier to be full, thin ones, and tiles of ten rows with and without adding.
      for (
        const [N, K, withBias] of [
          [13, 70, false],
          [8, 33, true],
          [9, 1030, true],
          [12, 1030, false],
          [3, 40, true],
          [6, 1030, true],
        ] as const
      ) {
        const random = new Random(N * K);
        const whole = { M: 130, N, K, ...transposition, batchA: [], batchB: [] };
        const [A, B] = [random.numbers(130 * K), random.numbers(K * N)];
        const bias = withBias ? random.numbers(N) : undefined;
        const compute = (M: number, a: Float32Array) =>
          bits(
            bias
              ? fusedProduct({ ...whole, M }, a, B, { bias, activation: "relu" })
              : product({ ...whole, M }, a, B),
          );
        const expected = compute(130, transposition.transposeA ? transposed(A, 130, K) : A);
        for (let M = 1; M <= 130; M++) {
          const first = random.int(0, 130 - M);
          const rows = A.subarray(first * K, (first + M) * K);
          const actual = compute(M, transposition.transposeA ? transposed(rows, M, K) : rows);
          const same = actual.every((value, i) => value === expected[first * N + i]);
          if (!same) throw new Error(`rows ${first} to ${first + M - 1} of [130, ${K}], N = ${N}`);
        }
      }
    },
  );
}

testWithKernels("nor do they in products too wide for their sums to be held at once", () => {
  // 4,096 columns are 16 kB, rows so far apart that up to sixteen of A are few.
  for (
    const [N, K, widths] of [
      [9000, 5, [1, 2, 3, 16, 17]],
      [700, 1030, [1, 2, 10, 11]],
      [4096, 9, [1, 13, 16, 17]],
    ] as const
  ) {
    const random = new Random(N);
    const whole = { M: 30, N, K, ...TRANSPOSITIONS[0], batchA: [], batchB: [] };
    const [A, B, bias] = [random.numbers(30 * K), random.numbers(K * N), random.numbers(N)];
    const compute = (M: number, a: Float32Array) =>
      bits(fusedProduct({ ...whole, M }, a, B, { bias, activation: "relu" }));
    const expected = compute(30, A);
    for (const M of widths) {
      const first = random.int(0, 30 - M);
      const actual = compute(M, A.subarray(first * K, (first + M) * K));
      const same = actual.every((value, i) => value === expected[first * N + i]);
      if (!same) throw new Error(`rows ${first} to ${first + M - 1} of [30, ${K}], N = ${N}`);
    }
  }
});

function transposed(matrix: Float32Array, rows: number, columns: number): Float32Array {
  return Float32Array.from(matrix, (_, i) => matrix[(i % rows) * columns + Math.floor(i / rows)]);
}

testWithKernels("a matrix of a batch has the bits that it has alone", () => {
  const random = new Random(1);
  const example = { M: 7, N: 9, K: 11, ...TRANSPOSITIONS[0], batchA: [5], batchB: [5] };
  const [A, B] = [random.numbers(5 * 77), random.numbers(5 * 99)];
  const together = bits(product(example, A, B));
  for (let i = 0; i < 5; i++) {
    const alone = product(
      { ...example, batchA: [], batchB: [] },
      A.subarray(i * 77, (i + 1) * 77),
      B.subarray(i * 99, (i + 1) * 99),
    );
    assertEquals(together.slice(i * 63, (i + 1) * 63), bits(alone));
  }
});

testWithKernels("the random shapes hold every size around a vector, a tile and a block", () => {
  const examples = Array.from(
    { length: 120 },
    (_, i) => randomCase(new Random(1 + i), TRANSPOSITIONS[0]),
  );
  for (const size of [0, 1, 4, 5, 6, 7, 8, 9]) {
    assertGreater(examples.filter(({ M }) => M === size).length, 0);
    assertGreater(examples.filter(({ N }) => N === size).length, 0);
  }
  assertGreater(examples.filter(({ M, N, K }) => K > 1024 && M * N > 0).length, 5);
  assertGreater(examples.filter(({ batchA, batchB }) => `${batchA}` !== `${batchB}`).length, 20);
});

// —— Values that are not ordinary ———————————————————————————————————————————————————————————————

testWithKernels(
  "NaN and infinities reach exactly the sums that they are part of, in tiles and in what is left of them",
  () => {
    for (const transposition of TRANSPOSITIONS) {
      for (let seed = 1; seed <= 20; seed++) {
        const random = new Random(seed);
        const [M, N, K] = [random.int(1, 14), random.int(1, 18), random.int(1, 40)];
        const example = { M, N, K, ...transposition, batchA: [], batchB: [] };
        const [A, B] = [random.numbers(M * K), random.numbers(K * N)];
        A[random.int(0, A.length - 1)] = random.pick([NaN, Infinity, -Infinity]);
        B[random.int(0, B.length - 1)] = random.pick([NaN, Infinity, -Infinity, 0]);
        const label = `seed ${seed}, ${nameOf(example)}, M ${M}, N ${N}, K ${K}`;
        const exact = matMul(example, A, B);
        assertWithinRounding(label, product(example, A, B), exact);
        assertWithinRounding(
          `${label}, relu`,
          fusedProduct(example, A, B, { activation: "relu" }),
          activated(exact, (value) => Math.max(0, value)),
        );
      }
    }
  },
);

testWithKernels("denormal numbers are not taken for zero", () => {
  const example = { M: 3, N: 5, K: 2, ...TRANSPOSITIONS[0], batchA: [], batchB: [] };
  const A = Float32Array.from([1e-40, 2e-40, 1e-20, 1e-20, 1, 2 ** -149]);
  const B = Float32Array.from([1, 2, 3, 1e-20, 0.5, 1, 2, 3, 1e-20, 0.5]);
  const actual = product(example, A, B);
  assertWithinRounding("denormals", actual, matMul(example, A, B));
  assertGreater(actual[0], 2.9e-40);
  assertGreater(actual[8], 1e-40); // 2·10⁻⁴⁰, from two normal numbers
});

testWithKernels("sums without terms are zero, or the bias, whatever the memory held before", () => {
  for (let i = 0; i < 3; i++) {
    tf.fill([64], 7).dispose(); // leaves sevens where the next tensors will lie
    const empty = { M: 3, N: 4, K: 0, ...TRANSPOSITIONS[0], batchA: [], batchB: [] };
    const none = new Float32Array();
    assertEquals(product(empty, none, none), new Float32Array(12));
    const bias = Float32Array.of(-1, 2, -3, 4);
    const expected = [0, 2, 0, 4];
    assertEquals(
      [...fusedProduct(empty, none, none, { bias, activation: "relu" })],
      [...expected, ...expected, ...expected],
    );
  }
});

// —— Other activations and biases ———————————————————————————————————————————————————————————————

const ACTIVATIONS: Record<string, (value: number, column: number) => number> = {
  relu6: (value) => Math.min(6, Math.max(0, value)),
  elu: (value) => value > 0 ? value : Math.expm1(value),
  sigmoid: (value) => 1 / (1 + Math.exp(-value)),
  leakyrelu: (value) => value > 0 ? value : 0.25 * value,
  prelu: (value, column) => value > 0 ? value : (column + 1) / 8 * value,
};

for (const [name, activation] of Object.entries(ACTIVATIONS)) {
  testWithKernels(
    `tf.fused.matMul() with ${name} and a bias is within 1e-6 of float64, transposed or not`,
    () => {
      for (const transposition of TRANSPOSITIONS) {
        const random = new Random(7);
        const example = { M: 9, N: 7, K: 12, ...transposition, batchA: [], batchB: [] };
        const A = random.numbers(9 * 12).map((value) => 2 * value);
        const B = random.numbers(12 * 7);
        const bias = random.numbers(7);
        const actual = fusedProduct(example, A, B, {
          bias,
          activation: name as tf.fused.Activation,
          alpha: 0.25,
          prelu: Float32Array.from({ length: 7 }, (_, column) => (column + 1) / 8),
        });
        plusBias(matMul(example, A, B), bias).values.forEach((value, i) => {
          const expected = activation(value, i % 7);
          if (!(Math.abs(actual[i] - expected) < 1e-6)) {
            throw new Error(`${nameOf(example)}: value ${i} is ${actual[i]}, expected ${expected}`);
          }
        });
      }
    },
  );
}

testWithKernels("tf.fused.matMul() adds a bias of any shape that fits", () =>
  tf.tidy(() => {
    const [a, b] = [tf.tensor2d([[1, 2], [3, -4]]), tf.tensor2d([[1, 0], [0, 1]])];
    for (
      const [bias, linear] of [
        [tf.tensor1d([10, 20]), [11, 22, 13, 16]],
        [tf.tensor1d([10]), [11, 12, 13, 6]],
        [tf.tensor2d([[10, 20]]), [11, 22, 13, 16]],
        [tf.tensor2d([[10], [20]]), [11, 12, 23, 16]],
        [tf.tensor2d([[10, 20], [30, 40]]), [11, 22, 33, 36]],
        [tf.scalar(3), [4, 5, 6, -1]],
      ] as [tf.Tensor, number[]][]
    ) {
      for (const transposeA of [false, true]) {
        const A = transposeA ? a.transpose<tf.Tensor2D>() : a;
        assertEquals([...tf.fused.matMul({ a: A, b, bias, transposeA }).dataSync()], linear);
        assertEquals(
          [...tf.fused.matMul({ a: A, b, bias, transposeA, activation: "relu" }).dataSync()],
          linear.map((value) => Math.max(0, value)),
        );
      }
    }
  }));

testWithKernels(
  "TensorFlow.js's own fused product adds the wrong bias where a matrix is transposed: once this fails, the operations in mat_mul.ts can go",
  () => {
    const twos = tf.tidy(() => {
      useKernels("stock");
      const [a, b, bias] = [tf.ones<tf.Rank.R2>([2, 2]), tf.ones<tf.Rank.R2>([2, 2]), [0, 1]];
      const activation = "relu6";
      return [...tf.fused.matMul({ a, b, transposeB: true, bias, activation }).dataSync()];
    });
    useKernels("own");
    assertEquals(twos, [2, 3, 3, 3]); // and not 2 3 2 3
  },
);

// —— What TensorFlow.js refuses —————————————————————————————————————————————————————————————————

/** What `compute` gives with each choice of kernels: values with their shape and type, or the error. */
function withEachChoice(compute: () => tf.Tensor): Record<"own" | "stock", unknown> {
  const outcome = () => {
    tf.engine().startScope();
    try {
      const tensor = compute();
      return { shape: tensor.shape, dtype: tensor.dtype, values: [...tensor.dataSync()] };
    } catch (error) {
      return (error as Error).message;
    } finally {
      tf.engine().endScope();
    }
  };
  try {
    useKernels("stock");
    const stock = outcome();
    useKernels("own");
    return { own: outcome(), stock };
  } finally {
    useKernels("own");
  }
}

for (
  const [title, compute, expected] of [
    [
      "int32 matrices are refused as TensorFlow.js refuses them",
      () => tf.matMul(tf.ones([2, 3], "int32"), tf.ones([3, 2], "int32")),
      "BatchMatMul for non non-float32 tensors not yet supported.",
    ],
    [
      "bool matrices are refused as TensorFlow.js refuses them",
      () => tf.matMul(tf.ones([2, 3], "bool"), tf.ones([3, 2], "bool")),
      "BatchMatMul for non non-float32 tensors not yet supported.",
    ],
    [
      "a fused product of int32 matrices is refused as TensorFlow.js refuses it",
      () => tf.fused.matMul({ a: tf.ones([2, 3], "int32"), b: tf.ones([3, 2], "int32") }),
      "_FusedMatMul for non non-float32 tensors not yet supported.",
    ],
    [
      "an int32 matrix becomes float32 beside another",
      () => tf.matMul(tf.tensor2d([[1, 2]], [1, 2], "int32"), tf.tensor2d([[0.5], [0.25]])),
      { shape: [1, 1], dtype: "float32", values: [1] },
    ],
    [
      "an int32 bias becomes float32",
      () =>
        tf.fused.matMul({
          a: tf.ones([1, 2]),
          b: tf.ones([2, 2]),
          bias: tf.tensor1d([5, 6], "int32"),
        }),
      { shape: [1, 2], dtype: "float32", values: [7, 8] },
    ],
    [
      "an activation that TensorFlow.js cannot fuse is refused",
      () =>
        tf.fused.matMul({ a: tf.ones([2, 3]), b: tf.ones([3, 2]), activation: "selu" as "relu" }),
      "selu activation not yet supported for FusedConv2D in the wasm backend.",
    ],
  ] as [string, () => tf.Tensor, unknown][]
) {
  testWithKernels(title, () => {
    assertEquals(withEachChoice(compute), { own: expected, stock: expected });
  });
}

testWithKernels("inner sizes that differ are refused", () =>
  tf.tidy(() => {
    const attrs = { transposeA: false, transposeB: false } as unknown as tf.NamedAttrMap;
    const [a, b] = [tf.ones([2, 3]), tf.ones([2, 3])];
    for (
      const run of [
        () => tf.matMul(a, b),
        () => tf.engine().runKernel("BatchMatMul", { a, b }, attrs),
      ]
    ) {
      assertThrows(run, RangeError, "inner sizes are 3 and 2");
    }
  }));
