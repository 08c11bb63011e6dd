import { fileURLToPath } from "node:url";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { printable, type TrialRecord } from "../../experiments/record.ts";
import {
  pathOf,
  readFolder,
  readRecord,
  RecordError,
  recordName,
  writeRecord,
  writeWhole,
} from "../../experiments/records.ts";
import { mayMount, namesIn, testWithFolder, withFolder, withMount } from "../folders.ts";
import { syntheticRecord, syntheticResults } from "../synthetic_records.ts";

const RECORD = syntheticRecord({ name: "mlp-pre", seed: 1, accuracy: 0.8862 });

/** The text of a record's file. */
async function textOf(record: TrialRecord): Promise<string> {
  let text = "";
  await withFolder(async (folder) => {
    text = await Deno.readTextFile(await writeRecord(folder, record));
  });
  return text;
}

// ---- Writing and reading --------------------------------------------------------------------------

testWithFolder("a record that was written is read back as it was", async (folder) => {
  for (const record of syntheticResults()) {
    const file = await writeRecord(folder, record);
    assertEquals(await readRecord(file), record);
  }
});

testWithFolder("a record is one file, named by its experiment and seed", async (folder) => {
  const file = await writeRecord(folder, { ...RECORD, seed: 12 });
  assertEquals(file, new URL("mlp-pre-12.json", folder));
  assertEquals(namesIn(folder), ["mlp-pre-12.json"]);
  assertEquals(recordName(RECORD.experiment, 12), "mlp-pre-12.json");
});

testWithFolder("writing makes the folder, and replaces a record whole", async (folder) => {
  const inside = new URL("not/yet/there/", folder);
  await writeRecord(inside, { ...RECORD, weights: "a much longer text ".repeat(1000) });
  const file = await writeRecord(inside, RECORD);
  assertEquals(await readRecord(file), RECORD);
  assertEquals(namesIn(inside), ["mlp-pre-1.json"]);
});

testWithFolder("a loss that was not finite is kept as null", async (folder) => {
  const record = {
    ...RECORD,
    validation: { moving: { loss: null, accuracy: 0.1 }, dataset: null },
  };
  assertEquals(await readRecord(await writeRecord(folder, record)), record);
});

testWithFolder("reading a record that does not exist gives undefined", async (folder) => {
  assertEquals(await readRecord(new URL("mlp-pre-1.json", folder)), undefined);
  assertEquals(await readRecord(new URL("no/such/folder/mlp-pre-1.json", folder)), undefined);
});

testWithFolder("a record that was only laid out anew is still the same record", async (folder) => {
  const file = new URL("mlp-pre-1.json", folder);
  await Deno.writeTextFile(file, JSON.stringify(JSON.parse(await textOf(RECORD)), null, 2));
  assertEquals(await readRecord(file), RECORD);
});

// ---- What is no record ----------------------------------------------------------------------------

/** A test that a file with this text is refused, by its name and with these words, and left alone. */
function testFault(
  name: string,
  damage: (text: string) => string | Promise<string>,
  words: string,
): void {
  testWithFolder(`reading refuses ${name}, and leaves it as it is`, async (folder) => {
    const file = new URL("mlp-pre-1.json", folder);
    const damaged = await damage(await textOf(RECORD));
    await Deno.writeTextFile(file, damaged);
    const { message } = await assertRejects(() => readRecord(file), RecordError, words);
    assertStringIncludes(message, fileURLToPath(file));
    assertEquals(await Deno.readTextFile(file), damaged);
  });
}

/** The record as JSON, with changes that the types do not allow; its checksum is not renewed. */
function changed(text: string, changes: Record<string, unknown>): string {
  return JSON.stringify({ ...JSON.parse(text), ...changes });
}

/** The same, and the checksum is that of the changed content. */
function forged(changes: Record<string, unknown>): () => Promise<string> {
  return () => textOf({ ...RECORD, ...changes } as TrialRecord);
}

testFault(
  "a record of which one digit was changed",
  (text) => {
    const edited = text.replace('"accuracy":0.8862', '"accuracy":0.8962');
    assert(edited !== text);
    return edited;
  },
  "has been changed since it was written",
);
testFault(
  "a record whose order was changed",
  (text) => {
    const { seed, ...rest } = JSON.parse(text);
    return JSON.stringify({ ...rest, seed });
  },
  "has been changed since it was written",
);
testFault("a truncated record", (text) => text.slice(0, text.length / 2), "is not JSON");
testFault("an empty file", () => "", "is not JSON");
testFault("a file of zeros, as a power cut leaves one", (text) => "\0".repeat(text.length), "JSON");
testFault("JSON of something else", () => '{"name":"package.json"}', "not a record of a trial");
testFault("JSON that is no object", () => "17", "not a record of a trial: it:");
testFault(
  "a record without its checksum",
  (text) => changed(text, { sha256: undefined }),
  "sha256",
);
testFault(
  "a record with a checksum of its own",
  (text) => changed(text, { sha256: "0" }),
  "changed",
);
testFault(
  "a record of another format",
  forged({ format: 2 }),
  "is a record of format 2, and this version of the package reads format 3. Move it away, and its " +
    "trial is trained again.",
);
testFault("a record of no format", forged({ format: "3" }), "format");
testFault("a record that lacks something", forged({ weights: undefined }), "weights");
testFault("a record that has something unknown", forged({ comment: "mine" }), "comment");
testFault("a record with a text for a number", forged({ seed: "1" }), "seed");
testFault("a record of unknown kernels", forged({ kernels: "borrowed" }), "kernels");
testFault(
  "a record with an accuracy above 1, and says where",
  forged({ validation: { moving: { loss: 0.3, accuracy: 1.5 }, dataset: null } }),
  "validation.moving.accuracy",
);
testFault(
  "a record with a confusion matrix of other classes",
  forged({ test: { ...RECORD.test, moving: { ...RECORD.test.moving, confusion: [] } } }),
  "test.moving.confusion",
);

// Texts are bounded: signs that a terminal obeys, lines, and more than anybody reads.
const NASTY = ["", "\x1b[2J", "a\nb", "\u202egnp.exe", "\ud800", "x".repeat(256)];
const PATHS: Record<string, (text: string) => Partial<TrialRecord>> = {
  "data.name": (name) => ({ data: { ...RECORD.data, name } }),
  "data.checksum": (checksum) => ({ data: { ...RECORD.data, checksum } }),
  "version": (version) => ({ version }),
  "environment.deno": (deno) => ({ environment: { ...RECORD.environment, deno } }),
  "environment.tensorflow": (tensorflow) => ({
    environment: { ...RECORD.environment, tensorflow },
  }),
  "environment.backend": (backend) => ({ environment: { ...RECORD.environment, backend } }),
  "environment.os": (os) => ({ environment: { ...RECORD.environment, os } }),
  "environment.cpu": (cpu) => ({ environment: { ...RECORD.environment, cpu } }),
  "batchNorm.0.layer": (layer) => ({ batchNorm: [{ ...RECORD.batchNorm[0], layer }] }),
  "weights": (weights) => ({ weights }),
};
for (const [path, changes] of Object.entries(PATHS)) {
  testWithFolder(
    `reading refuses a text in ${path} that is not one line, or too long`,
    async (folder) => {
      const file = new URL("mlp-pre-1.json", folder);
      for (const text of NASTY) {
        await Deno.writeTextFile(
          file,
          await textOf({ ...RECORD, ...changes(text) } as TrialRecord),
        );
        const { message } = await assertRejects(() => readRecord(file), RecordError, `${path}: `);
        assertEquals(message.match(/[\p{Cc}\p{Cs}\p{Bidi_Control}]/u), null, path);
        assert(message.length < 600, message);
      }
    },
  );
}

Deno.test("printable() makes of any text one that a record may hold", () => {
  assertEquals(printable("raw"), "raw");
  assertEquals(printable("a\x1b[31m\nb"), "a\uFFFD[31m\uFFFDb");
  assertEquals(printable("x".repeat(300)), "x".repeat(254) + "…");
  assertEquals(printable("👩".repeat(200)), "👩".repeat(127) + "…");
  assertEquals(printable("x" + "👩".repeat(200)), "x" + "👩".repeat(126) + "\uFFFD…");
});

testWithFolder("a free text in a record may have any letters and signs", async (folder) => {
  for (
    const name of ["Müller's data [v2], 100 %", "שרה", "日本", "👩‍🔬 | <b> $x$", "x".repeat(255)]
  ) {
    const record = { ...RECORD, data: { ...RECORD.data, name } };
    assertEquals(await readRecord(await writeRecord(folder, record)), record);
  }
});

testWithFolder(
  "no sign of a file's name or of what is in it reaches the terminal as a command",
  async (folder) => {
    const name = "\x1b]0;title\x07.json";
    await Deno.writeTextFile(new URL(encodeURIComponent(name), folder), "{}");
    const text = await textOf({ ...RECORD, kernels: "\x1b[31m" } as unknown as TrialRecord);
    await Deno.writeTextFile(new URL("mlp-pre-1.json", folder), text);
    const unknown = await textOf({ ...RECORD, ["\x1b[31m"]: 1 } as TrialRecord);
    await Deno.writeTextFile(new URL("mlp-pre-2.json", folder), unknown);
    const { damaged } = await readFolder(folder);
    assertEquals(damaged.length, 3);
    for (const { message } of damaged) assert(!/\p{Cc}/u.test(message), message);
  },
);

testWithFolder("reading refuses what is not a file", async (folder) => {
  const file = new URL("mlp-pre-1.json", folder);
  await Deno.mkdir(file);
  await assertRejects(() => readRecord(file), RecordError, `Cannot read ${fileURLToPath(file)}`);
});

// ---- Folders --------------------------------------------------------------------------------------

testWithFolder("a folder's records come by experiment, then by seed", async (folder) => {
  const seeds = [10, 2, 1];
  for (const name of ["mlp-pre", "cnn-post"]) {
    for (const seed of seeds) {
      await writeRecord(folder, { ...syntheticRecord({ name, seed, accuracy: 0.9 }) });
    }
  }
  const { records, damaged } = await readFolder(folder);
  assertEquals(
    records.map(({ experiment, seed }) => `${experiment.name} ${seed}`),
    ["cnn-post 1", "cnn-post 2", "cnn-post 10", "mlp-pre 1", "mlp-pre 2", "mlp-pre 10"],
  );
  assertEquals(damaged, []);
});

testWithFolder("a folder that does not exist holds nothing", async (folder) => {
  assertEquals(await readFolder(new URL("nowhere/", folder)), {
    records: [],
    files: [],
    damaged: [],
  });
});

testWithFolder("a folder's damaged files are reported, its records kept", async (folder) => {
  await writeRecord(folder, RECORD);
  const text = await textOf({ ...RECORD, seed: 2 });
  await Deno.writeTextFile(new URL("mlp-pre-2.json", folder), text.slice(0, 1000));
  await Deno.writeTextFile(new URL("package.json", folder), '{"name":"mine"}');
  const before = namesIn(folder);

  const { records, damaged } = await readFolder(folder);
  assertEquals(records, [RECORD]);
  assert(damaged.every((error) => error instanceof RecordError));
  assertEquals(damaged.length, 2);
  assertStringIncludes(damaged[0].message, pathOf(new URL("mlp-pre-2.json", folder)));
  assertStringIncludes(damaged[1].message, pathOf(new URL("package.json", folder)));
  assertEquals(namesIn(folder), before, "nothing is deleted");
});

testWithFolder("a folder's other files and folders are passed over", async (folder) => {
  await writeRecord(folder, RECORD);
  await Deno.writeTextFile(new URL("mlp-pre-2.json.0f0f.tmp", folder), "half a rec");
  await Deno.writeTextFile(new URL("notes.txt", folder), "my notes");
  await Deno.mkdir(new URL("older.json/", folder));
  const { records, files, damaged } = await readFolder(folder);
  assertEquals([records, damaged], [[RECORD], []]);
  assertEquals(files.map(({ file }) => file), ["mlp-pre-1.json"]);
});

testWithFolder(
  "a folder names each record's file and the SHA-256 that it carries",
  async (folder) => {
    await writeRecord(folder, RECORD);
    const { sha256 } = JSON.parse(await Deno.readTextFile(new URL("mlp-pre-1.json", folder)));
    assertEquals((await readFolder(folder)).files, [{ file: "mlp-pre-1.json", sha256 }]);
  },
);

testWithFolder("a file's name may have any characters, and so may its folder's", async (parent) => {
  const odd = ["100 %", "%2e%2e", "a#b?c", "ü 日本", 'it\'s "quoted"', "new\nline", "-x;&$(y)"];
  const folder = new URL(`${encodeURIComponent("50 % of #1?")}/`, parent);
  await Deno.mkdir(folder);
  const text = await textOf(RECORD);
  for (const name of odd) {
    await Deno.writeTextFile(new URL(`${encodeURIComponent(name)}.json`, folder), text);
    await Deno.writeTextFile(new URL(`${encodeURIComponent(name)} bad.json`, folder), "{");
  }
  const { records, damaged } = await readFolder(folder);
  assertEquals(records.length, odd.length);
  assertEquals(
    damaged.map(({ message }) => message.slice(0, message.indexOf(" is not JSON"))).sort(),
    odd.map((name) => `${fileURLToPath(folder)}${name} bad.json`).sort(),
  );
});

// ---- Where nothing can be written -----------------------------------------------------------------

testWithFolder(
  "writing where a file is in the way of the folder leaves it alone",
  async (folder) => {
    await Deno.writeTextFile(new URL("results", folder), "mine");
    const { message } = await assertRejects(
      () => writeRecord(new URL("results/", folder), RECORD),
      RecordError,
      `Cannot write ${fileURLToPath(folder)}results/mlp-pre-1.json`,
    );
    assertStringIncludes(message, "run the same command again");
    assertEquals(await Deno.readTextFile(new URL("results", folder)), "mine");
  },
);

testWithFolder("writing that fails at the last moment leaves no temporary file", async (folder) => {
  await Deno.mkdir(new URL("mlp-pre-1.json/inside/", folder), { recursive: true });
  await assertRejects(() => writeRecord(folder, RECORD), RecordError, "Cannot write");
  assertEquals(namesIn(folder), ["mlp-pre-1.json"]);
});

const ignore = !await mayMount();

Deno.test({
  name: "writing where the disk is full leaves no part of a record, and the old one as it was",
  ignore,
  fn: () =>
    withFolder((parent) =>
      withMount(parent, 256, async ({ folder, fill }) => {
        const file = await writeRecord(folder, RECORD);
        await fill();
        const before = namesIn(folder);
        const other = { ...RECORD, weights: "0".repeat(64) };
        for (const record of [{ ...other, seed: 2 }, other]) {
          await assertRejects(() => writeRecord(folder, record), RecordError, "Make room");
          assertEquals(namesIn(folder), before);
        }
        assertEquals(await readRecord(file), RECORD);
      })
    ),
});

Deno.test({
  name: "writing where nothing may be written says so, and leaves nothing",
  ignore,
  fn: () =>
    withFolder((parent) =>
      withMount(parent, 256, async ({ folder, setReadOnly }) => {
        await setReadOnly(true);
        const { message } = await assertRejects(() => writeRecord(folder, RECORD), RecordError);
        assertStringIncludes(message, fileURLToPath(new URL("mlp-pre-1.json", folder)));
        assertStringIncludes(message, "Read-only");
        assertEquals(namesIn(folder), []);
      })
    ),
});

testWithFolder(
  "a file is written whole or not at all, whoever writes at the same time",
  async (folder) => {
    const file = new URL("page.html", folder);
    const texts = Array.from({ length: 20 }, (_, i) => `${i} `.repeat(10_000));
    await Promise.all(texts.map((text) => writeWhole(file, text)));
    assert(texts.includes(await Deno.readTextFile(file)));
    assertEquals(namesIn(folder), ["page.html"]);
  },
);
