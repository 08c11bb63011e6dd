import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { unzipSync } from "fflate";
import { isDeepStrictEqual } from "node:util";
import { UsageError } from "../../experiments/usage_error.ts";
import { PRESETS } from "../../experiments/presets.ts";
import type { TrialRecord } from "../../experiments/record.ts";
import { writeRecord } from "../../experiments/records.ts";
import { findBrowser } from "../../report/print.ts";
import { projectFiles } from "../../report/submission/project_files.ts";
import { readEvidence } from "../../report/evidence.ts";
import {
  chooseRecords,
  packSubmission,
  submissionName,
} from "../../report/submission/submission.ts";
import { withoutChromium } from "../chromium.ts";
import { namesIn, withFolder } from "../folders.ts";
import { granted } from "../permissions.ts";
import { syntheticTrials } from "../synthetic_records.ts";

const FOUR = PRESETS.assignment.experiments.map(({ name }) => name);

/** Records of the four models, three trials of each unless said otherwise. */
function fourModels(accuracies: number[] = [0.90, 0.91, 0.92]): TrialRecord[] {
  return FOUR.flatMap((name) => syntheticTrials(name, accuracies));
}

/** A notebook of one cell, which was run and went well unless said otherwise. */
function notebook(cell: Record<string, unknown> = {}): string {
  const code = {
    cell_type: "code",
    source: "1 + 1",
    execution_count: 1,
    outputs: [],
    metadata: {},
  };
  return JSON.stringify({ cells: [{ ...code, ...cell }], nbformat: 4, nbformat_minor: 5 });
}

const NOTEBOOKS = ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth"]
  .map((name, i) => `notebooks/0${i + 1}_${name}.ipynb`);

/** The files of a small project, results apart. */
const FILES: Record<string, string> = {
  ".git/HEAD": "ref: refs/heads/main",
  ".gitignore": "/report/out/\n*.log\n/results/*\n",
  "README.md": "# A project",
  "debug.log": "ignored",
  "node_modules/package/mod.js": "cached",
  ...Object.fromEntries(NOTEBOOKS.map((path) => [path, notebook()])),
  "src/.gitignore": "/made/\n",
  "src/50 % größer #1.ts": "export {};",
  "src/made/mod.js": "ignored",
  "src/mod.ts": "export const answer = 42;",
};

/** Those of them that are packed. */
const PACKED = [
  ".gitignore",
  "README.md",
  ...NOTEBOOKS,
  "src/.gitignore",
  "src/50 % größer #1.ts",
  "src/mod.ts",
];

async function write(folder: URL, files: Record<string, string>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    const file = new URL(path.split("/").map(encodeURIComponent).join("/"), folder);
    await Deno.mkdir(new URL(".", file), { recursive: true });
    await Deno.writeTextFile(file, text);
  }
}

interface TestProject {
  project: URL;
  /** Its folder of records. */
  records: URL;
  out: URL;
  /** The report that the user has; not there at first. */
  report: URL;
  pack(changes?: Partial<Parameters<typeof packSubmission>[0]>): Promise<Record<string, string>>;
}

/** Registers a test that gets a project with records of the four models. */
function testProject(
  name: string,
  fn: (project: TestProject) => Promise<void>,
  { ignore = false } = {},
): void {
  Deno.test({
    name,
    ignore: ignore || !granted("read", "write"),
    fn: () =>
      withFolder(async (project) => {
        const records = new URL("results/assignment/", project);
        const out = new URL("report/out/submission.zip", project);
        const report = new URL("report/out/index.html", project);
        await write(project, FILES);
        for (const record of fourModels()) await writeRecord(records, record);
        const pack: TestProject["pack"] = async (changes) => {
          const title = { author: "Ada", id: "17" };
          await packSubmission({ title, records, out, project, report, ...changes });
          return contentOf(changes?.out ?? out);
        };
        await fn({ project, records, out, report, pack });
      }),
  });
}

/** The files of a package by their paths below its one folder. */
async function contentOf(zip: URL): Promise<Record<string, string>> {
  const files = Object.entries(unzipSync(await Deno.readFile(zip)));
  return Object.fromEntries(files.map(([path, bytes]) => {
    assert(path.startsWith("submission-17/"), path);
    return [path.slice("submission-17/".length), new TextDecoder().decode(bytes)];
  }));
}

/** Asserts that no package is made, and gives the reason. */
async function refusal({ pack, out }: TestProject, changes = {}): Promise<string> {
  const { message } = await assertRejects(() => pack(changes), UsageError);
  const left = await Array.fromAsync(Deno.readDir(new URL(".", out))).catch(() => []);
  assertEquals(left.filter(({ name }) => name !== "index.html"), [], "nothing is left behind");
  return message;
}

/** A page that lists records as the report does. */
async function pageShowing(folder: URL): Promise<string> {
  const { files } = await readEvidence(folder);
  const list = JSON.stringify(files);
  return `<html><script type="application/json" id="records">${list}</script></html>`;
}

testProject(
  "a package holds the report, and the project as a clone has it with the records that are shown",
  async ({ project, pack, out }) => {
    await writeRecord(new URL("results/quick/", project), syntheticTrials("mlp-pre", [0.8])[0]);

    const content = await pack();

    const names = fourModels().map(({ experiment, seed }) =>
      `results/assignment/${experiment.name}-${seed}.json`
    );
    assertEquals(Object.keys(content).sort(), [...PACKED, ...names, "report.html"].sort());
    for (const path of PACKED) assertEquals(content[path], FILES[path]);
    for (const name of names) {
      assertEquals(content[name], await Deno.readTextFile(new URL(name, project)));
    }
    assertStringIncludes(content["report.html"], "deno task report --records results/assignment");
    assertEquals(namesIn(new URL(".", out)), ["submission.zip"]);
  },
);

testProject(
  "a package holds the report as PDF where a browser prints it, and the same input gives the same bytes",
  async ({ pack, project, out }) => {
    const browser = await findBrowser();
    const again = new URL("report/out/again.zip", project);

    const { "report.pdf": pdf } = await pack({ browser });
    await new Promise((resolve) => setTimeout(resolve, 1100)); // a PDF's dates are in seconds
    await pack({ browser, out: again });

    assert(pdf.startsWith("%PDF-"));
    const [first, second] = [await Deno.readFile(out), await Deno.readFile(again)];
    const [files, others] = [first, second].map((zip) => unzipSync(zip));
    const differing = Object.keys(files).filter((name) =>
      !isDeepStrictEqual(files[name], others[name])
    );
    assertEquals(differing, []);
    // The first package lies in a folder that is ignored, so it is no part of the second.
    assertEquals(first.length, second.length);
    assert(first.every((byte, i) => byte === second[i]));
  },
  { ignore: withoutChromium },
);

testProject(
  "an earlier package beside the source is not packed, and files that can be run stay so",
  async ({ pack, project }) => {
    const out = new URL("mine.zip", project);
    await Deno.chmod(new URL("src/mod.ts", project), 0o755);
    await pack({ out });
    const content = await pack({ out });
    const source = Object.keys(content).filter((path) => !/^(results|report\.html)/.test(path));
    assertEquals(source.sort(), PACKED);
    // The mode stands in the upper half of the external attributes, in the zip's list at its end.
    const modes = [...centralAttributes(await Deno.readFile(out))];
    assertEquals(modes.filter((mode) => mode === 0o100755).length, 1);
    assertEquals(new Set(modes), new Set([0o100644, 0o100755]));
  },
);

/** The modes of a zip's files, from the entries of its central directory (PK 1 2). */
function* centralAttributes(zip: Uint8Array): Generator<number> {
  const view = new DataView(zip.buffer);
  const end = zip.length - 22;
  let at = view.getUint32(end + 16, true);
  while (view.getUint32(at, true) === 0x02014b50) {
    yield view.getUint32(at + 38, true) >>> 16;
    at += 46 + view.getUint16(at + 28, true) + view.getUint16(at + 30, true) +
      view.getUint16(at + 32, true);
  }
}

testProject(
  "records from outside the project are packed among its results",
  ({ pack }) =>
    withFolder(async (elsewhere) => {
      const folder = new URL("my%20run/", elsewhere);
      for (const record of fourModels()) await writeRecord(folder, record);
      const content = await pack({ records: folder });
      assert("results/my run/mlp-pre-1.json" in content);
      assert(!("results/assignment/mlp-pre-1.json" in content));
    }),
);

testProject("a notebook with a cell that was not run is refused by name", async (test) => {
  await write(test.project, {
    [NOTEBOOKS[1]]: notebook({ execution_count: null }),
  });
  const message = await refusal(test);
  assertMatch(message, /notebooks\/02_second\.ipynb: cell 1 was not run\. Every code cell must/);
  assertStringIncludes(message, "deno task notebooks --only 02");
});

testProject("a notebook with an error among its outputs is refused by name", async (test) => {
  const outputs = [{ output_type: "error", ename: "TypeError", evalue: "no", traceback: [] }];
  await write(test.project, { "notebooks/01_first.ipynb": notebook({ outputs }) });
  assertMatch(await refusal(test), /01_first\.ipynb: cell 1 failed: TypeError: no\. Every code/);
});

testProject("fewer than three trials of one of the four models are refused", async (test) => {
  await Deno.remove(new URL("cnn-post-2.json", test.records));
  const message = await refusal(test);
  assertStringIncludes(message, "results/assignment/: cnn-post has 2 trials, and each of mlp-pre,");
  assertStringIncludes(message, "needs at least 3. Run deno task train, or name a folder");
});

testProject("a notebook that is missing is refused by its number", async (test) => {
  await Deno.remove(new URL(NOTEBOOKS[3], test.project));
  assertMatch(await refusal(test), /notebook 04 is missing, and all of 01, .* Restore the file\./);
});

testProject(
  "three trials of a model that differ in more than the seed are refused",
  async (test) => {
    await writeRecord(test.records, { ...syntheticTrials("cnn-post", [0.9])[0], version: "0.0.9" });
    assertStringIncludes(await refusal(test), "cnn-post has 2 trials");
  },
);

testProject("a folder without records is refused", async (test) => {
  const records = new URL("nothing/", test.project);
  assertStringIncludes(await refusal(test, { records }), "nothing/: mlp-pre has 0 trials");
});

testProject("a damaged record is refused by name", async (test) => {
  const file = new URL("mlp-pre-2.json", test.records);
  await Deno.writeTextFile(file, (await Deno.readTextFile(file)).replace("0.91", "0.95"));
  const message = await refusal(test);
  assertMatch(message, /damaged record: .+mlp-pre-2\.json has been changed since it was written/);
  assertStringIncludes(message, "Restore the file, or delete it and run its trial again");
});

testProject("a report that shows other records is a reason to refuse", async (test) => {
  const { project, records, report } = test;
  const other = new URL("results/other/", project);
  for (const record of fourModels()) await writeRecord(other, record);
  await writeRecord(other, syntheticTrials("mlp-pre", [0.5])[0]);
  await write(new URL(".", report), { "index.html": await pageShowing(other) });

  const message = await refusal(test);

  assertStringIncludes(
    message,
    "report/out/index.html shows others (mlp-pre-1.json is on the page",
  );
  assertStringIncludes(message, "and 1 more differ");
  assertStringIncludes(message, "Make the report anew with deno task report --records ");
  await Deno.remove(new URL("mlp-pre-1.json", records));
  await writeRecord(records, syntheticTrials("mlp-pre", [0.5])[0]);
  await test.pack();
});

testProject(
  "a report that shows the same records from elsewhere, or does not say which, is none",
  async ({ pack, project, records, report }) => {
    const moved = new URL("results/moved/", project);
    for (const record of fourModels()) await writeRecord(moved, record);
    for (const page of [await pageShowing(moved), await pageShowing(records), "<html></html>"]) {
      await write(new URL(".", report), { "index.html": page });
      await pack();
    }
  },
);

testProject("a report whose list of records is spoilt is refused by name", async (test) => {
  const spoilt = '<script id="records" type="application/json">[{"file":1}]</script>';
  await write(new URL(".", test.report), { "index.html": spoilt });
  assertMatch(
    await refusal(test),
    /which records .+index\.html shows: .*Delete the page, or make/,
  );
});

Deno.test("the id is made safe for a file's name, whatever it is", () => {
  assertEquals(submissionName("s123_45.b"), "submission-s123_45.b");
  assertEquals(submissionName("../../etc/passwd"), "submission-etc-passwd");
  assertEquals(submissionName(" Ünal, 17<script> "), "submission-Ünal-17-script");
  assertEquals(submissionName("1".repeat(100)).length, "submission-".length + 64);
  assertThrows(() => submissionName("../."), UsageError, "no letter and no digit");
});

Deno.test({
  name:
    "records are those of the user's own run of the assignment, if complete, else the reference",
  ignore: !granted("read", "write"),
  fn: () =>
    withFolder(async (results) => {
      const chosen = async () => {
        const { folder, reason } = await chooseRecords(results);
        return [folder.href.slice(results.href.length), reason];
      };
      assertEquals((await chosen())[0], "reference/");
      const [last, ...others] = fourModels();
      for (const record of others) await writeRecord(new URL("assignment/", results), record);
      assertEquals(
        (await chosen())[0],
        "reference/",
        "one that is not complete is passed over",
      );
      await writeRecord(new URL("assignment/", results), last);
      assertEquals(await chosen(), [
        "assignment/",
        "your own run of preset assignment, which is complete",
      ]);
    }),
});

Deno.test({
  name:
    "the files of this project are those of a clone: sources, data and notebooks, and no caches",
  ignore: !granted("read"),
  async fn() {
    const files = await projectFiles(new URL("../../", import.meta.url), ["results"]);
    for (const file of [".ci/run", "deno.lock", "data/fashion-mnist/SHA256SUMS", "mod.ts"]) {
      assert(files.includes(file), file);
    }
    const strays = /^(\.git|results|report\/out|tests\/tmp|notebooks\/\.jupyter)\//;
    assertEquals(files.filter((file) => strays.test(file)), []);
  },
});

Deno.test({
  name: "deno task submission asks for author and id, and says what it may not do and how to go on",
  ignore: !granted("read", "run"),
  async fn() {
    const refused = async (...args: string[]) => {
      const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
        args: ["task", "submission", ...args],
        cwd: new URL("../../", import.meta.url),
        env: { NO_COLOR: "1" },
        stdin: "null",
      }).output();
      assertEquals([code, stdout.length], [1, 0]);
      return new TextDecoder().decode(stderr);
    };
    const named = ["--author", "Ada", "--id", "17"];
    assertStringIncludes(
      await refused("--author", "Ada"),
      "A package needs a name: add --author <name> --id <id>.",
    );
    assertStringIncludes(await refused("--author", " ", "--id", "17"), "It must not be empty.");
    assertMatch(
      await refused(...named, "--browser", "/no/browser"),
      /there is no file .*no.browser\. Install Chromium.* --no-pdf leaves the PDF out\./,
    );
    assertMatch(
      await refused(...named, "--no-pdf", "--out", "../elsewhere/mine.zip"),
      /may write to report\/out alone\. Allow it when Deno asks in a terminal, or leave --out away/,
    );
  },
});
