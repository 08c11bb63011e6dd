/**
 * The command behind `deno task pack`: the npm package as a tarball in npm/out/. `deno pack` makes it of
 * deno.json; what deno.json cannot say is added here.
 *
 * @module
 */
import config from "../deno.json" with { type: "json" };

/** One copy of these may be loaded, the user's own: another would have its own backends and kernels. */
const PEERS = ["@tensorflow/tfjs", "@tensorflow/tfjs-backend-wasm"];

const OUT = new URL("../npm/out/", import.meta.url);
const PACKAGE = new URL("package/", OUT);

await Deno.remove(OUT, { recursive: true }).catch(() => {});
await Deno.mkdir(OUT, { recursive: true });
await run("deno", [
  "pack",
  "--quiet",
  "--allow-dirty",
  "--no-source-maps",
  "-o",
  "npm/out/deno.tgz",
]);
await run("tar", ["-xzf", "npm/out/deno.tgz", "-C", "npm/out"]);

const file = new URL("package.json", PACKAGE);
const { dependencies, ...rest } = JSON.parse(await Deno.readTextFile(file)) as {
  dependencies: Record<string, string>;
};
const versions = Object.keys(dependencies).map((name) => [name, versionOf(name)] as const);
const those = (wanted: (name: string) => boolean) =>
  Object.fromEntries(versions.filter(([name]) => wanted(name)));
const description =
  "Batch normalization from scratch, and kernels that make TensorFlow.js's WASM backend " +
  "train convolutional networks";
await Deno.writeTextFile(
  file,
  JSON.stringify(
    {
      ...rest,
      description,
      keywords: ["tensorflow", "tfjs", "wasm", "batch-normalization", "training"],
      engines: { node: "^20.16 || >=22.3" },
      peerDependencies: those((name) => PEERS.includes(name)),
      dependencies: those((name) => !PEERS.includes(name)),
    },
    null,
    2,
  ),
);
await Deno.copyFile(new URL("../README.md", OUT), new URL("README.md", PACKAGE));
const packed = await run("npm", ["pack", "--silent", "--pack-destination", ".."], PACKAGE);
await Deno.remove(PACKAGE, { recursive: true });
await Deno.remove(new URL("deno.tgz", OUT)); // beside it, npm/out/*.tgz would be two packages
console.log(`npm/out/${packed.trim()}`);

/** The version that deno.json pins, of a name such as `npm:/pure-rand@8.4.2/`. */
function versionOf(name: string): string {
  const imports: Record<string, string> = config.imports;
  const specifier = imports[name] ?? imports[`${name}/`];
  if (!specifier) {
    throw new Error(
      `This Deno's "deno pack" adds ${name}, which deno.json does not have: use a newer Deno, by ` +
        "npx --yes deno@2.9.6 task pack",
    );
  }
  return specifier.match(/@(\d+\.\d+\.\d+)/)![1];
}

async function run(command: string, args: string[], cwd = new URL("../", import.meta.url)) {
  const { success, stdout, stderr } = await new Deno.Command(command, { args, cwd }).output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  if (!success) throw new Error(`${command} ${args.join(" ")}: ${decode(stderr)}`);
  return decode(stdout);
}
