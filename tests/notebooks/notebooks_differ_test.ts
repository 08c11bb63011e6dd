/** The notebooks are a series, and no copies of one another. */
import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { nameOf, notebookFiles, readNotebook } from "../../notebooks/run/notebook.ts";
import { granted } from "../permissions.ts";

/** Most cells that two notebooks may share, of the shorter one. */
const MOST = 0.25;

/** A cell without what a copy would change: names, literals and white space. */
function shapeOf({ cell_type, source }: { cell_type: string; source: string | string[] }): string {
  const text = [source].flat().join("");
  if (cell_type !== "code") {
    return text.replace(/`[^`]*`|\$[^$]*\$|\d+/g, "").replace(/\s+/g, "").toLowerCase();
  }
  return text.replace(/\/\/.*$/gm, "")
    .replace(/"[^"]*"|`[^`]*`|\b\d[\d_.e-]*/g, "0")
    .replace(/\b[A-Za-z_]\w*\b/g, "x")
    .replace(/\s+/g, "");
}

Deno.test("two cells that differ in names, literals and white space alone have one shape", () => {
  const code = (source: string) => shapeOf({ cell_type: "code", source });
  assertEquals(code('const a = f(1, "x"); // one'), code("const b =\n  g(2.5, `y`);"));
  assertNotEquals(code("a + b"), code("a - b"));
});

Deno.test({
  name: "no two notebooks share more than a quarter of their cells",
  ignore: !granted("read"),
  async fn() {
    const notebooks = await Promise.all((await notebookFiles()).map(async (file) => ({
      name: nameOf(file),
      shapes: (await readNotebook(file)).cells.map(shapeOf),
    })));
    assert(notebooks.length > 1);
    const faults = notebooks.flatMap(({ name, shapes }, i) =>
      notebooks.slice(i + 1).flatMap((other) => {
        const theirs = new Set(other.shapes);
        const shared = shapes.filter((shape) => theirs.has(shape)).length;
        const share = shared / Math.min(shapes.length, other.shapes.length);
        return share > MOST ? [`${name} and ${other.name}: ${shared} cells`] : [];
      })
    );
    assertEquals(faults, []);
  },
});
