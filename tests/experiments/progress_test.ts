/** What a run says of itself: its lines, its bars, and how long is left. */
import { assert, assertAlmostEquals, assertEquals, assertMatch } from "@std/assert";
import { experimentOf } from "../../experiments/experiment.ts";
import { PRESETS } from "../../experiments/presets.ts";
import { type Bar, TextReporter } from "../../experiments/progress.ts";
import { secondsLeft, workOf } from "../../experiments/time_left.ts";
import { syntheticRecord } from "../synthetic_records.ts";

/** Keeps what is shown. */
class Shown extends TextReporter {
  readonly lines: string[] = [];
  shown: Bar[] = [];

  protected override line(text: string) {
    this.lines.push(text);
  }

  protected override draw() {
    this.shown = this.bars();
  }
}

Deno.test("a plan names the first dozen of many trials that are reused, and counts the others", () => {
  const reporter = new Shown();
  const trialsOf = (n: number) =>
    PRESETS.claims.experiments.slice(0, n).flatMap((experiment) =>
      [3, 1, 2].map((seed) => ({ experiment, seed }))
    );
  reporter.plan([], trialsOf(1), 1);
  reporter.plan([], trialsOf(14), 1);
  const { lines } = reporter;
  assertEquals(lines[0], `Reused 3 trials: ${PRESETS.claims.experiments[0].name} 1 to 3.`);
  assert(
    lines[2].endsWith(`${PRESETS.claims.experiments[11].name} 1 to 3 and 2 more experiments.`),
  );
  assertEquals(reporter.shown, []);
});

Deno.test("a trial that another run has finished meanwhile is said to be reused, and counted", () => {
  const reporter = new Shown();
  const [experiment] = PRESETS.quick.experiments;
  const trials = [1, 2].map((seed) => ({ experiment, seed }));
  reporter.plan(trials, [], 1);
  for (const trial of trials) reporter.reused(trial);
  assertEquals(reporter.lines.slice(1), [
    "mlp-pre 1: reused, another run has finished it; 1 of 2",
    "mlp-pre 2: reused, another run has finished it; 2 of 2",
  ]);
});

Deno.test("there is a bar for all trials and one for each that is running", () => {
  const reporter = new Shown();
  const [experiment] = PRESETS.quick.experiments;
  const [first, second] = [1, 2].map((seed) => ({ experiment, seed }));
  const states = () => reporter.shown.map(({ name, done }) => [name, done]);
  reporter.plan([first, second], [], 2);
  assertEquals(states(), [["all trials", 0]]);
  reporter.started(first);
  reporter.started(second);
  const score = { loss: 0.3, accuracy: 0.9 };
  reporter.progress(first, { done: 0.5, phase: "training", epoch: 1, score });
  assertEquals(states(), [["all trials", 0.25], ["mlp-pre 1", 0.5], ["mlp-pre 2", 0]]);
  assertMatch(reporter.shown[0].text, /^0 of 2, \d+ s left$/);
  assertMatch(
    reporter.shown[1].text,
    /^epoch 1\/1, loss 0\.300, accuracy 90\.0 %, \d+ s left$/,
  );
  assertEquals(reporter.shown[2].text, "starting");
  reporter.finished(first, syntheticRecord({ name: "mlp-pre", seed: 1, accuracy: 0.88 }));
  assertMatch(reporter.lines.at(-1)!, /^mlp-pre 1: test accuracy 88\.0 %.*; 1 of 2, .* left$/);
  assertEquals(states(), [["all trials", 0.5], ["mlp-pre 2", 0]]);
  reporter.failed(second, new Error("out of memory"));
  assertEquals(reporter.lines.at(-1), "mlp-pre 2 FAILED: out of memory");
  assertEquals(states(), [["all trials", 1]]);
});

const MLP = experimentOf("mlp-pre");
const CNN = experimentOf("cnn-pre");
const waiting = (experiment = MLP) => ({ experiment, done: 0, seconds: 0 });

Deno.test("the time left is that of running trials at their speed, and of waiting ones at others'", () => {
  const half = { experiment: MLP, done: 0.5, seconds: 20 };
  assertAlmostEquals(secondsLeft([half], 1), 20);
  assertAlmostEquals(secondsLeft([half, waiting()], 1), 20 + 40);
  const finished = { experiment: MLP, done: 1, seconds: 60 };
  assertAlmostEquals(secondsLeft([half, finished, waiting(), waiting()], 2), (20 + 50 + 50) / 2);
  assertEquals(secondsLeft([finished], 2), 0);
  assertAlmostEquals(secondsLeft([half], 4), 20, 1e-9, "one trial has no use for four jobs");
});

Deno.test("a trial of an unknown experiment is estimated by its architecture, or not at all", () => {
  const longer = experimentOf("mlp-none", { epochs: 20 }, "longer");
  const finished = { experiment: MLP, done: 1, seconds: 60 };
  const expected = 60 * workOf(longer) / workOf(MLP);
  assertAlmostEquals(secondsLeft([finished, waiting(longer)], 1), expected);
  assertEquals(secondsLeft([finished, waiting(CNN)], 1), NaN);
});
