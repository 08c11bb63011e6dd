/**
 * Runs Jupyter with a Deno kernel that is this very Deno, whichever kernels are installed.
 *
 * @module
 */
import { delimiter } from "node:path";
import { fileURLToPath } from "node:url";
import { UsageError } from "../../experiments/usage_error.ts";
import { NOTEBOOKS } from "./notebook.ts";

/** The name that the notebooks know the kernel by. */
export const KERNEL = "deno";

/** What the commands write for Jupyter; not in the repository. */
const FOLDER = new URL(".jupyter/", NOTEBOOKS);

/** How to get Jupyter. */
const WAYS_TO_JUPYTER =
  "On Debian and Ubuntu: apt-get install jupyter-notebook jupyter-nbconvert. " +
  "Elsewhere: pip install notebook nbconvert, or jupyterlab.";

/** A Jupyter that knows this Deno as its kernel. */
export class Jupyter {
  readonly #env: Record<string, string>;

  private constructor(env: Record<string, string>) {
    this.#env = env;
  }

  /**
   * Describes the kernel to Jupyter, for the commands run here alone: nothing is installed.
   *
   * @param folder Where the description is written.
   */
  static async prepare(folder: URL = FOLDER): Promise<Jupyter> {
    const kernel = new URL(`kernels/${KERNEL}/`, folder);
    await Deno.mkdir(kernel, { recursive: true });
    const description = {
      argv: [Deno.execPath(), "jupyter", "--kernel", "--conn", "{connection_file}"],
      display_name: "Deno",
      language: "typescript",
    };
    await Deno.writeTextFile(new URL("kernel.json", kernel), JSON.stringify(description, null, 2));
    const paths = [fileURLToPath(folder), Deno.env.get("JUPYTER_PATH")].filter(Boolean);
    return new Jupyter({
      JUPYTER_PATH: paths.join(delimiter),
      NO_COLOR: "1", // or values that a cell shows carry the terminal's colours
    });
  }

  /** A command of Jupyter's, for example `nbconvert`. */
  command(args: string[], options: Deno.CommandOptions = {}): Deno.Command {
    return new Deno.Command("jupyter", {
      args,
      ...options,
      env: { ...this.#env, ...options.env },
    });
  }

  /** Whether a command of Jupyter's is installed. */
  async has(name: string): Promise<boolean> {
    try {
      const { success } = await this.command([name, "--version"]).output();
      return success;
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return false;
      throw error;
    }
  }

  /** Ends in an error that says how to get Jupyter if one of its commands is not there. */
  async assertHas(name: string): Promise<void> {
    if (await this.has(name)) return;
    throw new UsageError(`Cannot find "jupyter ${name}". ${WAYS_TO_JUPYTER}`);
  }

  /**
   * Executes a notebook and writes it, with its outputs, under another name; the notebook itself is
   * left alone.
   *
   * @param env Environment variables for its cells.
   * @throws {ExecutionError} If a cell fails.
   */
  async execute(notebook: URL, to: URL, env: Record<string, string> = {}): Promise<void> {
    const { success, stderr } = await this.command([
      "nbconvert",
      "--to=notebook",
      "--execute",
      `--ExecutePreprocessor.kernel_name=${KERNEL}`,
      "--ExecutePreprocessor.timeout=-1",
      "--ExecutePreprocessor.record_timing=False", // times of day would differ in every run
      `--output-dir=${fileURLToPath(new URL(".", to))}`,
      `--output=${to.pathname.split("/").at(-1)}`,
      fileURLToPath(notebook),
    ], { env, stdout: "null", stderr: "piped" }).output();
    if (!success) throw new ExecutionError(withoutTraceback(new TextDecoder().decode(stderr)));
  }
}

/** A notebook that cannot be executed to its end. */
export class ExecutionError extends Error {
  override name = "ExecutionError";
}

/** What nbconvert says of the cell that failed, without the stack of nbconvert's own functions. */
function withoutTraceback(log: string): string {
  const [, ...rest] = log.split(/^(?:nbclient|nbconvert)\.\S+Error: /m);
  return (rest.at(-1) ?? log).trim();
}
