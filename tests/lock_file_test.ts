import { assert, assertEquals } from "@std/assert";
import { fileURLToPath } from "node:url";
import { Jupyter } from "../notebooks/run/jupyter.ts";
import { notebookText, readNotebook } from "../notebooks/run/notebook.ts";
import { copyPackage, withFolder } from "./folders.ts";
import { notebookOf, withoutJupyter } from "./notebooks/jupyter.ts";
import { granted } from "./permissions.ts";

// In copies of the package, since an import that the lock file does not have is added to it.

/** Imported nowhere here; a dependency of TensorFlow.js, so that nothing has to be fetched. */
const SPECIFIER = "npm:seedrandom@3.0.5";
const ITS_IMPORT = `import seedrandom from "${SPECIFIER}";
console.log(seedrandom("seed")() < 1);`;
const OUR_IMPORT = `import { BatchNorm } from "@batchnorm/from-scratch";
console.log(BatchNorm.className);`;

async function lockIn(root: URL) {
  return JSON.parse(await Deno.readTextFile(new URL("deno.lock", root)));
}

/** Runs code in a file beside the package's, and gives what it printed. */
async function runScript(root: URL, code: string): Promise<string> {
  const file = new URL("script.ts", root);
  await Deno.writeTextFile(file, code);
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-read", fileURLToPath(file)],
    cwd: fileURLToPath(root),
  }).output();
  assert(success, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

Deno.test({
  name: "a script beside the package may import what it likes, which the lock file then has too",
  ignore: !granted("read", "write", "run"),
  fn: () =>
    withFolder(async (root) => {
      await copyPackage(root);
      assertEquals(await runScript(root, OUR_IMPORT), "BatchNorm\n");
      const before = await lockIn(root);
      assertEquals(await runScript(root, `${ITS_IMPORT}\n${OUR_IMPORT}`), "true\nBatchNorm\n");
      const after = await lockIn(root);
      assertEquals(after.specifiers[SPECIFIER], "3.0.5");
      delete after.specifiers[SPECIFIER];
      assertEquals(after, before);
    }),
});

Deno.test({
  name: "running the package leaves the lock file as it is, to the byte",
  ignore: !granted("read", "write", "run"),
  fn: () =>
    withFolder(async (root) => {
      await copyPackage(root);
      const text = () => Deno.readTextFile(new URL("deno.lock", root));
      const before = await text();
      await runScript(root, `${OUR_IMPORT}\nimport "@batchnorm/from-scratch/notebook";`);
      assertEquals(await text(), before);
    }),
});

Deno.test({
  name: "a cell may import what it likes, and the cells below it go on importing",
  ignore: withoutJupyter,
  fn: () =>
    withFolder(async (root) => {
      await copyPackage(root);
      const [file, executed] = [new URL("cells.ipynb", root), new URL("executed.ipynb", root)];
      await Deno.writeTextFile(file, notebookText(notebookOf([ITS_IMPORT, OUR_IMPORT])));
      const jupyter = await Jupyter.prepare(new URL("jupyter/", root));
      await jupyter.execute(file, executed); // ends in an error if a cell does
      const { cells } = await readNotebook(executed);
      assertEquals(cells.map(({ execution_count }) => execution_count), [1, 2]);
      assertEquals((await lockIn(root)).specifiers[SPECIFIER], "3.0.5");
    }),
});
