/**
 * The command behind `deno task notebooks`: executes the notebooks with Jupyter's own tools and
 * writes their outputs back, or checks that they can be executed.
 *
 * @module
 */
import { Option } from "commander";
import { main, taskCommand } from "../../experiments/cli.ts";
import { PRESETS } from "../../experiments/presets.ts";
import { writeWhole } from "../../experiments/records.ts";
import { ExecutionError, Jupyter } from "./jupyter.ts";
import {
  countFigures,
  faultsOf,
  nameOf,
  notebookFiles,
  NOTEBOOKS,
  notebookText,
  readNotebook,
} from "./notebook.ts";

interface Flags {
  preset?: string;
  only?: string[];
  check?: boolean;
}

const command = taskCommand(
  "notebooks",
  "Executes the notebooks with Jupyter's nbconvert and the Deno that runs this, and writes their " +
    "outputs back. A notebook in which something fails stays as it was.",
)
  .addOption(
    new Option("--preset <name>", "what they train (default: what each says on its top)")
      .choices(Object.keys(PRESETS)),
  )
  .option("--only <list>", "only these, for example 03,04", (list) => list.split(","))
  .option(
    "--check",
    "write nothing back: fail on an error, a lost output, or a figure without picture",
  )
  .action(async ({ preset, only, check }: Flags) => {
    const files = await notebookFiles(only);
    const jupyter = await Jupyter.prepare();
    await jupyter.assertHas("nbconvert");
    const left = files.values();
    const executeSome = async () => {
      for (const file of left) {
        const started = performance.now();
        const { faults, figures } = await execute(jupyter, file, { preset, check });
        const seconds = Math.round((performance.now() - started) / 1000);
        const result = faults.length > 0 ? "FAILED" : `${figures} figures`;
        console.log(`${nameOf(file)}: ${result}, ${seconds} s`);
        for (const fault of faults) console.error(`  ${fault}`);
        if (faults.length > 0) Deno.exitCode = 1;
      }
    };
    // Two side by side: a kernel computes on one core mostly, and takes much memory.
    await Promise.all([executeSome(), executeSome()]);
  });

async function execute(
  jupyter: Jupyter,
  file: URL,
  { preset, check }: Flags,
): Promise<{ faults: string[]; figures: number }> {
  const executed = new URL(`.jupyter/${nameOf(file)}`, NOTEBOOKS);
  const before = await readNotebook(file);
  try {
    await jupyter.execute(file, executed, preset ? { BN_PRESET: preset } : {});
    const notebook = await readNotebook(executed);
    // Outputs that are about to change need not look like those before.
    const faults = faultsOf(notebook, check ? before : undefined);
    if (!check && faults.length === 0) await writeWhole(file, notebookText(notebook));
    return { faults, figures: countFigures(notebook) };
  } catch (error) {
    if (error instanceof ExecutionError) return { faults: [error.message], figures: 0 };
    throw error;
  } finally {
    await Deno.remove(executed).catch(() => {}); // it may not have been written
  }
}

await main(command);
