import { assertEquals, assertNotEquals } from "@std/assert";
import { fileURLToPath } from "node:url";
import { withFolder } from "./folders.ts";
import { granted } from "./permissions.ts";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const repository = granted("read", "write", "run") && Deno.build.os !== "windows" &&
  await git("-C", ROOT, "rev-parse", "--verify", "HEAD") !== undefined;

/** What git prints; undefined where there is none, or where it fails. */
async function git(...args: string[]): Promise<string | undefined> {
  try {
    const { success, stdout } = await new Deno.Command("git", { args }).output();
    return success ? new TextDecoder().decode(stdout) : undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

Deno.test({
  name:
    "a clone made as on Windows has the same bytes: formatting, checksums and pictures hold there",
  ignore: !repository, // a package that was handed in has no history
  fn: () =>
    withFolder(async (folder) => {
      const clone = fileURLToPath(new URL("clone", folder));
      await git("clone", "--quiet", "-c", "core.autocrlf=true", ROOT, clone);
      // One line for each file: its line endings in the repository, here, and what is said of them.
      const files = await git("-C", clone, "ls-files", "--eol") ?? "";
      assertNotEquals(files, "");
      assertEquals(files.split("\n").filter((line) => /[iw]\/(crlf|mixed)/.test(line)), []);
    }),
});
