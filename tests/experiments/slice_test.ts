/**
 * Lists of trials in slices: each trial in one of them, and all about equally long.
 */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { type Experiment, experimentOf } from "../../experiments/experiment.ts";
import { type Preset, PRESETS } from "../../experiments/presets.ts";
import { recordName } from "../../experiments/records.ts";
import { REFERENCE_PRESETS, referenceParts } from "../../experiments/reference.ts";
import type { Trial } from "../../experiments/reporter.ts";
import { trialsOf } from "../../experiments/run.ts";
import { parseSlice, sliceOf } from "../../experiments/slice.ts";
import { granted } from "../permissions.ts";

const NUMBERS = Array.from({ length: 64 }, (_, i) => i + 1);

/** The lists that are cut: every preset's, and the reference run's. */
const LISTS: Record<string, Trial[]> = {
  ...Object.fromEntries(Object.entries(PRESETS).map(([name, preset]) => [name, trialsOf(preset)])),
  "the reference run": REFERENCE_PRESETS.flatMap((name) => trialsOf(PRESETS[name] as Preset)),
};

const slicesOf = (trials: Trial[], of: number) =>
  Array.from({ length: of }, (_, i) => sliceOf(trials, { number: i + 1, of }));

for (const [name, trials] of Object.entries(LISTS)) {
  Deno.test(`of 1 to 64 slices of ${name} every trial is in exactly one, in the list's order`, () => {
    for (const of of NUMBERS) {
      const slices = slicesOf(trials, of);
      const found = new Set(slices.flat());
      assertEquals(slices.flat().length, trials.length);
      assertEquals(found.size, trials.length);
      for (const slice of slices) {
        const places = slice.map((trial) => trials.indexOf(trial));
        assertEquals(places, places.toSorted((a, b) => a - b));
      }
    }
  });
}

Deno.test("the same list cut again, in another order, gives the same slices", () => {
  const trials = trialsOf(PRESETS.full);
  const names = (slice: Trial[]) =>
    slice.map(({ experiment, seed }) => recordName(experiment, seed)).toSorted();
  const again = trials.map(({ experiment, seed }) => ({ experiment: { ...experiment }, seed }));
  for (const number of [1, 2, 3, 4, 5]) {
    const slice = { number, of: 5 };
    assertEquals(names(sliceOf(again.toReversed(), slice)), names(sliceOf(trials, slice)));
  }
});

Deno.test({
  name:
    "the longest slice takes at most 1.3 times the mean, by recorded seconds, or what no cut avoids",
  ignore: !granted("read"),
  async fn() {
    const records = (await referenceParts()).flatMap(({ records }) => records);
    // Most trials were slowed by others beside them, and some ended early: hence the least seconds of
    // an epoch of those that did not, over all that differ in the rate and in their length alone.
    const lengthOf = (experiment: Experiment) =>
      JSON.stringify(
        Object.entries({ ...experiment, name: "", learningRate: 0, epochs: 1 }).toSorted(),
      );
    const seconds = new Map(
      [...Map.groupBy(records, ({ experiment }) => lengthOf(experiment))].map(
        ([length, trials]) => {
          const whole = trials.filter(({ diverged }) => diverged === null);
          const times = (whole.length > 0 ? whole : trials).map(({ seconds, experiment }) =>
            seconds.total / experiment.epochs
          );
          return [length, Math.min(...times)] as const;
        },
      ),
    );
    for (const [name, trials] of Object.entries(LISTS)) {
      if (name === "quick") continue; // the reference run has none of its trials
      for (const of of NUMBERS) {
        const sum = (slice: Trial[]) =>
          slice.reduce(
            (sum, { experiment }) => sum + experiment.epochs * seconds.get(lengthOf(experiment))!,
            0,
          );
        const loads = slicesOf(trials, of).map(sum);
        // Of k·N + 1 trials some slice has k + 1: below that no cut can be.
        const dearestFirst = trials.map((trial) => sum([trial])).toSorted((a, b) => b - a);
        const least = dearestFirst.map((seconds, i) => (Math.floor(i / of) + 1) * seconds);
        const allowed = 1.3 * Math.max(sum(trials) / of, ...least);
        assert(
          Math.max(...loads) <= allowed,
          `${name} in ${of}: ${Math.max(...loads).toFixed(0)} s of ${
            (sum(trials) / of).toFixed(0)
          }`,
        );
      }
    }
  },
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
