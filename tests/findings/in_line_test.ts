/** A few trials of one's own beside the reference run. */
import { assert, assertAlmostEquals, assertEquals, assertMatch } from "@std/assert";
import {
  assignmentComparisons,
  besideReference,
  besideTable,
  claimComparisons,
} from "../../findings/claims/in_line.ts";
import { OWN_CLAIMS } from "../../experiments/sweeps/own_run.ts";
import { changed } from "../../experiments/sweeps/row.ts";
import { predictionInterval, summarize } from "../../findings/statistics.ts";
import { everything, recordOf } from "./claim_records.ts";

const data = { name: "fashion-mnist", checksum: "abc" };

/** In the reference run, before is half a point ahead, by seeds that scatter. */
const REFERENCE = everything((name, seed) =>
  0.88 + (name.includes("pre") ? 0.005 + ((seed * 7) % 5 - 2) * 0.001 : 0)
).map((record) => ({ ...record, data }));

/** Three seeds of a user's own, with these differences between before and after. */
const own = (differences: readonly number[]) =>
  (["mlp", "cnn"] as const).flatMap((model) =>
    differences.flatMap((difference, i) =>
      (["pre", "post"] as const).map((place) => ({
        ...recordOf(
          changed(`${model}-${place}`),
          1 + i,
          place === "pre" ? 0.88 + difference : 0.88,
        ),
        data,
      }))
    )
  );

Deno.test("the mean of three more values lies within t·s·√(1/n + 1/3), by hand", () => {
  // 1, 2, 3, 4, 5: mean 3, s = 1.5811, t(4) = 2.776, √(1/5 + 1/3) = 0.7303
  const [low, high] = predictionInterval(summarize([1, 2, 3, 4, 5]), 3)!;
  assertAlmostEquals(low, 3 - 3.2057, 1e-3);
  assertAlmostEquals(high, 3 + 3.2057, 1e-3);
  assertEquals(predictionInterval(summarize([1, 1, 1]), 3), null);
});

Deno.test("trials like the reference run's are in line, and others are not", () => {
  const like = besideReference(assignmentComparisons(), own([0.004, 0.005, 0.006]), REFERENCE);
  assertEquals(like.map(({ subject, inLine }) => [subject, inLine]), [
    ["MLP, before − after", true],
    ["CNN, before − after", true],
  ]);
  assertEquals(like[0].reference.verdict, "held");
  const unlike = besideReference(assignmentComparisons(), own([-0.01, -0.011, -0.012]), REFERENCE);
  assertEquals(unlike[0].inLine, false);
  assertMatch(
    besideTable(unlike).split("\n")[2],
    /before − after \| −1\.1 points \(0 of 3 higher\) \| 0\.\d points \(.*\) \| held \| .* \| \*\*not in line\*\* \|/,
  );
});

Deno.test("a user's run of the claims has a row for each comparison, ranks and counts without a mean", () => {
  const seeds = [23, 24, 25];
  const records = OWN_CLAIMS.experiments.flatMap((experiment) =>
    seeds.map((seed) => ({
      ...recordOf(experiment, seed, 0.88, {
        train: { moving: { loss: 1 / experiment.epochs, accuracy: 1 }, dataset: null },
      }),
      data,
    }))
  );
  const rows = besideReference(claimComparisons(), records, REFERENCE);
  const ids = new Set(rows.map(({ subject }) => subject.split(",")[0]));
  assertEquals([...ids].filter((id) => id !== "A1" && id < "B"), [], "long training is not in it");
  for (const id of ["A1", "B1", "C1", "D1", "D3", "D4", "E2"]) assert(ids.has(id), id);
  for (const { subject, inLine } of rows.filter(({ subject }) => subject.startsWith("B1"))) {
    assertEquals(inLine, null, subject);
  }
});

Deno.test("nothing is expected of other data, and no mean is shown beside a failed trial", () => {
  const others = own([0.005]).map((record) => ({ ...record, data: { ...data, checksum: "def" } }));
  assertEquals(besideReference(assignmentComparisons(), others, REFERENCE), []);
  const [beside] = besideReference(assignmentComparisons(), own([0.005, -0.6, 0.005]), REFERENCE);
  assertEquals([beside.own, beside.predicted, beside.inLine], [null, null, null]);
  assert(besideTable([beside]).includes("| 2 of 3 higher |"));
});
