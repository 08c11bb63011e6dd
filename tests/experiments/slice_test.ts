/**
 * Lists of trials in slices: each trial in one of them, and all about equally long.
 */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { experimentOf } from "../../experiments/experiment.ts";
import { PRESETS } from "../../experiments/presets.ts";
import type { Trial } from "../../experiments/reporter.ts";
import { trialsOf } from "../../experiments/run.ts";
import { keyOf, parseSlice, sliceOf } from "../../experiments/slice.ts";
import { CHOOSING_ROWS, REPORTING_ROWS } from "../../experiments/sweeps/mod.ts";
import type { Row } from "../../experiments/sweeps/row.ts";
import { costOf } from "../../experiments/time_left.ts";

const NUMBERS = [1, 2, 3, 4, 5, 6, 7, 8, 12, 31, 64];

/** Each trial of some rows once. */
const trialsIn = (rows: readonly Row[]) => {
  const trials = rows.flatMap(({ groups }) =>
    groups.flatMap(({ experiments, seeds }) =>
      experiments.flatMap((experiment) => seeds.map((seed): Trial => ({ experiment, seed })))
    )
  );
  return [...new Map(trials.map((trial) => [keyOf(trial), trial])).values()];
};

/** The lists that are cut: every preset's, and the reference run's. */
const LISTS: Record<string, Trial[]> = {
  ...Object.fromEntries(Object.entries(PRESETS).map(([name, preset]) => [name, trialsOf(preset)])),
  "the trials that choose": trialsIn(CHOOSING_ROWS),
  "the trials that are reported": trialsIn(REPORTING_ROWS),
};

const slicesOf = (trials: Trial[], of: number) =>
  Array.from({ length: of }, (_, i) => sliceOf(trials, { number: i + 1, of }));

for (const [name, trials] of Object.entries(LISTS)) {
  Deno.test(`of up to 64 slices of ${name} every trial is in exactly one, in the list's order`, () => {
    const places = new Map(trials.map((trial, place) => [trial, place]));
    for (const of of NUMBERS) {
      const slices = slicesOf(trials, of).map((slice) => slice.map((trial) => places.get(trial)!));
      const all = slices.flat().toSorted((a, b) => a - b);
      assertEquals(all, trials.map((_, place) => place));
      for (const slice of slices) assertEquals(slice, slice.toSorted((a, b) => a - b));
    }
  });
}

Deno.test("the same list cut again, in another order, gives the same slices", () => {
  const trials = trialsIn(CHOOSING_ROWS);
  const names = (slice: Trial[]) => slice.map(keyOf).toSorted();
  const again = trials.map(({ experiment, seed }) => ({ experiment: { ...experiment }, seed }));
  for (const number of [1, 2, 3, 4, 5]) {
    const slice = { number, of: 5 };
    assertEquals(names(sliceOf(again.toReversed(), slice)), names(sliceOf(trials, slice)));
  }
});

Deno.test("the dearest slice costs at most 1.3 times the mean, or what no cut avoids", () => {
  for (const [name, trials] of Object.entries(LISTS)) {
    const costs = new Map(trials.map((trial) => [trial, costOf(trial.experiment)]));
    const sum = (slice: Trial[]) => slice.reduce((sum, trial) => sum + costs.get(trial)!, 0);
    const dearestFirst = [...costs.values()].toSorted((a, b) => b - a);
    for (const of of NUMBERS) {
      const dearest = Math.max(...slicesOf(trials, of).map(sum));
      // Of k·N + 1 trials some slice has k + 1: below that no cut can be.
      const least = dearestFirst.map((cost, i) => (Math.floor(i / of) + 1) * cost);
      const allowed = 1.3 * Math.max(sum(trials) / of, ...least);
      assert(dearest <= allowed, `${name} in ${of}: ${dearest / allowed} times what is allowed`);
    }
  }
});

Deno.test("trials of a smaller width, depth or number of images are cheaper, and still share out", () => {
  const trials = [1, 1, 1, 1, 1, 1].map((_, seed) => ({
    experiment: experimentOf("mlp-pre"),
    seed,
  }));
  assertEquals(slicesOf(trials, 3).map((slice) => slice.length), [2, 2, 2]);
  const dear = { experiment: experimentOf("cnn-pre"), seed: 9 };
  const [first] = slicesOf([...trials, dear], 2);
  assertEquals(first, [dear]); // six MLPs cost less than one CNN
});

Deno.test("a slice is K/N with K from 1 to N", () => {
  assertEquals(parseSlice("2/4"), { number: 2, of: 4 });
  for (const text of ["0/4", "5/4", "1", "1/0", "a/b", "1/4/2", "-1/4", "1.5/4", ""]) {
    assertThrows(() => parseSlice(text), Error, "slice K of N, with K from 1 to N");
  }
});
