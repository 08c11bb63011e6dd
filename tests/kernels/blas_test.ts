/** Products by a BLAS of the machine, against float64; skipped aloud where there is none. */
import { assert, assertEquals, assertLessOrEqual, assertThrows } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import config from "../../deno.json" with { type: "json" };
import { blasInUse, closeBlas, inTrainingStep, openBlas } from "../../kernels/mod.ts";
import { testWithKernels } from "../backends.ts";
import { granted } from "../permissions.ts";

/** Whether this machine has a BLAS that may be loaded. */
function hasBlas(): boolean {
  try {
    openBlas();
    closeBlas();
    return true;
  } catch {
    return false;
  }
}

const there = hasBlas();
if (!there) console.log("No BLAS to load here: what trains with one is not tested.");

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

if (there) {
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

Deno.test("a library that is not there is named, with what to install and what to type", () => {
  for (const words of ["/no/such/libblas.so", "apt-get install libopenblas0", "deno run "]) {
    assertThrows(() => openBlas("/no/such/libblas.so"), Error, words);
  }
});

Deno.test({
  name: "a library that may not be loaded is not asked for",
  permissions: { ffi: false },
  fn() {
    assertThrows(() => openBlas("/lib/libblas.so"), Error, "/lib/libblas.so may not be loaded");
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
