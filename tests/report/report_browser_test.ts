/// <reference lib="dom" />
import { assert, assertEquals } from "@std/assert";
import axe from "axe-core/axe.min.js" with { type: "text" };
import type { Browser, Page } from "playwright-core";
import { REFERENCE } from "../../experiments/records.ts";
import { buildReport } from "../../report/build.ts";
import { withChromium, withoutChromium } from "../chromium.ts";

const SITUATIONS = [
  { colorScheme: "light", width: 1200 },
  { colorScheme: "dark", width: 1200 },
  { colorScheme: "light", width: 400 },
  { colorScheme: "dark", width: 400 },
] as const;

/** What a page of the reference records may weigh, in bytes. */
const LIMIT = 8e6;

Deno.test({
  name: "the report of the reference run, opened from disk",
  ignore: withoutChromium,
  // The browser's pipes and timers outlive close() by a moment.
  sanitizeOps: false,
  sanitizeResources: false,
  async fn(t) {
    const out = new URL(`../tmp/report-${crypto.randomUUID()}.html`, import.meta.url);
    const { page: file, damaged } = await buildReport({ folder: REFERENCE, out });
    assertEquals(damaged, []);
    await t.step("is one file of a few megabytes", async () => {
      const { size } = await Deno.stat(file);
      assert(size < LIMIT, `${size} bytes`);
    });
    await withChromium(async (browser) => {
      try {
        for (const { colorScheme, width } of SITUATIONS) {
          const where = `${colorScheme}, ${width} pixels wide`;
          await withPage(browser, file, { colorScheme, width }, async (page, faults) => {
            await drawn(page);
            await t.step(`draws every figure and requests nothing: ${where}`, async () => {
              assert(await page.locator("figure").count() > 10);
              const texts = await page.locator("figure svg.main-svg text").allTextContents();
              assert(
                texts.includes("test accuracy (%)") && texts.includes("epoch"),
                "axes are named",
              );
              assertEquals(faults, []);
            });
            await t.step(`is no wider than the screen: ${where}`, async () => {
              assertEquals(await overflow(page), 0);
            });
            await t.step(`passes an accessibility check: ${where}`, async () => {
              assertEquals(await accessibilityFaults(page), []);
            });
          });
        }
        await t.step(
          "runs and draws under its own policy, on a screen that becomes narrow too",
          () =>
            withPage(browser, file, { bypassCSP: false }, async (page, faults) => {
              await drawn(page);
              await page.setViewportSize({ width: 400, height: 900 });
              await drawn(page);
              assertEquals(faults, []);
              // What is not the page's own does not run: an element that asks for it says so.
              await page.evaluate(() => {
                const script = document.createElement("script");
                script.textContent = "globalThis.foreign = true";
                document.body.append(script);
              });
              assertEquals(await page.evaluate(() => "foreign" in globalThis), false);
              assertEquals(faults.length, 1);
            }),
        );
        await t.step(
          "shows every figure as a picture where there are no scripts",
          () =>
            withPage(browser, file, { javaScriptEnabled: false }, async (page) => {
              for (const folded of await page.locator("summary").all()) await folded.click();
              const figures = await page.locator("figure").count();
              assertEquals(await page.locator("figure img.picture:visible").count(), figures);
            }),
        );
        await t.step(
          "prints pictures in place of drawings, and what is folded on a screen",
          () =>
            withPage(browser, file, {}, async (page) => {
              await drawn(page);
              await page.evaluate(() => dispatchEvent(new Event("beforeprint")));
              await page.emulateMedia({ media: "print" });
              assertEquals(await page.locator("figure .drawing:visible").count(), 0);
              const figures = await page.locator("figure").count();
              assertEquals(await page.locator("figure img.picture:visible").count(), figures);
              assertEquals(await page.locator("details:not([open])").count(), 0);
            }),
        );
      } finally {
        await Deno.remove(file);
      }
    });
  },
});

interface Situation {
  colorScheme?: "light" | "dark";
  width?: number;
  javaScriptEnabled?: boolean;
  /** @default {true: the page's own policy would keep the accessibility check out} */
  bypassCSP?: boolean;
}

async function withPage(
  browser: Browser,
  file: URL,
  { width = 1200, ...options }: Situation,
  use: (page: Page, faults: string[]) => Promise<void>,
): Promise<void> {
  const page = await browser.newPage({
    viewport: { width, height: 900 },
    bypassCSP: true,
    ...options,
  });
  const faults: string[] = [];
  page.on("pageerror", (error) => faults.push(`error: ${error}`));
  page.on("console", (message) => faults.push(`console: ${message.text()}`));
  page.on("request", (request) => {
    if (!/^(file|data|blob):/.test(request.url())) faults.push(`request: ${request.url()}`);
  });
  await page.goto(file.href);
  await use(page, faults);
  await page.close();
}

async function drawn(page: Page): Promise<void> {
  await page.waitForFunction(() =>
    [...document.querySelectorAll("figure")].every((figure) => figure.querySelector("svg.main-svg"))
  );
}

/** How many pixels the page is wider than the screen. */
function overflow(page: Page): Promise<number> {
  return page.evaluate(() =>
    Math.max(0, document.documentElement.scrollWidth - document.documentElement.clientWidth)
  );
}

/** What axe-core calls serious or critical, with the first element of each. */
async function accessibilityFaults(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  return await page.evaluate(async () => {
    // @ts-ignore the script above defines it
    const { violations } = await axe.run();
    return violations
      .filter(({ impact }: { impact: string }) => ["serious", "critical"].includes(impact))
      .map(({ id, nodes }: { id: string; nodes: { html: string }[] }) =>
        `${id}: ${nodes.length} × ${nodes[0].html.slice(0, 200)}`
      );
  });
}
