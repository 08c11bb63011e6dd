import { createHash } from "node:crypto";
import { createRequire } from "node:module";
import { marked } from "marked";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  figureBundle,
  plotlyScript,
  showFigure,
  showMarkdown,
  showTable,
  tableBundle,
} from "../report/display.ts";
import type { Figure } from "../report/figures.ts";
import { symbolsAsMath } from "../report/markdown_math.ts";
import { granted } from "./permissions.ts";

// Outside of a kernel; what a kernel and a browser make of it stands in jupyter_test.ts.

const FIGURE: Figure = {
  data: [{ type: "scatter", x: [1, 2], y: [3, 4], name: "</script><b>" }],
  layout: { height: 300 },
  description: 'A line from 3 to 4, "rising" & <straight>.',
};

/** Not a real file: what is in it does not matter here. */
const PICTURE = { png: new Uint8Array([1, 2, 3]), width: 700, height: 300 };

/** What `show` prints. */
async function printed(show: () => Promise<void>): Promise<string> {
  const lines: string[] = [];
  const { log } = console;
  console.log = (line: string) => lines.push(line);
  try {
    await show();
  } finally {
    console.log = log;
  }
  return lines.join("\n");
}

Deno.test("a figure's bundle has HTML, a picture and a text, and no form that a front end garbles", async () => {
  const bundle = await figureBundle(FIGURE, PICTURE);
  assertEquals(Object.keys(bundle).sort(), ["image/png", "text/html", "text/plain"]);
  assertEquals(bundle["text/plain"], FIGURE.description);
  assertEquals(bundle["image/png"], "AQID");
});

Deno.test("a figure's HTML holds the picture with its description, for where no script runs", async () => {
  const { "text/html": html } = await figureBundle(FIGURE, PICTURE);
  assertStringIncludes(
    html,
    '<img src="data:image/png;base64,AQID" ' +
      'alt="A line from 3 to 4, &#34;rising&#34; &amp; &lt;straight>."',
  );
});

Deno.test("nothing in a figure ends the script that carries it", async () => {
  const { "text/html": html } = await figureBundle(FIGURE, PICTURE);
  assertEquals(html.match(/<\/script/g)?.length, 1);
  assert(html.endsWith("</script>"));
  assertStringIncludes(html, "\\u003c/script>\\u003cb>");
});

Deno.test("the same figure has the same HTML, and another has another name on the page", async () => {
  const html = async (figure: Figure) => (await figureBundle(figure, PICTURE))["text/html"];
  assertEquals(await html(FIGURE), await html(structuredClone(FIGURE)));
  const name = (text: string) => text.match(/data-figure="(.*?)"/)?.[1];
  const other = await html({ ...FIGURE, data: [] });
  assert(name(other) !== name(await html(FIGURE)));
});

Deno.test("Plotly's address names the installed version", async () => {
  const { url, version } = await plotlyScript();
  assertEquals(
    url,
    `https://cdn.jsdelivr.net/npm/plotly.js-cartesian-dist-min@${version}/plotly-cartesian.min.js`,
  );
  const { "text/html": html } = await figureBundle(FIGURE, PICTURE);
  assertStringIncludes(html, `"url":"${url}"`);
});

Deno.test({
  name: "Plotly's integrity hash is that of the installed file",
  ignore: !granted("read"),
  async fn() {
    const file = createRequire(import.meta.url).resolve(
      "plotly.js-cartesian-dist-min/plotly-cartesian.min.js",
    );
    const hash = createHash("sha384").update(await Deno.readFile(file)).digest("base64");
    assertEquals((await plotlyScript()).integrity, `sha384-${hash}`);
  },
});

Deno.test("outside of a notebook a figure is its description and a text is itself", async () => {
  assertEquals(await printed(() => showFigure(FIGURE)), `[figure] ${FIGURE.description}`);
  assertEquals(await printed(() => showMarkdown("**γ** is 1")), "**γ** is 1");
});

const TABLE = {
  caption: "Accuracy & loss",
  columns: ["Model", "Accuracy", "Change"],
  rows: [["mlp<256>", 88.5, "−0.10"], ["cnn", 9, "–"]],
};

Deno.test("outside of a notebook a table is text, with numbers aligned to the right", async () => {
  assertEquals(
    await printed(() => showTable(TABLE)),
    [
      "Accuracy & loss",
      "Model     Accuracy  Change",
      "--------  --------  ------",
      "mlp<256>      88.5   −0.10",
      "cnn              9       –",
    ].join("\n"),
  );
});

Deno.test("a table's HTML escapes what is in its cells and aligns numbers to the right", () => {
  const { "text/html": html } = tableBundle(TABLE);
  assertStringIncludes(html, "<p>Accuracy &amp; loss</p>");
  assertStringIncludes(html, '<td style="text-align: left">mlp&lt;256></td>');
  assertStringIncludes(html, '<td style="text-align: right">88.5</td>');
  assertStringIncludes(html, '<th style="text-align: right">Change</th>');
});

Deno.test("a table's Markdown is a table too, which is what nbconvert puts on paper", () => {
  assertEquals(
    tableBundle(TABLE)["text/markdown"],
    [
      "Accuracy & loss",
      "",
      "| Model | Accuracy | Change |",
      "| --- | --: | --: |",
      "| mlp\\<256> | 88.5 | −0.10 |",
      "| cnn | 9 | – |",
    ].join("\n"),
  );
});

Deno.test("words that begin with a number are aligned to the left, intervals to the right", () => {
  const { "text/html": html } = tableBundle({
    columns: ["What", "Interval", "Size"],
    rows: [["64 images at a time", "88.5 to 89.1", "1.2e−4"]],
  });
  assertStringIncludes(html, '<td style="text-align: left">64 images at a time</td>');
  assertStringIncludes(html, '<td style="text-align: right">88.5 to 89.1</td>');
  assertStringIncludes(html, '<td style="text-align: right">1.2e−4</td>');
});

Deno.test("symbols that text fonts lack on paper are mathematics in a table's Markdown, and there alone", () => {
  const bundle = tableBundle({ columns: ["What", "σ̂²"], rows: [["∂L/∂γ", 2]] });
  assertStringIncludes(bundle["text/markdown"], "| What | $\\hat{σ}$² |");
  assertStringIncludes(bundle["text/markdown"], "| $∂$L/$∂γ$ | 2 |");
  assertStringIncludes(bundle["text/html"], "∂L/∂γ");
  assertStringIncludes(bundle["text/plain"], "∂L/∂γ");
});

Deno.test("what Markdown would read as its own is literal in a table, a bar escaped once", () => {
  const { "text/markdown": markdown } = tableBundle({ columns: ["a|b"], rows: [["c_d|$1\\"]] });
  assertEquals(markdown, ["| a\\|b |", "| --- |", "| c\\_d\\|\\$1\\\\ |"].join("\n"));
});

Deno.test("no cell or caption of a table's Markdown becomes a link, HTML or mathematics", () => {
  const nasty =
    "[a](javascript:alert(1)) ![b](c) <b>d</b> &lt; $\\foo$ ~~e~~ https://f www.g h@i\nj";
  const { "text/markdown": markdown } = tableBundle({
    caption: nasty,
    columns: [nasty],
    rows: [[nasty]],
  });
  assertEquals(markdown.split("\n").length, 5);
  const page = marked.parse(markdown, { async: false });
  const text = nasty.replace("\n", " ").replaceAll("<", "&lt;").replaceAll(">", "&gt;")
    .replace("&lt; ", "&amp;lt; ");
  assertEquals(page.split(text).length, 4, page);
});

Deno.test("symbols in code, in mathematics and beside an escaped dollar stay as they are", () => {
  const text = "`γ` is $\\gamma = γ$, and $$β$$ costs \\$1";
  assertEquals(symbolsAsMath(text), text);
  assertEquals(symbolsAsMath("`a` γ `β` ε"), "`a` $γ$ `β` $ε$");
});

Deno.test("digits behind a symbol belong to it, since no digit may follow a closing dollar", () => {
  assertEquals(symbolsAsMath("∂2 and ∂x, 50 ∼ 100"), "$∂2$ and $∂$x, 50 $∼$ 100");
});
