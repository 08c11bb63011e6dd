/// <reference lib="dom" />
import { assert, assertEquals } from "@std/assert";
import type { Browser } from "playwright-core";
import { renderPage } from "../report/page.tsx";
import { withChromium, withoutChromium } from "./chromium.ts";
import { syntheticResults } from "./synthetic_records.ts";

const SITUATIONS = [
  { colorScheme: "light", width: 1200 },
  { colorScheme: "dark", width: 1200 },
  { colorScheme: "light", width: 400 },
  { colorScheme: "dark", width: 400 },
] as const;

Deno.test({
  name: "the report opened from disk draws every figure, requests nothing and fits the screen",
  ignore: withoutChromium,
  // The browser's pipes and timers outlive close() by a moment.
  sanitizeOps: false,
  sanitizeResources: false,
  async fn(t) {
    const file = new URL(`./tmp/report-${crypto.randomUUID()}.html`, import.meta.url);
    await withChromium(async (browser) => {
      await Deno.writeTextFile(file, renderPage({ records: syntheticResults() }));
      try {
        for (const situation of SITUATIONS) {
          const { colorScheme, width } = situation;
          await t.step(
            `${colorScheme}, ${width} pixels wide`,
            () => check(browser, file, situation),
          );
        }
      } finally {
        await Deno.remove(file);
      }
    });
  },
});

async function check(
  browser: Browser,
  file: URL,
  { colorScheme, width }: typeof SITUATIONS[number],
): Promise<void> {
  const page = await browser.newPage({ colorScheme, viewport: { width, height: 900 } });
  const faults: string[] = [];
  page.on("pageerror", (error) => faults.push(`error: ${error}`));
  page.on("console", (message) => faults.push(`console: ${message.text()}`));
  page.on("request", (request) => {
    if (!/^(file|data|blob):/.test(request.url())) faults.push(`request: ${request.url()}`);
  });

  await page.goto(file.href);
  await page.waitForFunction(() =>
    [...document.querySelectorAll("figure")].every((figure) => figure.querySelector("svg.main-svg"))
  );

  assertEquals(await page.locator("figure").count(), 2);
  const texts = await page.locator("figure svg.main-svg text").allTextContents();
  assert(texts.includes("test accuracy (%)") && texts.includes("epoch"), "axes are named");
  assertEquals(await overflow(page), 0);
  assertEquals(faults, []);
  await page.close();
}

/** How many pixels the page is wider than the screen. */
function overflow(page: Awaited<ReturnType<Browser["newPage"]>>): Promise<number> {
  return page.evaluate(() =>
    Math.max(0, document.documentElement.scrollWidth - document.documentElement.clientWidth)
  );
}
