/**
 * The command behind `deno task jupyter`: opens the notebooks in the browser.
 *
 * @module
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { main, taskCommand } from "../../experiments/cli.ts";
import { UsageError } from "../../experiments/usage_error.ts";
import { Jupyter, KERNEL } from "./jupyter.ts";
import { NOTEBOOKS } from "./notebook.ts";

const command = taskCommand(
  "jupyter",
  "Opens the notebooks in JupyterLab, or in Jupyter Notebook where there is no JupyterLab, with " +
    "the Deno that runs this as their kernel. If no kernel of that name is installed, it is, so " +
    "that other programs such as VS Code find it too.",
)
  .argument("[options...]", "options for Jupyter itself, for example --no-browser")
  .allowUnknownOption()
  .action(async (options: string[]) => {
    const jupyter = await Jupyter.prepare();
    const app = await jupyter.has("lab") ? "lab" : "notebook";
    await jupyter.assertHas(app);
    await installKernel(jupyter);
    const server = jupyter.command([app, ...options, "notebooks"], {
      cwd: fileURLToPath(new URL("../../tools/", NOTEBOOKS)),
    }).spawn();
    // Ctrl-C reaches Jupyter too, which asks whether it is meant; this process waits for the answer.
    Deno.addSignalListener("SIGINT", () => {});
    Deno.exitCode = (await server.status).code;
  });

/** Installs Deno's kernel for this user, unless there is one that can be started. */
async function installKernel(jupyter: Jupyter): Promise<void> {
  const { stdout } = await jupyter.command(["--paths", "--json"], {
    env: { JUPYTER_PATH: Deno.env.get("JUPYTER_PATH") ?? "" }, // without what only this command adds
  }).output();
  const { data }: { data: string[] } = JSON.parse(new TextDecoder().decode(stdout));
  for (const folder of data) {
    if (await canBeStarted(join(folder, "kernels", KERNEL, "kernel.json"))) return;
  }
  const { success, stderr } = await new Deno.Command("deno", {
    args: ["jupyter", "--install", "--force"], // in place of one that cannot be started
    stdout: "null",
    stderr: "piped",
  }).output();
  if (!success) {
    throw new UsageError(`Cannot install the kernel: ${new TextDecoder().decode(stderr).trim()}`);
  }
  console.error(`Installed the kernel "${KERNEL}" in ${data[0]}.`);
}

/** Whether a kernel is described there whose program exists; npx may have deleted a former Deno. */
async function canBeStarted(description: string): Promise<boolean> {
  try {
    const { argv } = JSON.parse(await Deno.readTextFile(description));
    return (await Deno.stat(argv[0])).isFile;
  } catch {
    return false;
  }
}

await main(command);
