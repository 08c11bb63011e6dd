/**
 * The command behind `deno task test:notebooks`: runs the code of the notebooks without Jupyter.
 * Of figures only their descriptions are shown.
 *
 * @module
 */
import { Option } from "commander";
import { main, taskCommand } from "../../experiments/cli.ts";
import { PRESETS } from "../../experiments/presets.ts";
import { moduleOf, nameOf, notebookFiles, NOTEBOOKS, readNotebook } from "./notebook.ts";

interface Flags {
  preset: string;
  only?: string[];
}

const command = taskCommand(
  "test:notebooks",
  "Runs the code cells of the notebooks, each from top to bottom, without Jupyter.",
)
  .addOption(
    new Option("--preset <name>", "what they train").env("BN_PRESET")
      .choices(Object.keys(PRESETS)).default("quick"),
  )
  .option("--only <list>", "only these, for example 03,04", (list) => list.split(","))
  .action(async ({ preset, only }: Flags) => {
    Deno.env.set("BN_PRESET", preset);
    for (const file of await notebookFiles(only)) {
      const started = performance.now();
      console.log(`\n${nameOf(file)}`);
      if (!await runCells(file)) Deno.exitCode = 1;
      console.log(`${Math.round((performance.now() - started) / 1000)} s`);
    }
  });

/** Runs a notebook's code; says where it failed. */
async function runCells(file: URL): Promise<boolean> {
  const { code, cellAt } = moduleOf(await readNotebook(file));
  // Below the package's folder, where its own name and its imports are known.
  const module = new URL(`.jupyter/${nameOf(file)}.ts`, NOTEBOOKS);
  await Deno.mkdir(new URL(".", module), { recursive: true });
  await Deno.writeTextFile(module, code);
  try {
    await import(module.href);
    return true;
  } catch (error) {
    const { message, stack = "" } = error as Error;
    const line = `${message} ${stack}`.match(/\.ipynb\.ts:(\d+)/)?.[1];
    console.error(line ? `Cell ${cellAt(Number(line))} FAILED:` : "FAILED:", error);
    return false;
  } finally {
    await Deno.remove(module);
  }
}

await main(command);
