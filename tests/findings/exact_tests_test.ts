import { assertAlmostEquals, assertEquals } from "@std/assert";
import {
  equivalenceTest,
  holm,
  seedsNeeded,
  shareInterval,
  signFlip,
  signTest,
} from "../../findings/exact_tests.ts";
import { summarize } from "../../findings/statistics.ts";
import { Random } from "../kernels/reference.ts";

Deno.test("by sign flips three pairs that agree come by chance once in 8, six once in 64, ten once in 1,024", () => {
  for (const [n, ways] of [[3, 8], [6, 64], [8, 256], [10, 1024]]) {
    assertEquals(signFlip(Array.from({ length: n }, (_, i) => 1 + i)), 1 / ways);
  }
});

Deno.test("sign flips of 3, 1 and −2: four of the eight sums are as high as theirs, 2", () => {
  // 3+1+2 = 6, 3+1−2 = 2, 3−1+2 = 4, 3−1−2 = 0, −3+1+2 = 0 and below
  assertEquals(signFlip([3, 1, -2]), 3 / 8);
  assertEquals(signFlip([-3, -1, 2]), 1 - 2 / 8); // −2 and all above: 6 of 8
});

Deno.test("sums that are equal but for rounding count as equal", () => {
  assertEquals(signFlip([0.1, 0.2, -0.3]), signFlip([1, 2, -3]));
});

Deno.test("beyond twenty pairs Student's t takes over, which is close by there", () => {
  const random = new Random(1);
  const differences = Array.from({ length: 21 }, () => random.int(-40, 60) / 100);
  assertAlmostEquals(signFlip(differences), signFlip(differences.slice(0, 20)), 0.05);
});

Deno.test("whatever the sizes, at most 2.5 % of all choices of signs have a p of 2.5 % or less", () => {
  const random = new Random(2);
  for (let n = 6; n <= 12; n++) {
    const sizes = Array.from({ length: n }, () => random.int(1, 1000));
    let rejected = 0;
    for (let signs = 0; signs < 2 ** n; signs++) {
      const differences = sizes.map((size, i) => signs >> i & 1 ? size : -size);
      if (signFlip(differences) <= 0.025) rejected += 1;
    }
    assertEquals(rejected / 2 ** n <= 0.025, true);
    assertEquals(rejected > 0, true);
  }
});

Deno.test("the sign test needs 6 of 6, 7 of 7, 8 of 8, 8 of 9, 9 of 10, 10 of 11 or 10 of 12 for 2.5 %", () => {
  for (const [higher, lower] of [[6, 0], [7, 0], [8, 0], [8, 1], [9, 1], [10, 1], [10, 2]]) {
    assertEquals(signTest(higher, lower) <= 0.025, true, `${higher} against ${lower}`);
    assertEquals(signTest(higher - 1, lower + 1) > 0.025, true);
  }
  assertEquals(signTest(9, 1), 11 / 1024);
  assertEquals(signTest(0, 0), 1);
});

Deno.test("equivalence is shown at 5 % exactly where the 90 % interval lies inside the margin", () => {
  const differences = [0.1, -0.2, 0.15, 0.3, 0.05, -0.1];
  const [low, high] = summarize(differences, 0.9).interval!;
  const farther = Math.max(-low, high);
  assertEquals(equivalenceTest(differences, farther + 1e-6) < 0.05, true);
  assertEquals(equivalenceTest(differences, farther - 1e-6) > 0.05, true);
  assertAlmostEquals(equivalenceTest(differences, farther), 0.05, 1e-6);
});

Deno.test("Holm's steps: of four p at 2.5 % the least must be at most 2.5/4, the next at most 2.5/3", () => {
  assertEquals(holm([0.008, 0.02, 0.006, 0.5], 0.025), [true, false, true, false]);
  assertEquals(holm([0.007, 0.007, 0.007], 0.02), [false, false, false]); // 0.007 > 0.02/3
  assertEquals(holm([], 0.025), []);
});

Deno.test("6 pairs can be against a claim of one comparison only, 7 of three, 8 of six", () => {
  for (const [n, most] of [[6, 1], [7, 3], [8, 6]]) {
    const least = 2 ** -n;
    for (const [k, rejects] of [[most, true], [most + 1, false]] as const) {
      assertEquals(holm([least, ...Array(k - 1).fill(1)], 0.025)[0], rejects);
    }
  }
});

Deno.test("eight of eight is a share of 63 to 100 %", () => {
  const [low, high] = shareInterval(8, 8);
  assertAlmostEquals(low, 0.025 ** (1 / 8), 1e-6); // P(8 of 8) = p⁸
  assertEquals(high, 1);
  assertEquals(shareInterval(0, 8)[0], 0);
  assertAlmostEquals(shareInterval(0, 8)[1], 1 - low, 1e-6);
});

Deno.test("a difference of half a deviation needs 42 seeds", () => {
  assertEquals(seedsNeeded(0.2, 0.1), 42); // 10.5·4
});
