import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { extractText, getDocumentProxy } from "unpdf";
import { UsageError } from "../../experiments/usage_error.ts";
import { buildReport } from "../../report/build.ts";
import { BROWSERS, findBrowser, printPage } from "../../report/print.ts";
import { writeRecord } from "../../experiments/records.ts";
import config from "../../deno.json" with { type: "json" };
import { withoutChromium } from "../chromium.ts";
import { namesIn, withFolder } from "../folders.ts";
import { granted } from "../permissions.ts";
import { syntheticResults } from "../synthetic_records.ts";

const PAGE = `<!DOCTYPE html><html lang="en"><head><title>A page</title><style>
  @page { size: A5; margin: 20mm }
  @media print { .screen { display: none } }
</style></head><body>
  <h1>Title</h1><p class="screen">for the screen</p><p id="drawn">nothing yet</p>
  ${"<h2>Part</h2><p>text</p>".repeat(40)}
  <script>setTimeout(() => document.querySelector("#drawn").textContent = "drawn", 3000)</script>
</body></html>`;

type Pdf = Awaited<ReturnType<typeof getDocumentProxy>>;

/** Prints a page's file and reads the PDF. */
async function printed(page: URL): Promise<Pdf> {
  const pdf = new URL("page.pdf", page);
  await printPage({ page, pdf, browser: await findBrowser() });
  return await getDocumentProxy(await Deno.readFile(pdf));
}

async function textOf(pdf: Pdf): Promise<string> {
  return (await extractText(pdf, { mergePages: true })).text;
}

/** What stands lowest on each page. */
function footersOf(pdf: Pdf): Promise<string[]> {
  return Promise.all(Array.from({ length: pdf.numPages }, async (_, i) => {
    const { items } = await (await pdf.getPage(i + 1)).getTextContent();
    const texts = items.flatMap((item) =>
      "str" in item && item.str.trim() ? [{ text: item.str, height: item.transform[5] }] : []
    );
    const lowest = Math.min(...texts.map(({ height }) => height));
    return texts.filter(({ height }) => height === lowest).map(({ text }) => text).join("");
  }));
}

function expectedFooters(pages: number): string[] {
  return Array.from({ length: pages }, (_, i) => `${i + 1} / ${pages}`);
}

Deno.test({
  name:
    "printPage() prints after the page's scripts are done, with the page's own print styles and " +
    "paper, and with a number at the foot of every page",
  ignore: withoutChromium,
  fn: () =>
    withFolder(async (folder) => {
      const page = new URL("page.html", folder);
      await Deno.writeTextFile(page, PAGE);

      const pdf = await printed(page);

      assert(pdf.numPages > 1, "it has several pages");
      assertEquals(await footersOf(pdf), expectedFooters(pdf.numPages));
      const [, , width, height] = (await pdf.getPage(1)).view;
      assertEquals([width, height].map(Math.round), [420, 595], "A5 in points");
      const text = await textOf(pdf);
      assertStringIncludes(text, "drawn");
      assert(!text.includes("for the screen"));
      assertEquals((await pdf.getOutline())?.[0].title, "Title", "headings are bookmarks");
      assertEquals(namesIn(folder), ["page.html", "page.pdf"]);
      assertEquals(await Deno.readTextFile(page), PAGE, "the page stays as it was");
    }),
});

Deno.test({
  name: "the report is printed whole, figures included",
  ignore: withoutChromium,
  fn: () =>
    withFolder(async (folder) => {
      for (const record of syntheticResults()) await writeRecord(folder, record);
      const { page } = await buildReport({ folder, out: new URL("out/index.html", folder) });

      const pdf = await printed(page);

      assertEquals(await footersOf(pdf), expectedFooters(pdf.numPages));
      assertStringIncludes(await textOf(pdf), "test accuracy (%)");
    }),
});

Deno.test({
  name: "printing needs no permission but to read, to write beside the page and to run the browser",
  ignore: withoutChromium,
  permissions: {
    read: true,
    write: [new URL("../tmp", import.meta.url)],
    run: withoutChromium ? [] : [await findBrowser()],
  },
  fn: () =>
    withFolder(async (folder) => {
      const page = new URL("page.html", folder);
      await Deno.writeTextFile(page, PAGE);
      await printPage({ page, pdf: new URL("page.pdf", folder), browser: await findBrowser() });
    }),
});

Deno.test({
  name: "where there is no browser, findBrowser() says where it looked and what to do",
  ignore: !granted("read"),
  async fn() {
    const nowhere = await assertRejects(() => findBrowser(undefined, ["/no/chromium"]), UsageError);
    assertStringIncludes(nowhere.message, "no browser in /no/chromium. Install Chromium");
    assertStringIncludes(nowhere.message, "--browser <path>");
    const named = await assertRejects(() => findBrowser("/no/browser"), UsageError);
    assertStringIncludes(named.message, "no file /no/browser. Install Chromium");
  },
});

Deno.test({
  name: "findBrowser() says how to go on where the browser that was named may not be run",
  ignore: !granted("read"),
  permissions: { read: true },
  async fn() {
    const { message } = await assertRejects(() => findBrowser(Deno.execPath()), UsageError);
    assertStringIncludes(message, `may not run ${Deno.execPath()}. Allow it when Deno asks`);
  },
});

Deno.test({
  name: "a browser that makes no PDF is an error that says so, and leaves nothing behind",
  ignore: !granted("read", "write", "run"),
  fn: () =>
    withFolder(async (folder) => {
      const page = new URL("page.html", folder);
      await Deno.writeTextFile(page, PAGE);
      const browser = Deno.execPath(); // a program that is no browser
      const { message } = await assertRejects(
        () => printPage({ page, pdf: new URL("page.pdf", folder), browser }),
        UsageError,
      );
      assertStringIncludes(message, `${browser} made no PDF`);
      assertEquals(namesIn(folder), ["page.html"]);
    }),
});

Deno.test("the tasks that print may run the browsers in their usual places, and no other program", () => {
  const { "with:browser": allowed, report, submission } = config.tasks;
  assertStringIncludes(allowed.command, ` --allow-run='${BROWSERS.join(",")}'`);
  for (const { command } of [report, submission]) {
    assertMatch(command, /^deno task --quiet with:browser (?!.*--allow-run)/);
  }
});
