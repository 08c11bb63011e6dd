/**
 * Jupyter for tests: whether it is there, and notebooks of a few cells.
 *
 * @module
 */
import type { Notebook } from "../../notebooks/run/notebook.ts";
import { granted } from "../permissions.ts";

const INSTALL = "apt-get install jupyter-notebook jupyter-nbconvert";

const permitted = granted("read", "write", "run", "env");
const installed = permitted && hasProgram("jupyter-nbconvert") && hasProgram("jupyter-notebook");

/**
 * Whether tests in Jupyter are skipped: where they are not permitted, or where there is none. Where
 * everything is meant to run (CI), a missing Jupyter is a failure and no reason to skip.
 */
export const withoutJupyter = !permitted || (!installed && !Deno.env.has("CI"));

if (permitted && withoutJupyter) {
  console.log(`Tests in Jupyter are skipped, since it is not installed: ${INSTALL}`);
}

function hasProgram(name: string): boolean {
  return (Deno.env.get("PATH") ?? "").split(":").some((folder) => {
    try {
      return Deno.statSync(`${folder}/${name}`).isFile;
    } catch {
      return false;
    }
  });
}

/** A notebook of code cells that has not been run. */
export function notebookOf(cells: string[]): Notebook {
  return {
    cells: cells.map((source, i) => ({
      cell_type: "code",
      execution_count: null,
      id: `cell-${i + 1}`,
      metadata: {},
      outputs: [],
      source,
    })),
    metadata: {
      kernelspec: { display_name: "Deno", language: "typescript", name: "deno" },
      language_info: { name: "typescript" },
    },
    nbformat: 4,
    nbformat_minor: 5,
  };
}
