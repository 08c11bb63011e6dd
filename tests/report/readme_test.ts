import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { readFolder, REFERENCE } from "../../experiments/records.ts";
import {
  designFigures,
  designText,
  readmeFigure,
  readmeText,
  withResults,
} from "../../report/readme.ts";
import { staticPicture } from "../../figures/picture/static_picture.ts";
import { everything } from "../findings/evidence_records.ts";
import { granted } from "../permissions.ts";

const README = new URL("../../README.md", import.meta.url);

/** Formatting pads the cells of tables and breaks lines. */
function unformatted(text: string): string {
  return text.replaceAll(/-{2,}/g, "--").replaceAll(/\s+/g, " ");
}

async function recordsOf(preset: string) {
  return (await readFolder(new URL(`${preset}/`, REFERENCE))).records;
}

Deno.test({
  name: "the README's results are those of the reference records",
  ignore: !granted("read"),
  async fn() {
    const text = readmeText(await recordsOf("full"), await recordsOf("tuned"));
    const readme = await Deno.readTextFile(README);
    assertEquals(unformatted(readme), unformatted(withResults(readme, text)));
  },
});

Deno.test({
  name: "the README's picture is drawn from the reference records, by the report's own figure",
  // jsdom, which draws it, asks for the environment as it is loaded.
  ignore: !granted("read", "env"),
  async fn() {
    const { png } = await staticPicture(readmeFigure(await recordsOf("full")));
    assertEquals(await Deno.readFile(new URL("result.png", REFERENCE)), png);
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

Deno.test("of the design's trials the README has the headline, how many claims came out how, and two pictures", () => {
  const records = everything((name) => name.includes("none") ? 0.87 : 0.88);
  const text = designText(records);
  assertMatch(text, /^\| test accuracy \(%\) \| no BN \|/);
  assertMatch(text, /^\*\*Speed\.\*\*/m);
  const [, all, rest] = text.match(/Of (\d+) verdicts on claims: (.*) \(/)!;
  const sum = rest.split(", ").reduce((sum, part) => sum + Number.parseInt(part), 0);
  assertEquals(sum, Number(all));
  for (const figure of Object.values(designFigures(records))) assert(figure.data.length > 0);
});
