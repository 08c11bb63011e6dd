/// <reference lib="dom" />
import { fileURLToPath } from "node:url";
import { assert, assertEquals } from "@std/assert";
import type { Browser } from "playwright-core";
import { renderPage } from "../report/page.tsx";
import { granted } from "./permissions.ts";
import { syntheticResults } from "./synthetic_records.ts";

/** An installed Chromium or Chrome; undefined where there is none. */
function findChromium(): string | undefined {
  return ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]
    .map((name) => `/usr/bin/${name}`)
    .find((path) => {
      try {
        return Deno.statSync(path).isFile;
      } catch {
        return false;
      }
    });
}

const executablePath = granted("read") ? findChromium() : undefined;
const permitted = granted("read", "write", "env") &&
  isGranted({ name: "run", command: executablePath ?? "/usr/bin/chromium" }) &&
  // What playwright-core asks the operating system as it is loaded and as it starts a browser.
  isGranted({ name: "sys", kind: "homedir" });
// Where everything is meant to run, a missing browser is a failure and no reason to skip.
const required = permitted && Deno.env.has("CI");

function isGranted(descriptor: Deno.PermissionDescriptor): boolean {
  return Deno.permissions.querySync(descriptor).state === "granted";
}

const SITUATIONS = [
  { colorScheme: "light", width: 1200 },
  { colorScheme: "dark", width: 1200 },
  { colorScheme: "light", width: 400 },
  { colorScheme: "dark", width: 400 },
] as const;

Deno.test({
  name: "the report opened from disk draws every figure, requests nothing and fits the screen",
  ignore: !permitted || (!executablePath && !required),
  // The browser's pipes and timers outlive close() by a moment.
  sanitizeOps: false,
  sanitizeResources: false,
  async fn(t) {
    assert(executablePath, "Chromium is needed where CI is set: apt-get install chromium");
    const file = new URL(`./tmp/report-${crypto.randomUUID()}.html`, import.meta.url);
    await Deno.mkdir(new URL(".", file), { recursive: true });
    await Deno.writeTextFile(file, renderPage({ records: syntheticResults() }));
    // The browser's profile goes where the test may write. Loaded here, since the library asks for
    // permissions as it is loaded.
    Deno.env.set("TMPDIR", fileURLToPath(new URL("./tmp", import.meta.url)));
    // One of its parts would look below /proc/sys, for which Deno demands all permissions, to learn
    // whether it is on Windows; this variable makes that part wait until it is asked.
    Deno.env.set("__IS_WSL_TEST__", "1");
    const { chromium } = await import("playwright-core");
    const browser = await chromium.launch({
      executablePath,
      args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"],
    });
    try {
      for (const situation of SITUATIONS) {
        const { colorScheme, width } = situation;
        await t.step(`${colorScheme}, ${width} pixels wide`, () => check(browser, file, situation));
      }
    } finally {
      await browser.close();
      await Deno.remove(file);
    }
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
