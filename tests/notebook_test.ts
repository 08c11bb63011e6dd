import { assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import type { Preset } from "../experiments/presets.ts";
import { chosenPreset, train } from "../notebook.ts";
import { namesIn, withFolder } from "./folders.ts";
import { granted } from "./permissions.ts";
import { tinyData, tinyExperiment } from "./tiny_trials.ts";

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
      setPreset("full");
      assertEquals(chosenPreset("quick").name, "full");
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
