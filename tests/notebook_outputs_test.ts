import { fileURLToPath } from "node:url";
import { assert, assertEquals } from "@std/assert";
import { moduleOf, nameOf, notebookFiles, readNotebook } from "../tools/notebooks/notebook.ts";
import { withFolder } from "./folders.ts";
import { granted } from "./permissions.ts";

// The outputs in the repository must be those that the code gives on the records in the repository:
// the cells are run without Jupyter, where tables, texts and the figures' descriptions are printed.

/** Longer than this takes only a notebook that trains, because its records are not there. */
const LIMIT = 60_000;

/** Times that were measured anew differ; spaces at the ends say nothing. */
const comparable = (text: string) => text.replace(/\d[\d.,]* ?(?:µs|ms|s|min)\b/g, "a time").trim();

/** The texts that a notebook shows, of cells that do not report the progress of a run. */
function shownTexts({ cells }: Awaited<ReturnType<typeof readNotebook>>): string[] {
  return cells.filter(({ source }) => !/\b(?:train|claimRecords)\(/.test([source].flat().join("")))
    .flatMap(({ outputs = [] }) => outputs)
    .map(({ data }) => comparable([data?.["text/plain"] ?? ""].flat().join("")))
    .filter((text) => text !== "");
}

/** The first text that is not in what was printed, in this order; undefined if all are. */
function firstMissing(texts: readonly string[], printed: string): string | undefined {
  let from = 0;
  return texts.find((text) => {
    const at = printed.indexOf(text, from);
    if (at >= 0) from = at + text.length;
    return at < 0;
  });
}

Deno.test("a text that is missing, changed or out of its order is found", () => {
  assertEquals(firstMissing(["88.8", "90.1"], "a 88.8\n90.1"), undefined);
  assertEquals(firstMissing(["88.8", "90.1"], "a 88.8\n90.2"), "90.1");
  assertEquals(firstMissing(["90.1", "88.8"], "a 88.8\n90.1"), "88.8");
  assertEquals(comparable("in 1.25 s at 88.8 %"), "in a time at 88.8 %");
});

for (const file of granted("read") ? await notebookFiles() : []) {
  Deno.test({
    name: `${nameOf(file)}: what it shows is what its code gives on the reference records`,
    ignore: !granted("read", "write", "run"),
    fn: () =>
      withFolder(async (folder) => {
        const notebook = await readNotebook(file);
        const texts = shownTexts(notebook);
        assert(texts.length > 0, "It has no outputs: run deno task notebooks.");
        const module = new URL(`${nameOf(file)}.ts`, folder);
        await Deno.writeTextFile(module, moduleOf(notebook).code);
        const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
          args: ["run", "-A", fileURLToPath(module)],
          env: { NO_COLOR: "1", BN_PRESET: "" },
          signal: AbortSignal.timeout(LIMIT),
        }).output();
        assert(success, new TextDecoder().decode(stderr) || "It took longer than a minute.");
        const printed = comparable(new TextDecoder().decode(stdout));
        assertEquals(firstMissing(texts, printed), undefined);
      }),
  });
}
