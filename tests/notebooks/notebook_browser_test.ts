/// <reference lib="dom" />
import { fileURLToPath } from "node:url";
import { assertEquals, assertGreater, assertStringIncludes } from "@std/assert";
import plotlySource from "plotly.js-cartesian-dist-min/plotly-cartesian.min.js" with {
  type: "text",
};
import type { Browser, Page } from "playwright-core";
import { plotlyScript } from "../../notebooks/lib/display.ts";
import { Jupyter } from "../../notebooks/run/jupyter.ts";
import { notebookText } from "../../notebooks/run/notebook.ts";
import { withChromium, withoutChromium } from "../chromium.ts";
import { withFolder } from "../folders.ts";
import { notebookOf, withoutJupyter } from "./jupyter.ts";

// What a reader sees in Jupyter Notebook 6, in a real browser on a real server. Plotly comes from the
// installed package under its address on the CDN, so that the test needs no network; the browser
// checks its hash all the same.

const CELLS = [
  `import {
  chosenPreset,
  learningCurves,
  showFigure,
  showMarkdown,
  showTable,
  train,
} from "@batchnorm/from-scratch/notebook";
const folder = new URL("records/", \`file://\${Deno.cwd()}/\`);
const quick = chosenPreset("quick");
const preset = { ...quick, experiments: [{ ...quick.experiments[0], epochs: 4 }], trials: 2 };`,
  `const records = await train(preset, { folder });`,
  `await showFigure(learningCurves(records));`,
  `await showFigure({
  data: [{ type: "heatmap", z: [[1, 2], [3, 4]] }],
  layout: { width: 300, height: 300 },
  description: "four cells",
});`,
  `await showFigure(learningCurves(records)); // the same again`,
  `await showTable({ columns: ["seed"], rows: records.map(({ seed }) => [seed]) });`,
  `await showMarkdown("**bold**");`,
];
const FIGURES = 3;

/** Trains for days. */
const ENDLESS = `const [experiment] = preset.experiments;
const endless = { ...preset, experiments: [{ ...experiment, name: "endless", epochs: 1e6 }] };
await train(endless, { trials: 1, folder });`;

/** Newer ones have another page, JupyterLab's. */
function isNotebook6(): boolean {
  const { stdout } = new Deno.Command("jupyter", { args: ["notebook", "--version"] }).outputSync();
  const version = new TextDecoder().decode(stdout);
  if (version.startsWith("6.")) return true;
  console.log(`The browser test needs Jupyter Notebook 6, as in Debian 12; here is ${version}`);
  return false;
}

Deno.test({
  name: "a notebook in Jupyter and a browser",
  ignore: withoutJupyter || withoutChromium || !isNotebook6(),
  // The browser's pipes and timers outlive close() by a moment.
  sanitizeOps: false,
  sanitizeResources: false,
  fn: (t) =>
    withFolder((folder) =>
      withServer(folder, (server) =>
        withChromium(async (browser) => {
          await Deno.writeTextFile(new URL("run.ipynb", folder), notebookText(notebookOf(CELLS)));
          const { page, faults } = await open(browser, server, "run.ipynb");

          await t.step("while it trains, the progress moves", async () => {
            await page.evaluate("Jupyter.notebook.execute_all_cells()");
            const seen = new Set<string>();
            while (await isBusy(page)) {
              const values = await page.locator("progress").evaluateAll((bars) =>
                bars.map((bar) => bar.getAttribute("value")).join(" ")
              );
              if (values !== "") seen.add(values);
              await page.waitForTimeout(50);
            }
            assertGreater(seen.size, 2);
          });

          await t.step("every figure is interactive, and no error is on the console", async () => {
            await page.waitForFunction(
              (count) => document.querySelectorAll("[data-figure] svg.main-svg").length >= count,
              FIGURES,
            );
            await page.waitForFunction(() => !document.querySelector("[data-figure] > img"));
            assertEquals(await page.locator("[data-figure] > .js-plotly-plot").count(), FIGURES);
            await page.locator("[data-figure] .nsewdrag").nth(1).hover();
            await page.waitForSelector(".hoverlayer .hovertext");
            assertEquals(faults, []);
          });

          await t.step("tables and texts are seen", async () => {
            assertEquals(await page.locator(".output td").allTextContents(), ["1", "2"]);
            assertEquals(await page.locator(".output strong").allTextContents(), ["bold"]);
          });

          await t.step("an interrupt stops the training, not the kernel", async () => {
            await runBelow(page, ENDLESS, () => page.waitForSelector("progress"));
            await page.evaluate("Jupyter.notebook.kernel.interrupt()");
            await page.waitForSelector(".output_error");
            assertStringIncludes(
              await page.locator(".output_error").innerText(),
              "Stopped: 0 finished, 1 not run. Run the cell again to go on.",
            );
            await page.evaluate("Jupyter.notebook.kernel.interrupt()"); // an impatient user
            await runBelow(page, `console.log(records.length, "records are still there");`);
            assertStringIncludes(await lastOutput(page), "2 records are still there");
            await page.evaluate("Jupyter.notebook.save_notebook()");
            await page.waitForFunction("!Jupyter.notebook.dirty");
          });
          await page.close();

          await t.step(
            "the saved file is a picture of every figure where it is not trusted",
            async () => {
              // Jupyter trusts what it has saved itself, by its content.
              const text = await Deno.readTextFile(new URL("run.ipynb", folder));
              const file = new URL("received.ipynb", folder);
              await Deno.writeTextFile(file, text.replace("**bold**", "**bold** and more"));
              const { page, faults } = await open(browser, server, "received.ipynb");
              assertEquals(await page.evaluate("Jupyter.notebook.trusted"), false);
              const pictures = page.locator(".output img");
              assertEquals(await pictures.count(), FIGURES);
              const widths = await pictures.evaluateAll((images) =>
                images.map((image) => [
                  (image as HTMLImageElement).naturalWidth,
                  image.getBoundingClientRect().width,
                ])
              );
              assertEquals(widths, [[1400, 700], [600, 300], [1400, 700]]);
              assertEquals(await page.locator(".js-plotly-plot").count(), 0);
              assertEquals(faults, []);
              await page.close();
            },
          );
        }))
    ),
});

interface Server {
  /** The address of a notebook. */
  urlOf(notebook: string): string;
}

/** Lets `use` work with a Jupyter server that serves a folder and knows nothing of this user's. */
async function withServer(folder: URL, use: (server: Server) => Promise<void>): Promise<void> {
  const path = fileURLToPath(folder);
  const token = crypto.randomUUID();
  const port = freePort();
  const jupyter = await Jupyter.prepare(new URL("jupyter/", folder));
  const server = jupyter.command([
    "notebook",
    "--no-browser",
    "--allow-root",
    "--ip=127.0.0.1",
    `--port=${port}`,
    "--port-retries=0",
    `--NotebookApp.token=${token}`,
    `--notebook-dir=${path}`,
  ], {
    env: {
      JUPYTER_CONFIG_DIR: path,
      JUPYTER_DATA_DIR: `${path}data`,
      JUPYTER_RUNTIME_DIR: `${path}runtime`,
    },
    stdout: "null",
    stderr: "null",
  }).spawn();
  const address = `http://127.0.0.1:${port}`;
  try {
    await untilAnswers(`${address}/api?token=${token}`);
    await use({ urlOf: (notebook) => `${address}/notebooks/${notebook}?token=${token}` });
  } finally {
    server.kill("SIGTERM");
    await server.status; // its kernels end with it
  }
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

async function untilAnswers(url: string): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const response = await fetch(url).catch(() => undefined);
    await response?.body?.cancel();
    if (response?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error("The Jupyter server does not answer.");
}

/** Opens a notebook and notes what goes wrong on its page. */
async function open(
  browser: Browser,
  server: Server,
  notebook: string,
): Promise<{ page: Page; faults: string[] }> {
  const page = await browser.newPage({ viewport: { width: 1200, height: 900 } });
  const faults: string[] = [];
  page.on("pageerror", (error) => faults.push(`error: ${error}`));
  page.on("console", (message) => {
    const text = `${message.text()} (${message.location().url})`;
    // Jupyter's own extension for widgets, which is missing in some of its packages.
    if (text.includes("/nbextensions/widgets/")) return;
    if (message.type() === "error") faults.push(`console: ${text}`);
  });
  await page.route((await plotlyScript()).url, (route) =>
    route.fulfill({
      body: plotlySource,
      contentType: "application/javascript",
      headers: { "access-control-allow-origin": "*" },
    }));
  await page.goto(server.urlOf(notebook));
  await page.waitForFunction("globalThis.Jupyter?.notebook?.kernel?.is_connected()");
  return { page, faults };
}

function isBusy(page: Page): Promise<boolean> {
  return page.evaluate(
    `Jupyter.notebook.get_cells().some((cell) => typeof cell.input_prompt_number !== "number")`,
  );
}

/** Runs code in a new cell at the notebook's end. */
async function runBelow(
  page: Page,
  code: string,
  until: () => Promise<unknown> = async () => {
    while (await isBusy(page)) await page.waitForTimeout(50);
  },
): Promise<void> {
  await page.evaluate(
    `{
      const cell = Jupyter.notebook.insert_cell_at_bottom("code");
      cell.set_text(${JSON.stringify(code)});
      cell.execute();
    }`,
  );
  await until();
}

function lastOutput(page: Page): Promise<string> {
  return page.locator(".code_cell").last().locator(".output").innerText();
}
