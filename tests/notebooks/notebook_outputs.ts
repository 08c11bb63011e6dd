/**
 * The outputs of a notebook: those that its file holds, those that its code gives, and what differs.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { nameOf, type Notebook } from "../../notebooks/run/notebook.ts";
import type { Shown } from "./notebook_kernel.ts";

/** Longer than this takes only a machine that is very busy. */
const LIMIT = 300_000;

const KERNEL = new URL("notebook_kernel.ts", import.meta.url);

type Output = NonNullable<Notebook["cells"][number]["outputs"]>[number];

/** The code cells, in their order, each with its number in the notebook, counted from 1. */
function codeCells({ cells }: Notebook) {
  return cells.map((cell, i) => ({ cell, number: i + 1 }))
    .filter(({ cell }) => cell.cell_type === "code");
}

/**
 * Runs the code of a notebook and gives what its cells show, code cell by code cell.
 *
 * @param folder Where the module that is run is written.
 * @throws {Error} If a cell fails, or if it takes more than five minutes.
 */
export async function shownBy(notebook: Notebook, file: URL, folder: URL): Promise<Shown[][]> {
  const code = [
    `import { beginCell, endCells } from "${KERNEL.href}";`,
    ...codeCells(notebook).map(({ cell }) => `beginCell();\n${[cell.source].flat().join("")}`),
    "endCells();",
  ];
  const module = new URL(`${nameOf(file)}.ts`, folder);
  await Deno.writeTextFile(module, code.join("\n"));
  // It may not write: with the records in the repository nothing is trained.
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-read", "--allow-env", "--allow-sys", fileURLToPath(module)],
    env: { NO_COLOR: "1", BN_PRESET: "" },
    signal: AbortSignal.timeout(LIMIT),
  }).output();
  if (!success) {
    throw new Error(new TextDecoder().decode(stderr) || "It took longer than five minutes.");
  }
  return JSON.parse(new TextDecoder().decode(stdout).trimEnd().split("\n").at(-1)!);
}

/**
 * How the outputs in a notebook's file differ from those that its code gives: in their number, in
 * their forms, or in what a form says. Figures are compared to the byte. Times that were measured anew
 * may differ, and so may what a run says of its progress, if its two forms say the same.
 */
export function differencesOf(notebook: Notebook, shown: readonly Shown[][]): string[] {
  return codeCells(notebook).flatMap(({ cell: { outputs = [] }, number }, i) =>
    outputs.length === shown[i].length
      ? outputs.flatMap((output, j) =>
        (shown[i][j].progress ? progressFaults(output) : faults(output, shown[i][j]))
          .map((fault) => `cell ${number}, output ${j + 1}: ${fault}`)
      )
      : [`cell ${number} has ${outputs.length} outputs in place of ${shown[i].length}`]
  );
}

function faults(output: Output, { data, metadata }: Shown): string[] {
  const [has, gives] = [output.data ?? {}, data].map((forms) => Object.keys(forms).sort().join());
  if (has !== gives) return [`has the forms ${has} in place of ${gives}`];
  const isFigure = "image/png" in data;
  const differing = Object.keys(data)
    .filter((form) =>
      comparable(formOf(output, form), isFigure) !== comparable(data[form], isFigure)
    )
    .map((form) => `${form} differs${firstDifference(formOf(output, form), data[form])}`);
  const size = (of: unknown) => JSON.stringify(Object.entries(of ?? {}).map(sorted));
  return size(output.metadata) === size(metadata) ? differing : [...differing, "metadata differ"];
}

/** Jupyter writes names in alphabetical order. */
function sorted([form, sizes]: [string, unknown]) {
  return [form, Object.entries(sizes as Record<string, unknown>).sort()];
}

function progressFaults(output: Output): string[] {
  const lines = formOf(output, "text/html").split("\n").map((line) =>
    line.replace(/^<div>(.*)<\/div>$/, "$1")
      .replaceAll("&lt;", "<").replaceAll("&#34;", '"').replaceAll("&amp;", "&")
  );
  return lines.join("\n") === formOf(output, "text/plain")
    ? []
    : ["the forms of the progress differ"];
}

function formOf({ data }: Output, form: string): string {
  return [data?.[form] ?? ""].flat().join("");
}

/** Times that were measured anew differ, and with them the width of a text's column. */
function comparable(text: string, isFigure: boolean): string {
  if (isFigure) return text;
  const timeless = text.replace(/\d[\d.,]* ?(?:µs|ms|s|min)\b/g, "a time");
  return timeless === text ? text : timeless.replace(/ {2,}|-{3,}/g, "  ");
}

/** A few characters from where two texts part, unless they are pictures. */
function firstDifference(text: string, other: string): string {
  const at = [...text].findIndex((character, i) => character !== other[i]);
  const [here, there] = [text, other].map((text) => text.slice(Math.max(0, at - 10), at + 40));
  return at < 0 ? "" : `: ${JSON.stringify(here)} in place of ${JSON.stringify(there)}`;
}
