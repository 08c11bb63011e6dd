/**
 * Behind `deno task explorer`: serves the page, which the task builds first, on this machine alone.
 *
 * @module
 */
import { EMBEDDED } from "../data/source.ts";
import { main, positive, taskCommand } from "../experiments/cli.ts";
import { UsageError } from "../experiments/usage_error.ts";

/** By the first part of a path: the folder that serves it. */
const FOLDERS: Record<string, URL> = {
  "": new URL("./", import.meta.url),
  "out": new URL("./out/", import.meta.url),
  "wasm": new URL("./", import.meta.resolve("@tensorflow/tfjs-backend-wasm")),
  "fashion-mnist": EMBEDDED,
};
const TYPES: Record<string, string> = {
  html: "text/html; charset=utf-8",
  js: "text/javascript",
  wasm: "application/wasm",
};

const command = taskCommand(
  "explorer",
  "Serves a page in which a network trains, with switches for what decides it. Ctrl-C ends it.",
)
  .option("--port <n>", "port on 127.0.0.1", positive, 8000)
  .action(async ({ port }: { port: number }) => {
    const onListen = () => console.log(`http://127.0.0.1:${port}/`);
    try {
      await Deno.serve({ hostname: "127.0.0.1", port, onListen }, respond).finished;
    } catch (error) {
      if (error instanceof RangeError) {
        throw new UsageError(`There is no port ${port}: 65535 is the last.`);
      }
      if (!(error instanceof Deno.errors.AddrInUse)) throw error;
      throw new UsageError(`Port ${port} is in use: choose another one with --port.`);
    }
  });

async function respond(request: Request): Promise<Response> {
  const path = new URL(request.url).pathname.slice(1) || "page.html";
  const [folder, name] = path.includes("/") ? path.split("/", 2) : ["", path];
  const type = TYPES[name.split(".").at(-1)!] ?? "application/octet-stream";
  const file = FOLDERS[folder] && /^\w[\w.-]*$/.test(name) &&
    await Deno.readFile(new URL(name, FOLDERS[folder])).catch(() => undefined);
  if (!file) return new Response("not found", { status: 404 });
  return new Response(file, { headers: { "content-type": type } });
}

await main(command);
