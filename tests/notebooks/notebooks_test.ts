import { fileURLToPath } from "node:url";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { ExecutionError, Jupyter } from "../../notebooks/run/jupyter.ts";
import {
  faultsOf,
  moduleOf,
  nameOf,
  type Notebook,
  notebookFiles,
  notebookText,
  readNotebook,
} from "../../notebooks/run/notebook.ts";
import { withFolder } from "../folders.ts";
import { notebookOf, withoutJupyter } from "./jupyter.ts";
import { granted } from "../permissions.ts";

// ---- The notebooks of this package ----------------------------------------------------------------

Deno.test({
  name: "the code cells of every notebook pass the type checker, each notebook as one module",
  ignore: !granted("read", "write", "run"),
  fn: () =>
    withFolder(async (folder) => {
      const files = await notebookFiles();
      assert(files.length > 0);
      for (const file of files) {
        const { code } = moduleOf(await readNotebook(file));
        await Deno.writeTextFile(new URL(`${nameOf(file)}.ts`, folder), code);
      }
      // Checked are all modules that could be imported; none is run.
      const imports = files.map((file) => `() => import("./${nameOf(file)}.ts"),`);
      const all = new URL("all.ts", folder);
      await Deno.writeTextFile(all, `export default [\n${imports.join("\n")}\n];\n`);
      const { success, stderr } = await new Deno.Command(Deno.execPath(), {
        args: ["run", "--check", fileURLToPath(all)],
        env: { NO_COLOR: "1" },
      }).output();
      assert(success, new TextDecoder().decode(stderr));
    }),
});

Deno.test({
  name: "test:notebooks refuses a preset that is none, whether an option or BN_PRESET names it",
  ignore: !granted("read", "run"),
  async fn() {
    const script = fileURLToPath(new URL("../../notebooks/run/run_cells.ts", import.meta.url));
    for (const [flags, preset] of [[["--preset", "foo"], "quick"], [[], "foo"]] as const) {
      const { success, stderr } = await new Deno.Command(Deno.execPath(), {
        args: ["run", "--allow-read", "--allow-env", script, "--only", "03", ...flags],
        env: { NO_COLOR: "1", BN_PRESET: preset },
      }).output();
      const said = new TextDecoder().decode(stderr);
      assert(!success, said);
      assertStringIncludes(said, "'foo'");
      assertStringIncludes(said, "Allowed choices are quick, ");
      if (preset === "foo") assertStringIncludes(said, "BN_PRESET");
    }
  },
});

// ---- What is wrong with an executed notebook ------------------------------------------------------

const FIGURE = {
  output_type: "display_data",
  data: { "text/html": ['<div data-figure="1">', "</div>"], "image/png": "AQID", "text/plain": "" },
};
const TEXT = { output_type: "display_data", data: { "text/markdown": "", "text/plain": "" } };

/** A notebook of one cell that was run. */
function executed(source: string, outputs: Notebook["cells"][number]["outputs"]): Notebook {
  const [cell] = notebookOf([source]).cells;
  return { cells: [{ ...cell, execution_count: 1, outputs }], nbformat: 4 };
}

Deno.test("an executed notebook in which everything is shown has no fault", () => {
  assertEquals(faultsOf(executed("await showFigure(f);", [FIGURE])), []);
  assertEquals(
    faultsOf(executed("await showFigure(f);\nawait showMarkdown(t);", [FIGURE, TEXT])),
    [],
  );
  assertEquals(faultsOf(executed("const x = 1;", [])), []);
});

Deno.test("an output, a figure or a cell that is missing is a fault, and so is an error", () => {
  const faults = (source: string, outputs: Notebook["cells"][number]["outputs"]) =>
    faultsOf(executed(source, outputs)).join("; ");
  assertEquals(faults("await showMarkdown(t);", []), "cell 1 lost an output: it has 0");
  assertEquals(faults("console.log(x);", []), "cell 1 lost an output: it has 0");
  assertEquals(faults("await showFigure(f);", [TEXT]), "cell 1 lost a figure");
  assertEquals(
    faults("f();", [{ output_type: "error", ename: "TypeError", evalue: "f is no function" }]),
    "cell 1 failed: TypeError: f is no function",
  );
  assertEquals(faultsOf(notebookOf(["const x = 1;"])), ["cell 1 was not run"]);
});

Deno.test("a figure without its static picture is a fault", () => {
  const { "image/png": _, ...data } = FIGURE.data;
  assertEquals(
    faultsOf(executed("for (const f of figures) await showFigure(f);", [{ ...FIGURE, data }])),
    ["cell 1 has a figure without its static picture"],
  );
});

Deno.test("an executed notebook must show what it showed before, if it showed anything", () => {
  const source = "for (const f of figures) await showFigure(f);";
  const before = executed(source, [FIGURE, FIGURE]);
  assertEquals(faultsOf(executed(source, [FIGURE, FIGURE]), before), []);
  assertStringIncludes(
    faultsOf(executed(source, [FIGURE]), before)[0],
    "cell 1 shows image/png or",
  );
  assertEquals(faultsOf(executed(source, [FIGURE]), notebookOf([source])), []);
});

Deno.test("a line of a notebook's module is traced to its cell", () => {
  const { code, cellAt } = moduleOf(notebookOf(["const a = 1;\nconst b = 2;", "const c = 3;"]));
  assertEquals(code, "const a = 1;\nconst b = 2;\nconst c = 3;\nexport {};\n");
  assertEquals([1, 2, 3].map(cellAt), [1, 1, 2]);
});

// ---- Executed with Jupyter's own tools ------------------------------------------------------------

/** Executes a notebook of some cells with nbconvert. */
async function execute(folder: URL, cells: string[]): Promise<Notebook> {
  const [file, out] = [new URL("cells.ipynb", folder), new URL("executed.ipynb", folder)];
  await Deno.writeTextFile(file, notebookText(notebookOf(cells)));
  const jupyter = await Jupyter.prepare(new URL("jupyter/", folder));
  await jupyter.execute(file, out);
  return await readNotebook(out);
}

const FORTY = Array.from({ length: 40 }, (_, i) => i);

/** Cells that show one thing each, of the kinds that a kernel sends in different ways. */
const STRESS = [
  `import { showFigure, showMarkdown } from "@batchnorm/from-scratch/notebook";
const figure = (i: number) => ({
  data: [{ type: "scatter" as const, x: [0, 1], y: [0, i] }],
  layout: { height: 200 },
  description: \`figure \${i}\`,
});`,
  ...FORTY.flatMap((i) => [
    `await showFigure(figure(${i}), { width: 300 });`,
    i % 2 === 0 ? `console.log("line ${i}");` : `"value ${i}"`,
  ]),
  `await showMarkdown("x".repeat(5_000_000));`,
  ...FORTY.slice(0, 5).map((i) => `await showMarkdown("after ${i}");`),
];

/** How often the stress notebook is executed; outputs were lost in some runs and not in others. */
const RUNS = granted("env") ? Number(Deno.env.get("STRESS_RUNS") ?? 1) : 1;

Deno.test({
  name: "nbconvert finds every output of 40 plotting cells, in its place",
  ignore: withoutJupyter,
  fn: (t) =>
    withFolder(async (folder) => {
      for (let run = 1; run <= RUNS; run++) {
        await t.step(`run ${run} of ${RUNS}`, async () => {
          const notebook = await execute(folder, STRESS);
          assertEquals(faultsOf(notebook), []);
          const texts = notebook.cells.map(({ outputs = [] }) =>
            outputs.map((output) => [output.data?.["text/plain"] ?? output.text].flat().join(""))
          );
          assertEquals(
            texts.slice(1, 81).map(String),
            FORTY.flatMap((i) => [
              `figure ${i}`,
              i % 2 === 0 ? `line ${i}\n` : `"value ${i}"`,
            ]),
          );
          assertEquals(texts[81].map(({ length }) => length), [5_000_000]);
          assertEquals(texts.slice(82).map(String), FORTY.slice(0, 5).map((i) => `after ${i}`));
        });
      }
    }),
});

Deno.test({
  name: "a figure in an executed notebook says how large its picture is to be shown",
  ignore: withoutJupyter,
  fn: () =>
    withFolder(async (folder) => {
      const { cells } = await execute(folder, STRESS.slice(0, 2));
      assertEquals(cells[1].outputs?.[0].metadata, { "image/png": { width: 300, height: 200 } });
    }),
});

Deno.test({
  name: "what a run has said stays below the cell that trained, and the records are used again",
  ignore: withoutJupyter,
  fn: () =>
    withFolder(async (folder) => {
      const cell = `await train(chosenPreset("quick"), { only: ["mlp-pre"], trials: 1, folder });`;
      const { cells } = await execute(folder, [
        `import { chosenPreset, train } from "@batchnorm/from-scratch/notebook";
const folder = new URL("records/", \`file://\${Deno.cwd()}/\`);`,
        `const first = ${cell}`,
        `const second = ${cell}`,
      ]);
      const said = cells.map(({ outputs = [] }) =>
        outputs.map(({ data }) => [data?.["text/plain"]].flat().join("")).join("|")
      );
      assertStringIncludes(said[1], "Running 1 trial, 1 at a time. Interrupting the kernel stops;");
      assertStringIncludes(said[1], "mlp-pre 1: test accuracy ");
      assert(!said[1].includes("|"), "one output, however often it was replaced");
      assert(!JSON.stringify(cells[1].outputs).includes("<progress"), "no bar is left");
      assertEquals(said[2], "Reused 1 trial: mlp-pre 1.\nNothing is missing.");
    }),
});

Deno.test({
  name: "a notebook whose cell fails is not executed to its end, and the error names the fault",
  ignore: withoutJupyter,
  fn: () =>
    withFolder(async (folder) => {
      const error = await assertRejects(
        () => execute(folder, [`throw new Error("no such layer");`, `console.log("never");`]),
        ExecutionError,
      );
      assertStringIncludes(error.message, "no such layer");
      assert(!error.message.includes("Traceback"), error.message);
    }),
});
