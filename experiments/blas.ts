/**
 * The BLAS that a command or a notebook asks for.
 *
 * @module
 */
import config from "../deno.json" with { type: "json" };
import { type Blas, openBlas } from "../kernels/mod.ts";
import { escapeShell } from "./escape.ts";
import { UsageError } from "./usage_error.ts";

/**
 * Opens a BLAS; training uses it from then on.
 *
 * @param library Its file; true for one in the usual places.
 * @throws {UsageError} If there is none, or it may not be loaded; says what to install or to type.
 */
export function blasFor(library: string | true): Blas {
  const path = library === true ? undefined : library;
  try {
    return openBlas(path);
  } catch (cause) {
    const { message } = cause as Error;
    const line = path && cause instanceof Deno.errors.NotCapable ? lineWith(path) : undefined;
    throw new UsageError(message + (line ? ` In the package's folder, type:\n  ${line}` : ""), {
      cause,
    });
  }
}

/** The command under way as it is typed without its task, and allowed this library; none in a notebook. */
function lineWith(library: string): string | undefined {
  const tasks: Record<string, string | { command?: string }> = config.tasks;
  const commandOf = (name: string) => (tasks[name] as { command?: string }).command ?? "";
  const root = new URL("../", import.meta.url).href;
  const script = Deno.mainModule.replace(root, "");
  const task = Object.keys(tasks).find((name) => commandOf(name).endsWith(` ${script}`));
  if (!task) return undefined;
  const command = commandOf(task)
    .replace(/^deno task --quiet (\S+)/, (_, name) => commandOf(name))
    .replace(/--allow-ffi=\S+/, `--allow-ffi=${escapeShell(library)}`);
  // Paths among the options are those of the folder where the command was typed.
  const folder = Deno.env.get("INIT_CWD");
  const where = folder ? [`INIT_CWD=${escapeShell(folder)}`] : [];
  return [...where, command, ...Deno.args.map(escapeShell)].join(" ");
}
