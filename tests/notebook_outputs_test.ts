import { fileURLToPath } from "node:url";
import { assert, assertEquals } from "@std/assert";
import {
  moduleOf,
  nameOf,
  type Notebook,
  notebookFiles,
  readNotebook,
} from "../tools/notebooks/notebook.ts";
import { withFolder } from "./folders.ts";
import type { Shown } from "./notebook_kernel.ts";
import { granted } from "./permissions.ts";

// The outputs in the repository must be those that the code gives on the records in the repository:
// tables, texts and pictures, in all their forms. The cells are run as one module, and what takes
// Jupyter's place keeps what they show.

/** Longer than this takes only a notebook that trains, because its records are not there. */
const LIMIT = 120_000;

/** What a cell shows, in one form. */
interface Form {
  cell: number;
  type: string;
  text: string;
}

/** Times that were measured anew differ. */
const comparable = (text: string) => text.replace(/\d[\d.,]* ?(?:µs|ms|s|min)\b/g, "a time").trim();

/** The forms of what each code cell shows, apart from the progress of a run, which depends on time. */
function formsOf(cells: readonly (readonly Pick<Shown, "data" | "progress">[])[]): Form[] {
  return cells.flatMap((outputs, i) =>
    outputs.filter(({ progress }) => !progress).flatMap(({ data }) =>
      Object.entries(data).sort(([a], [b]) => a < b ? -1 : 1).map(([type, text]) => ({
        cell: i + 1,
        type,
        text: comparable(text),
      }))
    )
  );
}

/** A notebook's saved outputs, with those marked as progress that the run has found to be. */
function savedForms({ cells }: Notebook, run: readonly (readonly Shown[])[]): Form[] {
  const code = cells.filter(({ cell_type }) => cell_type === "code");
  return formsOf(
    code.map(({ outputs = [] }, i) =>
      outputs.filter(({ data }) => data !== undefined).map(({ data }, j) => ({
        data: Object.fromEntries(
          Object.entries(data!).map(([type, text]) => [type, [text].flat().join("")]),
        ) as Shown["data"],
        progress: run[i]?.[j]?.progress ?? false,
      }))
    ),
  );
}

/** The first form in which two lists differ, in words; undefined if they are the same. */
function firstDifference(saved: readonly Form[], run: readonly Form[]): string | undefined {
  for (let i = 0; i < Math.max(saved.length, run.length); i++) {
    const [a, b] = [saved[i], run[i]];
    if (a && b && a.cell === b.cell && a.type === b.type && a.text === b.text) continue;
    const { cell, type } = a ?? b;
    const at = a && b ? [...a.text].findIndex((letter, k) => letter !== b.text[k]) : 0;
    const around = (form?: Form) => form?.text.slice(Math.max(0, at - 40), at + 60);
    return `code cell ${cell}, ${type}: saved “${around(a)}”, now “${around(b)}”`;
  }
}

Deno.test("a change in any form of an output is found, with its cell", () => {
  const cell = (data: Record<string, string>) => [[{
    data: data as Shown["data"],
    progress: false,
  }]];
  const was = { "text/plain": "88.8", "text/html": "<b>88.8</b>", "image/png": "iVBOR" };
  const difference = (changes: Record<string, string>) =>
    firstDifference(formsOf(cell(was)), formsOf(cell({ ...was, ...changes })));
  assertEquals(difference({}), undefined);
  for (const type of Object.keys(was)) {
    assert(difference({ [type]: "98.8" })!.startsWith(`code cell 1, ${type}: saved`), type);
  }
  assert(firstDifference(formsOf(cell(was)), [])!.includes("now “undefined”"), "an output is lost");
});

Deno.test("the progress of a run is no result, and a measured time is a time", () => {
  const [progress, result] = [true, false].map((progress) => ({
    data: { "text/plain": "2 of 3" },
    progress,
  }));
  assertEquals(formsOf([[progress, result]]).length, 1);
  assertEquals(comparable("in 1.25 s at 88.8 %"), "in a time at 88.8 %");
});

for (const file of granted("read") ? await notebookFiles() : []) {
  Deno.test({
    name: `${nameOf(file)}: what it shows is what its code gives on the reference records`,
    ignore: !granted("read", "write", "run"),
    fn: () =>
      withFolder(async (folder) => {
        const notebook = await readNotebook(file);
        const run = await shownBy(notebook, new URL(`${nameOf(file)}.ts`, folder));
        const saved = savedForms(notebook, run);
        assert(saved.length > 0, "It has no outputs: run deno task notebooks.");
        assertEquals(firstDifference(saved, formsOf(run)), undefined);
      }),
  });
}

/** Runs a notebook's cells as one module; gives what each code cell has shown. */
async function shownBy(notebook: Notebook, module: URL): Promise<Shown[][]> {
  const cells = notebook.cells.map((cell) =>
    cell.cell_type === "code"
      ? { ...cell, source: `beginCell();\n${[cell.source].flat().join("")}` }
      : cell
  );
  const kernel = new URL("notebook_kernel.ts", import.meta.url);
  await Deno.writeTextFile(
    module,
    `import { beginCell, endCells } from "${kernel.href}";\n` +
      `${moduleOf({ ...notebook, cells }).code}\nendCells();\n`,
  );
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", fileURLToPath(module)],
    env: { NO_COLOR: "1", BN_PRESET: "" },
    signal: AbortSignal.timeout(LIMIT),
  }).output();
  assert(success, new TextDecoder().decode(stderr) || "It took longer than two minutes.");
  return JSON.parse(new TextDecoder().decode(stdout).trimEnd().split("\n").at(-1)!);
}
