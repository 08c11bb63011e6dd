/**
 * A real browser for tests of what is seen in one.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import type { Browser } from "playwright-core";
import { BROWSERS } from "../report/print.ts";
import { granted } from "./permissions.ts";

const executablePath = granted("read") ? BROWSERS.find(isFile) : undefined;
const permitted = granted("read", "write", "env") &&
  isGranted({ name: "run", command: executablePath ?? BROWSERS[0] }) &&
  // What playwright-core asks the operating system as it is loaded and as it starts a browser.
  isGranted({ name: "sys", kind: "homedir" });

/**
 * Whether tests in a browser are skipped: where it is not permitted, or where there is none. Where
 * everything is meant to run (CI), a missing browser is a failure and no reason to skip.
 */
export const withoutChromium = !permitted || (!executablePath && !Deno.env.has("CI"));

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

function isGranted(descriptor: Deno.PermissionDescriptor): boolean {
  return Deno.permissions.querySync(descriptor).state === "granted";
}

/**
 * Lets `use` work with a browser, and closes it.
 *
 * @param graphics Chromium's options for its graphics; by default it has none but WebGL in software.
 */
export async function withChromium(
  use: (browser: Browser) => Promise<void>,
  graphics: readonly string[] = ["--disable-gpu"],
): Promise<void> {
  if (!executablePath) throw new Error("Install Chromium: apt-get install chromium");
  // The browser's profile goes where the test may write. Loaded here, since the library asks for
  // permissions as it is loaded.
  const folder = new URL("./tmp", import.meta.url);
  await Deno.mkdir(folder, { recursive: true });
  Deno.env.set("TMPDIR", fileURLToPath(folder));
  // One of its parts would look below /proc/sys, for which Deno demands all permissions, to learn
  // whether it is on Windows; this variable makes that part wait until it is asked.
  Deno.env.set("__IS_WSL_TEST__", "1");
  const { chromium } = await import("playwright-core");
  const browser = await chromium.launch({
    executablePath,
    args: ["--no-sandbox", "--disable-background-networking", "--no-first-run", ...graphics],
  });
  try {
    await use(browser);
  } finally {
    await browser.close();
  }
}
