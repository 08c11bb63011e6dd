import { assert, assertEquals } from "@std/assert";
import { figureBundle, tableBundle } from "../../notebooks/lib/display.ts";
import type { MimeBundle } from "../../notebooks/lib/kernel.ts";
import {
  nameOf,
  type Notebook,
  notebookFiles,
  readNotebook,
} from "../../notebooks/run/notebook.ts";
import { withFolder } from "../folders.ts";
import { notebookOf } from "./jupyter.ts";
import type { Shown } from "./notebook_kernel.ts";
import { differencesOf, shownBy } from "./notebook_outputs.ts";
import { granted } from "../permissions.ts";

// The outputs in the repository must be those that the code gives on the records in the repository, in
// all their forms.

// ---- What is found --------------------------------------------------------------------------------

const FIGURE = await figureBundle(
  { data: [{ type: "scatter", y: [88.8, 90.1] }], layout: { height: 300 }, description: "a line" },
  { png: new Uint8Array([1, 2, 3]), width: 700, height: 300 },
);
const SIZE = { "image/png": { width: 700, height: 300 } };
const TABLE = tableBundle({ columns: ["Model", "Accuracy"], rows: [["mlp", "88.80"]] });
const PROGRESS = { "text/html": "<div>Reused 3 trials.</div>", "text/plain": "Reused 3 trials." };
const TIMED = { "text/markdown": "88.8 % in 1.25 s", "text/plain": "88.8 % in 1.25 s" };

/** What the code of one cell gives. */
const GIVEN: Shown[] = [
  { data: PROGRESS, metadata: {}, progress: true },
  { data: FIGURE, metadata: SIZE, progress: false },
  { data: TABLE, metadata: {}, progress: false },
  { data: TIMED, metadata: {}, progress: false },
];

/** A notebook that shows this, or something else in place of one output. */
function showing(at = -1, change: Partial<MimeBundle> = {}): Notebook {
  const notebook = notebookOf(["const records = await train(PRESET);"]);
  notebook.cells[0].outputs = GIVEN.map(({ data, metadata }, i) => ({
    output_type: "display_data",
    data: { ...data, ...(i === at ? change : {}) },
    metadata,
  }));
  return notebook;
}

Deno.test("outputs that are those of the code do not differ, however Jupyter orders what it writes", () => {
  assertEquals(differencesOf(showing(), [GIVEN]), []);
  const notebook = showing();
  notebook.cells[0].outputs![1].metadata = { "image/png": { height: 300, width: 700 } };
  assertEquals(differencesOf(notebook, [GIVEN]), []);
});

/** Tampered copies: what is changed, in which output, and the forms in which that must be found. */
const TAMPERED: [string, number, Partial<MimeBundle>][] = [
  ["a number in a table's HTML", 2, {
    "text/html": TABLE["text/html"].replace("88.80", "98.80"),
  }],
  ["a number in a table's Markdown", 2, {
    "text/markdown": TABLE["text/markdown"].replace("88.80", "98.80"),
  }],
  ["a number in a table's text", 2, {
    "text/plain": TABLE["text/plain"].replace("88.80", "98.80"),
  }],
  ["a figure's PNG", 1, { "image/png": "AQIE" }],
  ["the picture in a figure's HTML", 1, {
    "text/html": FIGURE["text/html"].replace("AQID", "AQIE"),
  }],
  ["the data in a figure's HTML", 1, {
    "text/html": FIGURE["text/html"].replace("[88.8,", "[98.8,"),
  }],
  ["a figure's name", 1, {
    "text/html": FIGURE["text/html"].replace(/data-figure="[^"]*"/, 'data-figure="figure-0"'),
  }],
  ["a figure's description", 1, { "text/plain": "another line" }],
  ["a number beside a time, in both forms", 3, {
    "text/markdown": "98.8 % in 1.25 s",
    "text/plain": "98.8 % in 1.25 s",
  }],
];

for (const [what, at, change] of TAMPERED) {
  Deno.test(`${what} cannot be changed without its being found, beside a training too`, () => {
    assertEquals(
      differencesOf(showing(at, change), [GIVEN]).map((text) => text.replace(/ differs.*/, "")),
      Object.keys(change).map((form) => `cell 1, output ${at + 1}: ${form}`),
    );
  });
}

Deno.test("a time may differ, and the progress of a run if it says the same in both its forms", () => {
  const timed = showing(3, { "text/markdown": "88.8 % in 17 ms", "text/plain": "88.8 % in 2 s" });
  assertEquals(differencesOf(timed, [GIVEN]), []);
  const run = { "text/html": "<div>mlp 1: &lt;90 %</div>", "text/plain": "mlp 1: <90 %" };
  assertEquals(differencesOf(showing(0, run), [GIVEN]), []);
  const other = { "text/html": "<div>mlp 1: 99 %</div>" };
  assertEquals(differencesOf(showing(0, other), [GIVEN]), [
    "cell 1, output 1: the forms of the progress differ",
  ]);
});

Deno.test("an output that is missing, of other forms or of another size is found", () => {
  const missing = showing();
  missing.cells[0].outputs!.pop();
  assertEquals(differencesOf(missing, [GIVEN]), ["cell 1 has 3 outputs in place of 4"]);
  const bare = showing();
  delete bare.cells[0].outputs![2].data!["text/html"];
  assertEquals(differencesOf(bare, [GIVEN]), [
    "cell 1, output 3: has the forms text/markdown,text/plain in place of " +
    "text/html,text/markdown,text/plain",
  ]);
  const smaller = showing();
  smaller.cells[0].outputs![1].metadata = { "image/png": { height: 30, width: 700 } };
  assertEquals(differencesOf(smaller, [GIVEN]), ["cell 1, output 2: metadata differ"]);
});

// ---- The notebooks --------------------------------------------------------------------------------

const files = granted("read") ? await notebookFiles() : [];

// Each takes up to two minutes: two run at a time, the next one ahead of its test.
const left = files.values();
const given = new Map<URL, Promise<Shown[][]>>();
function shownOf(file: URL): Promise<Shown[][]> {
  const shown = given.get(file) ??
    withFolder(async (folder) => shownBy(await readNotebook(file), file, folder));
  given.set(file, shown);
  return shown;
}
async function runSome(): Promise<void> {
  for (const file of left) await shownOf(file).catch(() => {}); // its test says what failed
}

for (const file of files) {
  Deno.test({
    name: `${nameOf(file)}: what it shows is what its code gives on the reference records`,
    ignore: !granted("read", "write", "run"),
    sanitizeOps: false, // the next notebook runs meanwhile
    sanitizeResources: false,
    async fn() {
      if (given.size === 0) void Promise.all([runSome(), runSome()]);
      const notebook = await readNotebook(file);
      assert(notebook.cells.some(({ outputs }) => outputs?.length), "Run deno task notebooks.");
      assertEquals(differencesOf(notebook, await shownOf(file)), []);
    },
  });
}
