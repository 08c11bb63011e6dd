import { assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { type Preset, PRESETS } from "../../experiments/presets.ts";
import {
  chosenPreset,
  experimentOf,
  judged,
  recorded,
  summarize,
  train,
  trainShort,
  voteAmong,
} from "../../notebooks/lib/mod.ts";
import { namesIn, withFolder } from "../folders.ts";
import { granted } from "../permissions.ts";
import { tinyData, tinyExperiment } from "../tiny_trials.ts";

// Outside of a kernel; what a kernel makes of it stands in jupyter_test.ts.

const DATA = tinyData();
const PRESET: Preset = {
  name: "tiny",
  description: "for tests",
  experiments: [tinyExperiment({ name: "a" }), tinyExperiment({ name: "b" })],
  trials: 2,
};

function setPreset(name: string | undefined): void {
  if (name === undefined) Deno.env.delete("BN_PRESET");
  else Deno.env.set("BN_PRESET", name);
}

Deno.test("chosenPreset() is the one that the notebook names, also without any permission", () => {
  assertEquals(chosenPreset("quick").name, "quick");
});

Deno.test({
  name: "chosenPreset() is the one that BN_PRESET names, if it does",
  ignore: !granted("env"),
  fn() {
    try {
      setPreset("assignment");
      assertEquals(chosenPreset("quick").name, "assignment");
      setPreset("fast");
      const error = assertThrows(() => chosenPreset("quick"));
      assertStringIncludes((error as Error).message, 'no preset "fast"');
    } finally {
      setPreset(undefined);
    }
  },
});

Deno.test({
  name: "train() gives the records asked for, and runs only those that are missing",
  ignore: !granted("read", "write"),
  fn: () =>
    withFolder(async (folder) => {
      const names = async (only?: string[]) => {
        const records = await train(PRESET, { data: DATA, folder, jobs: 2, only });
        return records.map(({ experiment, seed }) => `${experiment.name} ${seed}`);
      };
      assertEquals(await names(["b"]), ["b 1", "b 2"]);
      assertEquals(namesIn(folder), ["b-1.json", "b-2.json"]);
      assertEquals(await names(), ["a 1", "b 1", "a 2", "b 2"], "seed by seed");
      assertEquals(await names(["a"]), ["a 1", "a 2"]);
    }),
});

Deno.test({
  name: "train() ends in an error that names the trials that failed, and keeps the others",
  ignore: !granted("read", "write"),
  fn: () =>
    withFolder(async (folder) => {
      // No epoch has a whole batch of so many images.
      const impossible = tinyExperiment({ name: "impossible", batchSize: 1000 });
      const preset = { ...PRESET, experiments: [tinyExperiment({ name: "a" }), impossible] };
      const error = await assertRejects(() => train(preset, { data: DATA, folder, trials: 1 }));
      assertStringIncludes((error as Error).message, "Failed: impossible 1: ");
      assertEquals(namesIn(folder), ["a-1.json"]);
    }),
});

// Cells are not type-checked: what would do nothing, or something else, in silence is refused.

// deno-lint-ignore no-explicit-any
const odd = (value: unknown) => value as any;

const REFUSED: [what: string, call: () => unknown, words: string][] = [
  [
    "a preset that there is not",
    () => chosenPreset(odd("quik")),
    'no preset "quik": there are quick',
  ],
  ["records of no row", () => recorded("B11"), 'no row "B11": it has A3, '],
  [
    "a misspelt option of train()",
    () => train(PRESET, odd({ anwe: true })),
    'did you mean "anew"?',
  ],
  ["a folder in words", () => train(PRESET, odd({ folder: "mine" })), "it must be a URL"],
  ["a placement that there is not", () => experimentOf(odd("mlp-per")), '"mlp-per": placement'],
  ["a model that there is not", () => experimentOf(odd("rnn-pre")), '"rnn-pre": '],
  [
    "a misspelt setting",
    () => experimentOf("mlp-pre", odd({ epoch: 1 })),
    "epoch: There is no such",
  ],
  [
    "a setting out of range",
    () => experimentOf("mlp-pre", { momentum: 1 }),
    "momentum: Invalid value",
  ],
  [
    "a short model without a seed",
    () => odd(trainShort)(experimentOf("mlp-pre")),
    "seed undefined",
  ],
  [
    "a misspelt option of votes",
    () => voteAmong(odd({}), odd({}), odd({ batch: 3 })),
    '"batches"?',
  ],
  ["a claim that there is not", () => judged("C1", "c2"), 'no claim "c2", only A1, '],
  ["values that are not finite", () => summarize([1, NaN]), "Cannot summarize NaN"],
  ["a confidence of no sense", () => summarize([1, 2], 95), "confidence 95: it must be in (0, 1)"],
];

for (const [what, call, words] of REFUSED) {
  Deno.test({
    name: `${what}: refused, in words that say what there is`,
    ignore: !granted("read"),
    async fn() {
      const { message } = await assertRejects(async () => await call(), Error);
      assertStringIncludes(message, words);
    },
  });
}

Deno.test({
  name:
    "recorded() gives the trials of a row with the seeds that report, or those that chose a rate",
  ignore: !granted("read"),
  async fn() {
    const [a4, choosing] = [await recorded("A4"), await recorded("R-rates")];
    const seedsOf = (records: typeof a4) => [...new Set(records.map(({ seed }) => seed))].sort();
    assertEquals([a4.length, seedsOf(a4)[0], seedsOf(a4).at(-1)], [72, 11, 22]);
    assertEquals(seedsOf(choosing), [111, 112, 113, 114, 115, 116]);
  },
});

Deno.test({
  name:
    "train() shows the reference run's trials of an experiment, all seeds of them, and trains none",
  ignore: !granted("read"),
  async fn() {
    const records = await train(PRESETS.assignment, { only: ["mlp-pre"] });
    assertEquals(records.map(({ seed }) => seed), [11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22]);
  },
});
