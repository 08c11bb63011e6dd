import { assert, assertEquals } from "@std/assert";
import { nameOf, notebookFiles, readNotebook } from "../../notebooks/run/notebook.ts";
import { granted } from "../permissions.ts";

/** What a student may import in a cell. */
const IMPORTS = /^(@batchnorm\/from-scratch(\/kernels|\/notebook)?|@tensorflow\/tfjs)$/;

/** No notebook is longer: it is read in one go. */
const [MOST_CELLS, MOST_WORDS] = [45, 2_600];

const textOf = ({ source }: { source: string | string[] }) => [source].flat().join("");

/**
 * Numbers and words in a text that only records can give: percentages and points with decimals, and
 * verdicts in bold. Equations and code are no such text, nor are exercises and references; what is
 * marked is held against the records by marked_numbers_test.ts.
 */
function resultsIn(text: string): string[] {
  const prose = text.replace(/\$[^$]*\$/g, "").replace(/`[^`]*`/g, "")
    .replace(/\S+<!--[^>]*-->/g, "");
  return prose.match(
    /[−-]?\d+\.\d+ ?(?:%|points?\b)|\b\d\d\.\d\d?\b(?! ?(?:s|ms)\b)|\*\*(?:held(?: in part)?|contradicted|equivalent|open|not tested)\*\*/g,
  ) ?? [];
}

Deno.test("a result number or a verdict in a text is found, and nothing else is taken for one", () => {
  assertEquals(resultsIn("BN reaches 88.8 % and gains 0.3 points; 91.42 ± 0.18: **held**"), [
    "88.8 %",
    "0.3 points",
    "91.42",
    "**held**",
  ]);
  assertEquals(
    resultsIn("a 95 % interval, momentum 0.99, rate 0.1, $t = 12.71$, ÷255, *held*"),
    [],
  );
});

// Not by "deno fmt --check": Deno 2.9.6 takes every notebook that it has not formatted itself for one
// that is not formatted, even where it would change nothing.
for (const file of granted("read", "run") ? await notebookFiles() : []) {
  Deno.test(`${nameOf(file)} is formatted as deno fmt formats it`, async () => {
    const formatter = new Deno.Command(Deno.execPath(), {
      args: ["fmt", "--quiet", "--ext", "ipynb", "-"],
      cwd: new URL("../../", import.meta.url),
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    const text = await Deno.readTextFile(file);
    const input = formatter.stdin.getWriter();
    await input.write(new TextEncoder().encode(text));
    await input.close();
    const { stdout } = await formatter.output();
    assert(new TextDecoder().decode(stdout) === text, `deno fmt --ext ipynb - < ${nameOf(file)}`);
  });
}

for (const file of granted("read") ? await notebookFiles() : []) {
  Deno.test(`${nameOf(file)}: at most 45 cells and 2,600 words, short code, own imports, no result in its texts`, async () => {
    const { cells } = await readNotebook(file);
    assert(cells.length <= MOST_CELLS, `${cells.length} cells`);
    const prose = cells.filter(({ cell_type }) => cell_type === "markdown").map(textOf).join(" ");
    const words = prose.split(/\s+/).length;
    assert(words <= MOST_WORDS, `${words} words`);
    const faults: string[] = [];
    let endsBegan = false;
    const headings: string[] = [];
    cells.forEach((cell, i) => {
      const text = textOf(cell);
      if (cell.cell_type === "code") {
        // The list of what is imported is not read as a program is.
        const lines = text.replace(/^import [^;]*;\n*/gm, "").split("\n").length;
        if (lines > 20) faults.push(`cell ${i + 1} has ${lines} lines`);
        for (const [, name] of text.matchAll(/(?:from|import)\s*\(?\s*"([^"]+)"/g)) {
          if (!IMPORTS.test(name)) faults.push(`cell ${i + 1} imports ${name}`);
        }
        return;
      }
      headings.push(...text.match(/^#+ .*$/gm) ?? []);
      endsBegan ||= /^#+ (?:\d+ )?(?:Exercises|References)/m.test(text);
      if (endsBegan) return;
      for (const result of resultsIn(text)) faults.push(`cell ${i + 1} says "${result}"`);
    });
    const [exercises, references] = ["Exercises", "References"].map((name) =>
      headings.findIndex((heading) => heading.endsWith(name))
    );
    if (exercises < 0 || references !== headings.length - 1 || references < exercises) {
      faults.push("does not end with exercises and references");
    }
    assertEquals(faults, []);
  });
}
