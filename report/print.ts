/**
 * Prints a page to PDF with an installed Chromium, through Chromium's own command: it needs no
 * permission but to run that one program.
 *
 * @module
 */
import { fileURLToPath, pathToFileURL } from "node:url";
import { UsageError } from "../experiments/usage_error.ts";
import { pathOf } from "../experiments/records.ts";
import css from "./print.css" with { type: "text" };

/** Where Chromium, Chrome and Edge are put; the tasks in deno.json may run these alone. */
export const BROWSERS: readonly string[] = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/snap/bin/chromium",
  "/usr/bin/google-chrome",
  "/usr/bin/google-chrome-stable",
  "/usr/bin/microsoft-edge",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
  "C:/Program Files/Google/Chrome/Application/chrome.exe",
  "C:/Program Files (x86)/Google/Chrome/Application/chrome.exe",
  "C:/Program Files (x86)/Microsoft/Edge/Application/msedge.exe",
];

/** What to do where no browser is found. */
const WAYS_TO_A_BROWSER =
  "Install Chromium, Chrome or Edge (on Debian and Ubuntu: apt-get install chromium; elsewhere: " +
  "https://www.google.com/chrome), or name one with --browser <path>.";

/** How long a browser may take, in milliseconds; a report takes it some seconds. */
const PATIENCE = 120_000;

/** How much time, in milliseconds, passes on the page before it is printed; it costs no waiting. */
const PAGE_TIME = 10_000;

/**
 * The browser that prints.
 *
 * @param named A browser's path, instead of one in the usual places.
 * @param places Where browsers are looked for.
 * @throws {UsageError} If there is none, or if the one named may not be run; says what to do.
 */
export async function findBrowser(named?: string, places = BROWSERS): Promise<string> {
  for (const path of named === undefined ? places : [named]) {
    if (!await Deno.stat(path).then(({ isFile }) => isFile, () => false)) continue;
    // In a terminal Deno asks whether a browser may be run that the task does not name.
    const { state } = await Deno.permissions.request({ name: "run", command: path });
    if (state === "granted") return path;
    throw new UsageError(
      `Cannot print: this command may not run ${path}. Allow it when Deno asks in a terminal, or ` +
        `print the page from any browser.`,
    );
  }
  const looked = named === undefined ? `no browser in ${places.join(", ")}` : `no file ${named}`;
  throw new UsageError(`Cannot print: there is ${looked}. ${WAYS_TO_A_BROWSER}`);
}

/**
 * Prints a page that needs nothing else to PDF: on its own paper size, with its own print styles, its
 * headings as bookmarks, and the page's number at the foot of every page. Scripts of the page are
 * done before.
 *
 * @param options The page's file; where the PDF goes, in a folder that exists; and the browser's path,
 * from {@linkcode findBrowser}.
 * @throws {UsageError} If the browser does not print it; says what the browser said.
 */
export async function printPage(
  { page, pdf, browser }: { page: URL; pdf: URL; browser: string },
): Promise<void> {
  const dir = fileURLToPath(new URL(".", pdf));
  const work = pathToFileURL(await Deno.makeTempDir({ dir, prefix: "print-" }) + "/");
  try {
    const html = await Deno.readTextFile(page);
    const numbered = html.replace("</head>", () => `<style>${css}</style></head>`);
    await Deno.writeTextFile(new URL("page.html", work), numbered);
    const printed = new URL("page.pdf", work);
    const said = await print(browser, work);
    if (said !== undefined || !await isPdf(printed)) {
      throw new UsageError(
        `Cannot print ${pathOf(page)}: ${browser} made no PDF. ${said ?? ""} Try another browser ` +
          `with --browser <path>, or print the page from any browser.`,
      );
    }
    await Deno.rename(printed, pdf);
  } finally {
    // A part of the browser may still be tidying up its profile.
    await Deno.remove(work, { recursive: true }).catch(() => {});
  }
}

/** Prints `page.html` of a folder to `page.pdf`; what the browser said if it failed. */
async function print(browser: string, work: URL): Promise<string | undefined> {
  const args = [
    "--headless",
    `--print-to-pdf=${fileURLToPath(new URL("page.pdf", work))}`,
    "--no-pdf-header-footer", // the browser's own show the file's path and today's date
    "--generate-pdf-document-outline",
    `--virtual-time-budget=${PAGE_TIME}`,
    `--user-data-dir=${fileURLToPath(new URL("profile/", work))}`,
    "--no-first-run",
    "--disable-gpu",
    "--disable-background-networking",
    new URL("page.html", work).href,
  ];
  const said = await run(browser, args);
  // As root and in many containers Chromium has no sandbox to put the page in. The page is ours.
  const lacksSandbox = said !== undefined && /sandbox|namespace/i.test(said);
  return lacksSandbox ? await run(browser, ["--no-sandbox", ...args]) : said;
}

/** Runs the browser; the last line of what it said if it failed. */
async function run(browser: string, args: string[]): Promise<string | undefined> {
  const { success, stderr } = await new Deno.Command(browser, {
    args,
    stdin: "null",
    stdout: "null",
    stderr: "piped",
    signal: AbortSignal.timeout(PATIENCE),
  }).output();
  return success ? undefined : new TextDecoder().decode(stderr).trim().split("\n").at(-1);
}

/** Whether a file is a PDF from its first to its last bytes. */
async function isPdf(file: URL): Promise<boolean> {
  const bytes = await Deno.readFile(file).catch(() => new Uint8Array());
  const text = (part: Uint8Array) => new TextDecoder("latin1").decode(part);
  return text(bytes.subarray(0, 5)) === "%PDF-" && /%%EOF\s*$/.test(text(bytes.subarray(-16)));
}
