/** Products by a BLAS of the machine, against float64; skipped aloud where there is none. */
import { assert, assertEquals, assertLessOrEqual, assertMatch, assertThrows } from "@std/assert";
import { fileURLToPath } from "node:url";
import * as tf from "@tensorflow/tfjs";
import config from "../../deno.json" with { type: "json" };
import { blasInUse, closeBlas, inTrainingStep, openBlas } from "../../kernels/mod.ts";
import { runTrial } from "../../experiments/trial.ts";
import { testWithKernels } from "../backends.ts";
import { hasBlas } from "../blas.ts";
import { granted } from "../permissions.ts";
import { tinyData, tinyExperiment } from "../tiny_trials.ts";

const there = hasBlas();

/** max |C − A·B| over the bound of K roundings. */
function error(a: tf.Tensor, b: tf.Tensor, c: tf.Tensor, tA: boolean, tB: boolean): number {
  const turn = (x: number[][]) => x[0].map((_, i) => x.map((row) => row[i]));
  const [A, B] = [
    tA ? turn(a.arraySync() as number[][]) : a.arraySync() as number[][],
    tB ? b.arraySync() as number[][] : turn(b.arraySync() as number[][]),
  ];
  const C = c.arraySync() as number[][];
  return Math.max(...A.flatMap((row, i) =>
    B.map((column, j) => {
      const terms = row.map((x, k) => x * column[k]);
      const sum = terms.reduce((s, t) => s + t, 0);
      const size = terms.reduce((s, t) => s + Math.abs(t), 0);
      return Math.abs(C[i][j] - sum) / (terms.length * 2 ** -24 * size + 1e-30);
    })
  ));
}

/** What a library was asked for while something was done. */
interface Seen {
  products: number;
  /** How many times it is open. */
  open: number;
  threads: number[];
}

/**
 * Watches a library while something is done.
 *
 * @param sgemm What computes in its place.
 */
async function watchLibrary(
  work: () => void | Promise<unknown>,
  sgemm?: (...operands: unknown[]) => void,
): Promise<Seen> {
  const { dlopen } = Deno;
  const seen: Seen = { products: 0, open: 0, threads: [] };
  type Symbols = Record<string, ((...operands: unknown[]) => unknown) | null>;
  Deno.dlopen = ((path: string, wanted: Deno.ForeignLibraryInterface) => {
    const library = dlopen(path, wanted);
    const symbols = library.symbols as Symbols;
    seen.open += 1;
    return {
      symbols: {
        ...symbols,
        cblas_sgemm: (...operands: unknown[]) => {
          seen.products += 1;
          return (sgemm ?? symbols.cblas_sgemm!)(...operands);
        },
        openblas_set_num_threads: (threads: number) => {
          seen.threads.push(threads);
          return symbols.openblas_set_num_threads?.(threads);
        },
      },
      close: () => (seen.open -= 1, library.close()),
    };
  }) as unknown as typeof dlopen;
  try {
    await work();
  } finally {
    Deno.dlopen = dlopen;
  }
  return seen;
}

if (there) {
  testWithKernels("a BLAS is asked for the large products of a training step only", async () => {
    const multiply = (size: number) => {
      const matrix = tf.ones([size, size]);
      tf.dispose([matrix, tf.matMul(matrix, matrix)]);
    };
    const large = () => multiply(64);
    const productsOf = async (work: () => void) =>
      (await watchLibrary(() => {
        openBlas();
        work();
        closeBlas();
      })).products;
    assertEquals(await productsOf(() => inTrainingStep(large)), 1);
    assertEquals(await productsOf(() => inTrainingStep(() => multiply(8))), 0);
    assertEquals(await productsOf(large), 0);
    assertEquals(await productsOf(() => (inTrainingStep(() => {}), large())), 0);
  });

  testWithKernels("what a BLAS has computed is the product, without bias and ReLU", async () => {
    const matrix = tf.randomNormal<tf.Rank.R2>([64, 64], 0, 1, "float32", 1);
    const bias = tf.randomNormal<tf.Rank.R1>([64], 0, 1, "float32", 2);
    const fused = () =>
      tf.tidy(() => tf.fused.matMul({ a: matrix, b: matrix, bias, activation: "relu" }).dataSync());
    const own = fused();
    const mark = (...operands: unknown[]) => {
      const c = operands[12] as Uint8Array;
      new Float32Array(c.buffer, c.byteOffset, 64 * 64).fill(7);
    };
    await watchLibrary(() => {
      openBlas();
      assertEquals(
        inTrainingStep(() => tf.tidy(() => tf.matMul(matrix, matrix).dataSync())),
        new Float32Array(64 * 64).fill(7),
      );
      assertEquals(inTrainingStep(fused), own);
      closeBlas();
    }, mark);
    tf.dispose([matrix, bias]);
  });

  testWithKernels("a trial trains with it, one thread, and predicts without", async () => {
    // Three steps, in each the first layer's product and its weights' gradient; the others are small.
    const { products, threads } = await watchLibrary(async () => {
      openBlas();
      await runTrial(tinyExperiment({ hidden: [64] }), 1, tinyData());
      closeBlas();
    });
    assertEquals(products, 6);
    assertEquals(new Set(threads), new Set([1]));
  });

  testWithKernels(
    "opening another library closes the one before, if it can be opened",
    async () => {
      const { open } = await watchLibrary(() => {
        openBlas();
        openBlas();
        assertThrows(() => openBlas("/no/such/libblas.so"));
      });
      assertEquals(open, 1);
      assert(blasInUse());
      closeBlas();
    },
  );

  testWithKernels(
    "a BLAS computes products of a training step, all transpositions and batches",
    () => {
      openBlas();
      try {
        for (const [M, N, K] of [[64, 256, 784], [33, 40, 65], [1, 200, 200], [100, 64, 5]]) {
          for (const [tA, tB] of [[false, false], [true, false], [false, true], [true, true]]) {
            tf.tidy(() => {
              const a = tf.randomNormal(tA ? [K, M] : [M, K], 0, 1, "float32", 1);
              const b = tf.randomNormal(tB ? [N, K] : [K, N], 0, 1, "float32", 2);
              const c = inTrainingStep(() => tf.matMul(a, b, tA, tB));
              assertLessOrEqual(error(a, b, c, tA, tB), 1);
              const batched = inTrainingStep(() =>
                tf.matMul(tf.stack([a, a]), b.expandDims(0), tA, tB)
              );
              for (const one of batched.unstack()) assertEquals(one.dataSync(), c.dataSync());
            });
          }
        }
      } finally {
        closeBlas();
      }
    },
  );

  testWithKernels(
    "outside of a training step no product goes to it: the bits are the kernels'",
    () => {
      const [a, b] = [
        tf.randomNormal([64, 784], 0, 1, "float32", 1),
        tf.randomNormal([784, 256], 0, 1, "float32", 2),
      ];
      const product = () => tf.tidy(() => tf.matMul(a, b).dataSync());
      const without = product();
      openBlas();
      try {
        assertEquals(product(), without);
      } finally {
        closeBlas();
      }
      assertEquals(blasInUse(), undefined);
      tf.dispose([a, b]);
    },
  );
}

Deno.test({
  name: "an OpenBLAS older than the processor goes by its instructions, and says what it is for",
  ignore: !there || !granted("run", "read") || Deno.build.arch !== "x86_64",
  async fn() {
    const versionWith = async (env: Record<string, string>) => {
      const { stdout } = await new Deno.Command(Deno.execPath(), {
        args: [
          "eval",
          `
          import { openBlas } from "${new URL("../../kernels/blas.ts", import.meta.url)}";
          console.log(openBlas().version, Deno.env.has("OPENBLAS_CORETYPE"));
        `,
        ],
        env,
      }).output();
      return new TextDecoder().decode(stdout);
    };
    // Taken for what a user says, and only then for a Prescott.
    assertMatch(await versionWith({ OPENBLAS_CORETYPE: "Prescott" }), /for Prescott true/);
    assertMatch(await versionWith({}), /^\S+( for (?!Prescott)\w+)? false/);
  },
});

Deno.test("a library that is not there is named, with what to install", () => {
  for (const words of ["/no/such/libblas.so", "apt-get install libopenblas0"]) {
    assertThrows(() => openBlas("/no/such/libblas.so"), Error, words);
  }
});

Deno.test({
  name: "a library that may not be loaded is not asked for",
  permissions: { ffi: false },
  fn() {
    const here = fileURLToPath(import.meta.url);
    assertThrows(
      () => openBlas(here),
      Deno.errors.NotCapable,
      `${here} may not be loaded without --allow-ffi=${here}`,
    );
    assertEquals(blasInUse(), undefined);
  },
});

Deno.test({
  name: "the tasks may load the libraries of the usual places, and no others",
  ignore: !granted("read"),
  async fn() {
    const source = await Deno.readTextFile(new URL("../../kernels/blas.ts", import.meta.url));
    const places = [...source.matchAll(/^ +"(\/[^"]+)",$/gm)].map(([, place]) => place);
    assert(places.length > 5);
    for (const [name, task] of Object.entries(config.tasks)) {
      const [, list] = ("command" in task ? task.command : "").match(/--allow-ffi=(\S+)/) ?? [];
      if (list) assertEquals(list.split(","), places, name);
    }
  },
});
