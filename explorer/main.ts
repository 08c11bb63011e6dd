/**
 * The command behind `deno task explorer`: builds the page and serves it on this machine alone.
 *
 * @module
 */
import { EMBEDDED } from "../data/source.ts";
import { main, positive, taskCommand } from "../experiments/cli.ts";
import { UsageError } from "../experiments/usage_error.ts";

const HERE = new URL("./", import.meta.url);
const OUT = new URL("out/", HERE);
/** Where TensorFlow.js's own WebAssembly files are. */
const WASM = new URL("./", import.meta.resolve("@tensorflow/tfjs-backend-wasm"));

/** By the first part of a path: the folder that serves it. */
const FOLDERS: Record<string, URL> = { "": HERE, "wasm": WASM, "fashion-mnist": EMBEDDED };
const TYPES: Record<string, string> = {
  html: "text/html; charset=utf-8",
  js: "text/javascript",
  wasm: "application/wasm",
};

const command = taskCommand(
  "explorer",
  "Serves a page in which a network trains, with switches for placement, learning rate and more. Ctrl-C " +
    "ends it.",
)
  .option("--port <n>", "port on 127.0.0.1", positive, 8000)
  .action(async ({ port }: { port: number }) => {
    await build();
    const onListen = () => console.log(`http://127.0.0.1:${port}/`);
    try {
      await Deno.serve({ hostname: "127.0.0.1", port, onListen }, respond).finished;
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse)) throw error;
      throw new UsageError(`Port ${port} is in use: choose another one with --port.`);
    }
  });

/** Bundles the page for browsers. */
async function build(): Promise<void> {
  const { success, stderr } = await new Deno.Command("deno", {
    args: [
      "bundle",
      "--quiet",
      "--platform",
      "browser",
      "--minify",
      "-o",
      "explorer/out/page.js",
      "explorer/page.tsx",
    ],
    cwd: new URL("../", HERE),
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
}

async function respond(request: Request): Promise<Response> {
  const path = new URL(request.url).pathname.slice(1) || "page.html";
  const [folder, name] = path.includes("/") ? path.split("/", 2) : ["", path];
  const base = name === "page.js" ? OUT : FOLDERS[folder];
  const type = TYPES[name.split(".").at(-1)!] ?? "application/octet-stream";
  try {
    if (!base || !/^[\w.-]+$/.test(name)) throw new Deno.errors.NotFound();
    const file = await Deno.open(new URL(name, base));
    return new Response(file.readable, { headers: { "content-type": type } });
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return new Response("not found", { status: 404 });
    throw error;
  }
}

await main(command);
