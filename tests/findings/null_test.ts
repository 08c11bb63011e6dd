/**
 * Where nothing is true, claims are hardly ever held: trials whose outcomes are nothing but the noise
 * of seeds, judged by the rule of findings/design.md.
 */
import { assert } from "@std/assert";
import type { TrialRecord } from "../../experiments/record.ts";
import { CHOOSING_ROWS, REPORTING_ROWS } from "../../experiments/sweeps/mod.ts";
import { judgeClaims } from "../../findings/claims/claim.ts";
import { CLAIMS } from "../../findings/claims/mod.ts";
import { Random } from "../kernels/reference.ts";

/** How many sets of trials. */
const SETS = 1000;
/** Standard deviation between seeds: that of a trial on 10,000 images in the pilot. */
const DEVIATION = 0.0027;

Deno.test("of 1,000 sets of trials that differ by noise alone, at most 4 % hold a claim", () => {
  const trials = [...CHOOSING_ROWS, ...REPORTING_ROWS].flatMap(({ groups }) =>
    groups.flatMap(({ experiments, seeds }) =>
      experiments.flatMap((experiment) => seeds.map((seed) => ({ experiment, seed })))
    )
  );
  const random = new Random(15);
  const held = new Map<string, number>();
  for (let set = 0; set < SETS; set++) {
    const noise = random.normals(8 * trials.length, 0, DEVIATION);
    const records = trials.map((trial, i) => recordOf(trial, noise.subarray(8 * i, 8 * i + 8)));
    for (const { claim, parts } of judgeClaims(CLAIMS, records)) {
      for (const { title, verdict, comparisons } of parts) {
        // That two are alike is true here.
        if (comparisons.every(({ asks }) => asks === "alike")) continue;
        const part = `${claim.id} ${title ?? ""}`;
        held.set(part, (held.get(part) ?? 0) + Number(verdict === "held"));
      }
    }
  }
  for (const [part, count] of held) {
    assert(count <= 0.04 * SETS, `${part}: held in ${count} of ${SETS}`);
  }
});

/** A record whose numbers are a mean and noise. */
function recordOf(
  { experiment, seed }: { experiment: TrialRecord["experiment"]; seed: number },
  [a, b, c, d, e, f, g, h]: Float32Array,
): TrialRecord {
  const score = (noise: number, loss = 0.4) => ({ loss, accuracy: 0.85 + noise });
  const movement = (noise: number) => ({
    shift: Math.exp(40 * noise),
    deviation: { first: 1, last: Math.exp(10 * noise) },
  });
  return {
    ...{ experiment, seed, diverged: null },
    train: { moving: score(0, 1 / experiment.epochs), dataset: null },
    validation: { moving: score(a), dataset: null },
    test: { moving: score(b), dataset: null },
    companions: { accuracy: 0.85 + c, changed: 0 },
    steps: [50, 156, 780].map((step, i) => ({
      step,
      moving: score([d, e, f][i]),
      dataset: score([g, h, a][i]),
    })),
    path: {
      ...{ from: 1, to: 2 },
      layers: [{ layer: "a", training: movement(d), prediction: movement(e) }],
    },
  } as unknown as TrialRecord;
}
