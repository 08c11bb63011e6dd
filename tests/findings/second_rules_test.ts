/**
 * The rules of findings/design.md written a second time, from its words alone: they give the verdicts
 * of findings/verdict.ts, for claims at random and for every claim of the records.
 */
import { assertEquals } from "@std/assert";
import { readFolder, REFERENCE } from "../../experiments/records.ts";
import { judgeClaims } from "../../findings/claims/claim.ts";
import { CLAIMS } from "../../findings/claims/mod.ts";
import { judge, judgeComparison, type Pair, type Question } from "../../findings/verdict.ts";
import { Random } from "../kernels/reference.ts";
import { granted } from "../permissions.ts";

/** Student's t that 5 % exceed, for 1 to 11 degrees of freedom, from a table. */
const T = [6.314, 2.920, 2.353, 2.132, 2.015, 1.943, 1.895, 1.860, 1.833, 1.812, 1.796];

type Comparison = Question & { pairs: readonly Pair[] };

/** One comparison's verdict, and how often chance alone would come out as much against the claim. */
function ruleOne({ pairs, asks, margin = 0 }: Comparison): { verdict: string; against: number } {
  if (pairs.length === 0) return { verdict: "not tested", against: 1 };
  if (pairs.length < 6) return { verdict: "open", against: 1 };
  const n = pairs.length;
  const failed = pairs.some(({ first, second }) => first === null || second === null);
  const bySign = asks === "more often" || failed;
  const d = pairs.map(({ first, second }) => {
    if (first === second) return 0; // two that failed among them
    if (first === null) return -9;
    return second === null ? 9 : first - second;
  });
  let more: number, less: number; // p that it is no more, and that it is no less
  if (bySign) {
    const beyond = asks === "alike" ? margin : 0;
    const up = d.filter((x) => x > beyond).length, down = d.filter((x) => x < -beyond).length;
    more = coins(up, up + down);
    less = coins(down, up + down);
  } else {
    const shift = asks === "alike" ? margin : 0;
    more = flips(d.map((x) => x - shift));
    less = flips(d.map((x) => -x - shift));
  }
  if (!bySign && margin > 0) {
    const mean = d.reduce((a, b) => a + b) / n;
    const deviation = Math.sqrt(d.reduce((s, x) => s + (x - mean) ** 2, 0) / (n - 1));
    if (Math.abs(mean) + T[n - 2] * deviation / Math.sqrt(n) < margin) {
      return { verdict: "equivalent", against: 1 };
    }
  }
  if (asks === "alike") {
    const p = bySign ? 2 * Math.min(more, less) : Math.min(more, less);
    return p <= 0.025 ? { verdict: "against", against: p } : { verdict: "open", against: 1 };
  }
  if (more <= 0.025) return { verdict: "for", against: 1 };
  return less <= 0.025 ? { verdict: "against", against: less } : { verdict: "open", against: 1 };
}

/** How often n coins show k heads or more. */
function coins(k: number, n: number): number {
  let row = [1]; // of Pascal's triangle
  for (let i = 0; i < n; i++) row = [...row, 0].map((x, j) => x + (row[j - 1] ?? 0));
  return row.slice(k).reduce((a, b) => a + b, 0) / 2 ** n;
}

/** How often the sum is as large, if each sign could be the other. */
function flips(d: number[]): number {
  const sums = d.reduce((sums, x) => sums.flatMap((s) => [s + x, s - x]), [0]);
  const sum = d.reduce((a, b) => a + b, 0);
  return sums.filter((s) => s > sum - 1e-9).length / sums.length;
}

function rule(comparisons: readonly Comparison[], always: boolean): string {
  const all = comparisons.map((comparison) => ({ ...comparison, ...ruleOne(comparison) }));
  const count = (verdict: string) => all.filter((one) => one.verdict === verdict).length;
  if (count("not tested") > 0) return "not tested";
  const alike = all.filter(({ asks }) => asks === "alike");
  const wanted = alike.filter(({ verdict }) => verdict === "equivalent").length;
  const unwanted = count("equivalent") - wanted;
  if (count("for") + wanted === all.length) {
    return alike.length === all.length ? "equivalent" : "held";
  }
  if (Math.min(...all.map(({ against }) => against)) <= 0.025 / all.length) return "contradicted";
  if (always && unwanted > 0) return "contradicted";
  if (unwanted === all.length) return "equivalent";
  return count("for") + count("equivalent") === all.length ? "held in part" : "open";
}

/** A comparison whose seeds differ as a claim's might, some of which failed. */
function randomComparison(random: Random): Comparison {
  const n = random.pick([0, 3, 5, 6, 7, 8, 10, 10, 12, 12]);
  const effect = random.pick([-0.012, -0.004, 0, 0, 0.002, 0.004, 0.012, 0.012]);
  const mayDie = random.pick([false, false, false, true]);
  const [noise, fates] = [
    random.normals(2 * n, 0, random.pick([0.001, 0.003])),
    random.numbers(2 * n),
  ];
  const value = (i: number, mean: number) => mayDie && fates[i] > 0.7 ? null : mean + noise[i];
  const pairs = Array.from({ length: n }, (_, seed) => ({
    seed,
    first: value(seed, 0.9 + effect),
    second: value(n + seed, 0.9),
  }));
  const asks = random.pick(["more", "more", "more", "more often", "alike"] as const);
  const margin = asks === "alike" ? 0.005 : random.pick([undefined, 0.003, 0.005]);
  return { pairs, asks, margin };
}

Deno.test("the rules written twice give the same verdict, for 3,000 claims at random", () => {
  const random = new Random(16);
  const found = new Set<string>();
  for (let i = 0; i < 3000; i++) {
    const comparisons = Array.from({ length: random.int(1, 4) }, () => randomComparison(random));
    const always = random.pick([true, false]);
    const judged = comparisons.map(({ pairs, ...question }) => judgeComparison(pairs, question));
    const verdict = judge(judged, always ? "always" : "tends");
    assertEquals(rule(comparisons, always), verdict, JSON.stringify({ always, comparisons }));
    found.add(verdict);
  }
  assertEquals(found.size, 6, "every verdict occurs");
});

Deno.test({
  name: "the rules written twice give the same verdict for every claim of the records",
  ignore: !granted("read"),
  async fn() {
    const { records } = await readFolder(REFERENCE);
    let judged = 0;
    for (const { claim, parts } of judgeClaims(CLAIMS, records)) {
      for (const { title, verdict, comparisons } of parts) {
        const second = rule(comparisons, claim.wording === "always");
        assertEquals(second, verdict, `${claim.id} ${title ?? ""}`);
        if (verdict !== "not tested") judged += 1;
      }
    }
    assertEquals(judged, 40);
  },
});
