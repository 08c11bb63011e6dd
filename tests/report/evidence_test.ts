import { assert, assertEquals } from "@std/assert";
import { readReference, REFERENCE, writeRecord } from "../../experiments/records.ts";
import { readEvidence } from "../../report/evidence.ts";
import { testWithFolder } from "../folders.ts";
import { granted } from "../permissions.ts";
import { syntheticRecord, syntheticTrials } from "../synthetic_records.ts";

const NAMES = ["mlp-pre", "mlp-post"];

async function fill(folder: URL, changes = {}): Promise<void> {
  for (const record of NAMES.flatMap((name) => syntheticTrials(name, [0.88, 0.89], changes))) {
    await writeRecord(folder, record);
  }
}

testWithFolder("a folder of records is a report's own trials", async (folder) => {
  await fill(folder);
  const { records, damaged, files } = await readEvidence(folder);
  assertEquals(records.length, 4);
  assertEquals(damaged, []);
  assertEquals(files.map(({ file }) => file), [
    "mlp-post-1.json",
    "mlp-post-2.json",
    "mlp-pre-1.json",
    "mlp-pre-2.json",
  ]);
});

testWithFolder("damaged files are reported, and folders within are passed over", async (root) => {
  await fill(root);
  await fill(new URL("older/", root));
  await Deno.writeTextFile(new URL("mlp-pre-3.json", root), "{");
  const { records, damaged } = await readEvidence(root);
  assertEquals([records.length, damaged.length], [4, 1]);
});

testWithFolder("an empty folder is no evidence of anything", async (folder) => {
  assertEquals(await readEvidence(folder), { records: [], damaged: [], files: [] });
});

testWithFolder(
  "of the design's trials, those of the assignment's models are a report's own",
  async (folder) => {
    for (const [model, name] of [["mlp-pre"], ["mlp-post"], ["mlp-pre", "mlp-pre-10k"]]) {
      const experiment = { name: name ?? model };
      const trial = { name: model, seed: 11, accuracy: 0.88, experiment };
      await writeRecord(folder, syntheticRecord(trial));
    }
    const evidence = await readEvidence(folder);
    assertEquals(evidence.records.length, 2);
    assertEquals(evidence.design!.length, 3);
    await writeRecord(folder, syntheticRecord({ name: "mlp-pre", seed: 1, accuracy: 0.88 }));
    const mixed = await readEvidence(folder);
    assertEquals(mixed.design!.length, 3, "a user's own trial among them is passed over");
    assertEquals(mixed.records.length, 2);
  },
);

Deno.test({
  name: "the reference run, which stands beside others, is evidence of the whole design",
  ignore: !granted("read"),
  async fn() {
    const { records, design } = await readEvidence(REFERENCE);
    assertEquals(design, await readReference());
    assert(records.length > 0 && records.length < design!.length);
  },
});
