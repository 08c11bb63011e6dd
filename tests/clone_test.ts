import { assertEquals, assertNotEquals, assertStringIncludes } from "@std/assert";
import { fileURLToPath } from "node:url";
import { copyPackage, namesIn, withFolder } from "./folders.ts";
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

Deno.test({
  name: "the report is made in a folder whose name means something in URLs, and by way of a link",
  ignore: !granted("read", "write", "run") || Deno.build.os === "windows", // no such names there
  fn: () =>
    withFolder(async (folder) => {
      const name = "a #1 100% ünï?,x'";
      const root = new URL(`${encodeURIComponent(name)}/`, folder);
      const link = new URL("link", folder);
      await Deno.mkdir(root);
      await copyPackage(root);
      await new Deno.Command("ln", { args: ["-s", name, fileURLToPath(link)] }).output();
      for (const [place, trials] of [[root, "1"], [link, "2"]] as const) {
        const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
          // deno-fmt-ignore
          args: ["task", "report", "--preset", "quick", "--only", "mlp-pre", "--trials", trials],
          cwd: fileURLToPath(place),
        }).output();
        const [out, log] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
        assertEquals(success, true, log);
        assertStringIncludes(log, `mlp-pre ${trials}: test accuracy`);
        assertStringIncludes(fileURLToPath(out.trim()), `/${name}/report/out/index.html`);
      }
      assertEquals(namesIn(new URL("results/quick/", root)), ["mlp-pre-1.json", "mlp-pre-2.json"]);
    }),
});
