/// <reference lib="dom" />
/** The page of `deno task explorer`, in a real browser: it trains, its switches do, and nothing complains. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import axe from "axe-core/axe.min.js" with { type: "text" };
import type { Page } from "playwright-core";
import { CHOICES, hashOf, type Settings, settingsOf } from "../explorer/settings.ts";
import { withChromium, withoutChromium } from "./chromium.ts";

Deno.test("a link holds the settings, and what it does not know is where one begins", () => {
  const settings = { ...settingsOf(""), model: "cnn", rate: 3, epsilon: 1e-8 } as const;
  assertEquals(settingsOf(hashOf(settings)), settings);
  assertEquals(settingsOf("#model=rnn&rate=0.2&depth=16"), { ...settingsOf(""), depth: 16 });
});

const PORT = 8417;

/** Lets `use` work with the page's address. */
async function withServer(use: (address: string) => Promise<void>): Promise<void> {
  const server = new Deno.Command(Deno.execPath(), {
    args: ["task", "explorer", "--port", String(PORT)],
    cwd: new URL("../", import.meta.url),
    stdout: "piped",
    stderr: "null",
  }).spawn();
  try {
    const { value } = await server.stdout.pipeThrough(new TextDecoderStream()).getReader().read();
    assertMatch(value ?? "", /^http:/);
    await use(value!.trim());
  } finally {
    server.kill("SIGINT");
    await server.status;
  }
}

/** Starts a run, and waits until its first look inside is shown. */
async function trains(page: Page, name = "Start"): Promise<void> {
  await page.getByRole("button", { name }).click();
  await page.getByText("Inside the layers").waitFor();
  assertMatch(
    await page.getByRole("status").innerText(),
    /^Step \d+, loss [\d.]+; validation accuracy [\d.]+ % after step \d+/,
  );
}

Deno.test({
  name:
    "the explorer trains both models in a browser, with any setting, and asks nothing of other machines",
  ignore: withoutChromium,
  sanitizeOps: false,
  sanitizeResources: false,
  fn: (t) =>
    withServer((address) =>
      withChromium(async (browser) => {
        const page = await browser.newPage({ viewport: { width: 1200, height: 900 } });
        page.setDefaultTimeout(60_000); // on a busy machine
        const faults: string[] = [];
        page.on("console", (message) => faults.push(message.text()));
        page.on("pageerror", ({ message }) => faults.push(message));
        page.on("request", (request) => {
          if (!/^(http:\/\/127\.0\.0\.1|data:|blob:)/.test(request.url())) {
            faults.push(request.url());
          }
        });
        await page.goto(address);
        await page.getByRole("button", { name: "Start" }).waitFor({ timeout: 60_000 });
        await t.step("an MLP learns, stops and goes on", async () => {
          await trains(page);
          await page.getByRole("button", { name: "Stop" }).click();
          const stopped = await page.getByRole("status").innerText();
          await page.waitForTimeout(300);
          assertEquals(await page.getByRole("status").innerText(), stopped);
          await page.getByRole("button", { name: "Go on" }).click();
          await page.waitForFunction(
            (text) => document.querySelector("[role=status]")!.textContent !== text,
            stopped,
          );
        });
        for (const key of Object.keys(CHOICES) as (keyof Settings)[]) {
          await t.step(
            `${CHOICES[key].name} can be changed, and the run before stays as a line`,
            async () => {
              await page.getByText(/^Step ([2-9]|\d\d)/).waitFor(); // a line has two points
              const [value] = CHOICES[key].values.at(-1)!;
              await page.getByLabel(CHOICES[key].name, { exact: true }).selectOption(String(value));
              await page.getByText("Inside the layers").waitFor();
              const loss = page.getByRole("img", { name: /loss: this run .*; the run before / });
              const faint = loss.locator('.scatterlayer path.js-line[style*="127, 127, 127"]');
              assertEquals(await faint.count(), 1);
              assert(new URL(page.url()).hash.includes(`${key}=${value}`));
              // Back, so that each is tried alone.
              await page.getByLabel(CHOICES[key].name, { exact: true })
                .selectOption(String(settingsOf("")[key]));
            },
          );
        }
        await t.step("another link that is opened in the page is followed", async () => {
          await page.evaluate(() => location.hash = "#placement=post&batch=16");
          const chosen = page.getByLabel(CHOICES.batch.name, { exact: true });
          await page.waitForFunction(
            (select) => (select as HTMLSelectElement).value === "16",
            await chosen.elementHandle(),
          );
          await page.getByText("Inside the layers").waitFor(); // it goes on training
        });
        await t.step("another image", async () => {
          await page.getByRole("button", { name: "Another image" }).click();
          await page.getByText(/^Validation image 1:/).waitFor();
        });
        for (const width of [1200, 400]) {
          await t.step(`fits ${width} pixels and passes an accessibility check`, async () => {
            await page.setViewportSize({ width, height: 900 });
            const wider = await page.evaluate(() =>
              document.documentElement.scrollWidth - document.documentElement.clientWidth
            );
            assertEquals(wider, 0);
            await page.evaluate(axe);
            // deno-lint-ignore no-explicit-any
            const { violations } = await page.evaluate(() => (globalThis as any).axe.run());
            assertEquals(violations.map(({ id }: { id: string }) => id), []);
          });
        }
        assertEquals(faults, []);
      })
    ),
});
