/** The npm package, as `deno task pack` makes it. */
import { assert, assertEquals } from "@std/assert";
import { fileURLToPath } from "node:url";
import { namesIn, withFolder } from "./folders.ts";
import { granted } from "./permissions.ts";

const ROOT = new URL("../", import.meta.url);

Deno.test({
  name:
    "deno task pack makes one package with exact peers, types for both entries, and no data inside",
  ignore: !granted("read", "write", "run"),
  async fn() {
    const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["task", "--quiet", "pack"],
      cwd: ROOT,
    }).output();
    const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    assert(success, decode(stderr));
    const tarball = new URL(decode(stdout).trim().split("\n").at(-1)!, ROOT);
    assert((await Deno.stat(tarball)).size < 200_000);
    const out = new URL("npm/out/", ROOT);
    // "npm install npm/out/*.tgz" installs all that is there.
    assertEquals(namesIn(out).map((name) => new URL(name, out).href), [tarball.href]);
    await withFolder(async (folder) => {
      const args = ["-xzf", fileURLToPath(tarball), "-C", fileURLToPath(folder)];
      assert((await new Deno.Command("tar", { args }).output()).success);
      await looksRight(new URL("package/", folder));
    });
  },
});

async function looksRight(folder: URL): Promise<void> {
  const { exports, peerDependencies, dependencies } = JSON.parse(
    await Deno.readTextFile(new URL("package.json", folder)),
  );
  assertEquals(peerDependencies, {
    "@tensorflow/tfjs": "4.22.0",
    "@tensorflow/tfjs-backend-wasm": "4.22.0",
  });
  for (const version of Object.values(dependencies)) assert(/^\d/.test(String(version)));
  assertEquals(Object.keys(exports), [".", "./kernels"]);
  for (const { types, import: entry } of Object.values(exports) as Record<string, string>[]) {
    assert((await Deno.stat(new URL(types, folder))).isFile);
    assert((await Deno.stat(new URL(entry, folder))).isFile);
  }
  const readme = await Deno.readTextFile(new URL("README.md", folder));
  assertEquals(readme, await Deno.readTextFile(new URL("npm/README.md", ROOT)));
}
