import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { readFolder, REFERENCE } from "../../experiments/records.ts";
import { readmeFigures, readmeText, withResults } from "../../report/readme.ts";
import { staticPicture } from "../../figures/picture/static_picture.ts";
import { everything } from "../findings/claim_records.ts";
import { granted } from "../permissions.ts";

const README = new URL("../../README.md", import.meta.url);

/** Formatting pads the cells of tables and breaks lines. */
function unformatted(text: string): string {
  return text.replaceAll(/-{2,}/g, "--").replaceAll(/\s+/g, " ");
}

Deno.test({
  name: "the README's results are those of the reference records",
  ignore: !granted("read"),
  async fn() {
    const text = readmeText((await readFolder(REFERENCE)).records);
    const readme = await Deno.readTextFile(README);
    assertEquals(unformatted(readme), unformatted(withResults(readme, text)));
  },
});

Deno.test({
  name: "the README's pictures are drawn from the reference records, by the report's own figures",
  // jsdom, which draws it, asks for the environment as it is loaded.
  ignore: !granted("read", "env"),
  async fn() {
    const { records } = await readFolder(REFERENCE);
    for (const [name, figure] of Object.entries(readmeFigures(records))) {
      const { png } = await staticPicture(figure);
      assertEquals(await Deno.readFile(new URL(name, REFERENCE)), png, name);
    }
  },
});

Deno.test("results are put between the README's marks, in place of those that stood there", () => {
  const readme =
    "# Title\n<!-- results: deno task readme:figure -->\nold\n<!-- end of results -->\nrest";
  assertEquals(
    withResults(readme, "new"),
    "# Title\n<!-- results: deno task readme:figure -->\n\nnew\n\n<!-- end of results -->\nrest",
  );
});

Deno.test("a README without marks is refused, and told what it needs", () => {
  assertThrows(() => withResults("# Title", "new"), Error, "README.md needs the lines");
});

Deno.test("the README has the headline, how many claims came out how, and two pictures", () => {
  const records = everything((name) => name.includes("none") ? 0.87 : 0.88);
  const text = readmeText(records);
  assertMatch(text, /^\| test accuracy \(%\) \| no BN \|/);
  assertMatch(text, /^\*\*Speed\.\*\*/m);
  const [, all, rest] = text.match(/Of (\d+) verdicts on claims: (.*) \(/)!;
  const sum = rest.split(", ").reduce((sum, part) => sum + Number.parseInt(part), 0);
  assertEquals(sum, Number(all));
  for (const figure of Object.values(readmeFigures(records))) assert(figure.data.length > 0);
});
