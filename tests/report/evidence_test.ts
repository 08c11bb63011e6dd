import { assert, assertEquals } from "@std/assert";
import { REFERENCE, writeRecord } from "../../experiments/records.ts";
import { readEvidence, readStudy } from "../../report/evidence.ts";
import { testWithFolder } from "../folders.ts";
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

testWithFolder("a folder with one for each preset has own trials and a study", async (root) => {
  await fill(new URL("quick/", root));
  await fill(new URL("full/", root));
  await fill(new URL("rates/", root));
  const evidence = await readEvidence(root);
  const { records, files } = evidence;
  const study = await readStudy(evidence);
  assertEquals(records.length, 4, "of the preset that has most to say");
  assertEquals(study!.isReference, false);
  assertEquals(study!.records.rates.length, 4);
  assertEquals(study!.records.claims, []);
  assert(files.some(({ file }) => file === "rates/mlp-pre-1.json"));
});

testWithFolder("a record that lies in a study's folder twice is one trial of it", async (root) => {
  await fill(new URL("full/", root));
  await fill(new URL("tuned/", root));
  const [file, copy] = ["mlp-pre-1.json", "mlp-pre-1 copy.json"].map((name) =>
    new URL(`tuned/${encodeURIComponent(name)}`, root)
  );
  await Deno.copyFile(file, copy);
  const study = await readStudy(await readEvidence(root));
  assertEquals(study!.records.tuned.length, 4);
});

testWithFolder("the reference run stands in for a study of the same data", async (folder) => {
  const { records: [{ data }] } = await readEvidence(REFERENCE);
  await fill(folder, { record: { data } });
  const evidence = await readEvidence(folder);
  const study = await readStudy(evidence);
  assertEquals(study!.isReference, true);
  assert(study!.records.claims.length > 0);
  assertEquals(evidence.files.length, 4, "only the folder's own files are listed");
});

testWithFolder("the reference run does not stand in for a study of other data", async (folder) => {
  await fill(folder);
  assertEquals(await readStudy(await readEvidence(folder)), undefined);
});

testWithFolder(
  "damaged files are reported, in the folder and in those of presets",
  async (root) => {
    await fill(root);
    await Deno.writeTextFile(new URL("mlp-pre-3.json", root), "{");
    assertEquals((await readEvidence(root)).damaged.length, 1);
    const parent = new URL("several/", root);
    await fill(new URL("full/", parent));
    await Deno.writeTextFile(new URL("full/mlp-pre-3.json", parent), "{");
    assertEquals((await readEvidence(parent)).damaged.length, 1);
  },
);

testWithFolder("an empty folder is no evidence of anything", async (folder) => {
  const evidence = await readEvidence(folder);
  assertEquals([evidence.records, evidence.damaged, evidence.files], [[], [], []]);
  assertEquals(await readStudy(evidence), undefined);
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
    assertEquals(await readStudy(evidence), undefined, "the older study does not stand beside");
    await writeRecord(folder, syntheticRecord({ name: "mlp-pre", seed: 1, accuracy: 0.88 }));
    assertEquals(
      (await readEvidence(folder)).design,
      undefined,
      "a user's own trial is among them",
    );
  },
);
