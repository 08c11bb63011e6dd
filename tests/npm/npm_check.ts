/// <reference lib="dom" />
/**
 * What `deno task pack` makes, as its users have it: installed by npm, in Node, under TypeScript, and in a
 * page that Vite builds. CI runs this; `deno task test` does not, since it installs 430 MB.
 */
import { assert, assertAlmostEquals, assertEquals, assertStringIncludes } from "@std/assert";
import { fileURLToPath } from "node:url";
import { withChromium } from "../chromium.ts";

const ROOT = new URL("../../", import.meta.url);
const PROJECT = new URL("tests/tmp/npm/", ROOT);
const NODES = ["20.20.2", "22.23.3", "24.21.0"];

interface Ended {
  success: boolean;
  /** Standard output and standard error. */
  said: string;
}

/** Runs a command in the project, or somewhere else. */
async function run(command: string, args: string[], cwd = PROJECT): Promise<Ended> {
  const { success, stdout, stderr } = await new Deno.Command(command, { args, cwd }).output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { success, said: decode(stdout) + decode(stderr) };
}

/** Runs a command that must succeed, and gives what it said. */
async function must(command: string, args: string[], cwd = PROJECT): Promise<string> {
  const { success, said } = await run(command, args, cwd);
  assert(success, `${command} ${args.join(" ")}: ${said}`);
  return said;
}

async function copy(from: URL, to: URL): Promise<void> {
  for await (const { name } of Deno.readDir(from)) {
    await Deno.copyFile(new URL(name, from), new URL(name, to));
  }
}

await Deno.remove(PROJECT, { recursive: true }).catch(() => {});
await Deno.mkdir(PROJECT, { recursive: true });
await copy(new URL("project/", import.meta.url), PROJECT);
const packed = await must(Deno.execPath(), ["task", "--quiet", "pack"], ROOT);
const tarball = fileURLToPath(new URL(packed.trim().split("\n").at(-1)!, ROOT));
await must("npm", ["install", "--silent", "--no-audit", "--no-fund", tarball]);

Deno.test("publint and are-the-types-wrong find nothing", async () => {
  await must("npx", ["publint", "--strict", "node_modules/@batchnorm/from-scratch"]);
  await must("npx", ["attw", tarball, "--profile", "esm-only"]);
});

for (const resolution of ["nodenext", "bundler"]) {
  Deno.test(`TypeScript takes what a user writes, and refuses what is wrong: ${resolution}`, async () => {
    await must("npx", ["tsc", "--project", `tsconfig.${resolution}.json`]);
  });
}

const readme = await Deno.readTextFile(new URL("npm/README.md", ROOT));
const examples = [...readme.matchAll(/^```js\n(.*?)^```$/gms)].map(([, code]) => code);

for (const version of NODES) {
  Deno.test(`the README's examples run in Node ${version}, and its CNN learns`, async () => {
    assert(examples.length > 1);
    const said: string[] = [];
    for (const [i, code] of examples.entries()) {
      await Deno.writeTextFile(new URL(`example_${i}.js`, PROJECT), code);
      said.push(await must("npx", ["--yes", `node@${version}`, `example_${i}.js`]));
    }
    const losses = said[0].match(/\d+\.\d+/g)!.map(Number);
    assert(losses.length > 1 && losses.at(-1)! < losses[0], said[0]);
  });
}

Deno.test("npm refuses a project with another TensorFlow.js, and names both versions", async () => {
  const other = new URL("other/", PROJECT);
  await Deno.mkdir(other);
  await Deno.writeTextFile(
    new URL("package.json", other),
    JSON.stringify({ dependencies: { "@tensorflow/tfjs": "4.21.0" } }),
  );
  const { success, said } = await run("npm", ["install", "--dry-run", tarball], other);
  assert(!success);
  assertStringIncludes(said, "ERESOLVE");
  assertStringIncludes(said, "4.21.0");
  assertStringIncludes(said, "4.22.0");
});

interface Said {
  backend: string;
  isolated: boolean;
  losses: number[];
  imagesPerSecond: number;
  movingMeans: number[][];
}

/** Headers that isolate a page from others, so that it may have shared memory. */
const ISOLATING = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
};
const TYPES: Record<string, string> = {
  html: "text/html",
  js: "text/javascript",
  wasm: "application/wasm",
};

/** What the page of a build says of its training; anything on its console is an error. */
async function pageOf(
  { folder = "dist", query, headers, flags }: {
    folder?: string;
    query: string;
    headers?: Record<string, string>;
    flags?: string[];
  },
): Promise<Said> {
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    async (request) => {
      const path = new URL(request.url).pathname.slice(1) || "index.html";
      const file = await Deno.readFile(new URL(`${folder}/${path}`, PROJECT));
      const type = TYPES[path.split(".").at(-1)!];
      return new Response(file, { headers: { ...headers, "content-type": type } });
    },
  );
  try {
    let said: Said;
    await withChromium(async (browser) => {
      const page = await browser.newPage();
      const faults: string[] = [];
      page.on("console", (message) => faults.push(message.text()));
      page.on("pageerror", ({ message }) => faults.push(message));
      await page.goto(`http://127.0.0.1:${server.addr.port}/?${query}`);
      const status = page.getByRole("status").filter({ hasText: "losses" });
      await status.waitFor({ timeout: 120_000 });
      said = JSON.parse(await status.innerText());
      assertEquals(faults, []);
    }, flags);
    return said!;
  } finally {
    await server.shutdown();
  }
}

/** Another backend rounds otherwise. */
function assertAlike(actual: Said, expected: Said): void {
  for (const [i, loss] of expected.losses.entries()) {
    assertAlmostEquals(actual.losses[i], loss, 1e-5);
  }
  for (const [i, mean] of expected.movingMeans.flat().entries()) {
    assertAlmostEquals(actual.movingMeans.flat()[i], mean, 1e-5);
  }
}

Deno.test({
  name: "a page built by Vite trains, with nothing on its console",
  sanitizeOps: false,
  sanitizeResources: false,
  async fn(t) {
    await must("npx", ["vite", "build"]);
    await must("npx", ["vite", "build", "--minify", "false", "--outDir", "readable"]);
    const wasm = await pageOf({ query: "backend=wasm&steps=5" });
    await t.step("its loss falls", () => {
      assert(wasm.losses.at(-1)! < 0.3 * wasm.losses[0]);
    });
    const training = (said: Said) => [said.losses, said.movingMeans];
    await t.step("isolated, with one thread and with several, to the same bits", async () => {
      const query = "backend=wasm&steps=5";
      const one = await pageOf({ query, headers: ISOLATING });
      assert(one.isolated);
      assertEquals(training(one), training(wasm));
      // Minified, TensorFlow.js's worker has the text of a function that names what it has not.
      const several = await pageOf({
        query: `${query}&threads`,
        headers: ISOLATING,
        folder: "readable",
      });
      assertEquals(training(several), training(wasm));
    });
    await t.step("on the CPU and on WebGL as in WebAssembly", async () => {
      // Two steps: without a GPU, WebGL is slow.
      const two = await pageOf({ query: "backend=wasm&steps=2" });
      assertAlike(await pageOf({ query: "backend=webgl&steps=2" }), two);
      const mlp = await pageOf({ query: "mlp&backend=wasm&steps=3" });
      assertAlike(await pageOf({ query: "mlp&backend=cpu&steps=3" }), mlp);
    });
    await t.step("on WebGPU as in WebAssembly", async () => {
      const said = await pageOf({
        query: "mlp&backend=webgpu&steps=5",
        flags: [
          "--enable-unsafe-webgpu",
          "--use-webgpu-adapter=swiftshader",
          "--enable-features=Vulkan",
          "--ignore-gpu-blocklist",
        ],
      });
      assertEquals(said.backend, "webgpu");
      assertAlike(said, await pageOf({ query: "mlp&backend=wasm&steps=5" }));
    });
  },
});
