/** No quotation without its source: notebooks/quotations.md has them all, checked by hand. */
import { assert, assertEquals } from "@std/assert";
import { CLAIMS } from "../../findings/claims/mod.ts";
import { notebookFiles, NOTEBOOKS, readNotebook } from "../../notebooks/run/notebook.ts";
import { granted } from "../permissions.ts";

const plain = (text: string) => text.replace(/\s+/g, " ").trim().toLowerCase();

/** What stands in quotation marks in a text; in code and in titles of references they mean something else. */
function quotedIn(text: string): string[] {
  const prose = text.replace(/^## References[^]*/m, "").replace(/`[^`]*`/g, "").replace(
    /\$[^$]*\$/g,
    "",
  );
  return [...prose.matchAll(/“([^”]+)”|"([^"]+)"/g)].map(([, curly, straight]) =>
    plain(curly ?? straight)
  );
}

Deno.test("what stands in quotation marks is found, over line breaks, and code is not", () => {
  assertEquals(quotedIn('He says “so\nit is”, then "stops"; `bn("x")` is code.'), [
    "so it is",
    "stops",
  ]);
});

Deno.test({
  name: "every quotation in the notebooks and in the claims is listed with its source and place",
  ignore: !granted("read"),
  async fn() {
    const list = await Deno.readTextFile(new URL("quotations.md", NOTEBOOKS));
    const rows = list.split("\n").filter((line) => line.startsWith("| ")).slice(2)
      .map((line) => line.slice(1, -1).split("|").map((cell) => cell.trim()));
    assert(rows.every((cells) => cells.length === 3 && cells.every((cell) => cell !== "")));
    const listed = new Set(rows.map(([quotation]) => plain(quotation)));
    const inNotebooks = await Promise.all(
      (await notebookFiles()).map(async (file) =>
        (await readNotebook(file)).cells.filter(({ cell_type }) => cell_type === "markdown")
          .flatMap(({ source }) => quotedIn([source].flat().join("")))
      ),
    );
    const inClaims = CLAIMS.flatMap(({ quotation }) =>
      quotation && !quotation.paraphrase ? quotation.text.split(" […] ").map(plain) : []
    );
    const all = [...inNotebooks.flat(), ...inClaims];
    assert(all.length > 10, "there are quotations");
    assertEquals(all.filter((quotation) => !listed.has(quotation)), []);
  },
});
