/**
 * Notebooks as data: their files, the code in their cells, and what is wrong with an executed one.
 *
 * @module
 */
import * as v from "valibot";
import { pathOf } from "../../experiments/records.ts";
import { UsageError } from "../../experiments/usage_error.ts";

/** Where the notebooks lie. */
export const NOTEBOOKS = new URL("../", import.meta.url);

/** Notebooks keep texts as lines, or whole. */
const text = v.union([v.string(), v.array(v.string())]);

const outputSchema = v.looseObject({
  output_type: v.string(),
  /** The forms of what is shown. */
  data: v.optional(v.record(v.string(), v.unknown())),
  metadata: v.optional(v.record(v.string(), v.unknown())),
  /** Of an error. */
  ename: v.optional(v.string()),
  evalue: v.optional(v.string()),
});

const cellSchema = v.looseObject({
  cell_type: v.string(),
  source: text,
  execution_count: v.optional(v.nullable(v.number())),
  outputs: v.optional(v.array(outputSchema)),
});

const notebookSchema = v.looseObject({ cells: v.array(cellSchema), nbformat: v.literal(4) });

/** A notebook; what this module does not read stays as it is. */
export type Notebook = v.InferOutput<typeof notebookSchema>;
type Cell = Notebook["cells"][number];
type Output = v.InferOutput<typeof outputSchema>;

/**
 * Reads a notebook.
 *
 * @throws {UsageError} If the file is none.
 */
export async function readNotebook(file: URL): Promise<Notebook> {
  const text = await Deno.readTextFile(file);
  try {
    return v.parse(notebookSchema, JSON.parse(text));
  } catch (cause) {
    const { message } = cause as Error;
    throw new UsageError(`${pathOf(file)} is not a notebook: ${message}`, { cause });
  }
}

/** A notebook as Jupyter and `deno fmt` write it. */
export function notebookText(notebook: Notebook): string {
  return JSON.stringify(notebook, null, 1) + "\n";
}

/**
 * The notebooks in their order.
 *
 * @param only How the names of those begin that are wanted, for example `03`; all by default.
 */
export async function notebookFiles(only?: readonly string[], folder = NOTEBOOKS): Promise<URL[]> {
  const names: string[] = [];
  for await (const { name } of Deno.readDir(folder)) {
    if (name.endsWith(".ipynb")) names.push(name);
  }
  names.sort();
  const unknown = only?.find((start) => !names.some((name) => name.startsWith(start)));
  if (unknown !== undefined) {
    throw new UsageError(
      `No notebook in ${pathOf(folder)} has a name that begins with "${unknown}": ` +
        `${names.join(", ")}.`,
    );
  }
  return names.filter((name) => only?.some((start) => name.startsWith(start)) ?? true)
    .map((name) => new URL(name, folder));
}

/** The name of a notebook's file. */
export function nameOf(file: URL): string {
  return decodeURIComponent(file.pathname.split("/").at(-1)!);
}

/** The code cells of a notebook as one module. */
export interface CellModule {
  code: string;
  /** The cell, counted from 1 with those of text, that a line of the module comes from. */
  cellAt(line: number): number;
}

/** Puts the code cells of a notebook one below the other. */
export function moduleOf({ cells }: Notebook): CellModule {
  const lines: string[] = [];
  const cellOfLine: number[] = [];
  cells.forEach((cell, i) => {
    if (cell.cell_type !== "code") return;
    for (const line of sourceOf(cell).split("\n")) {
      lines.push(line);
      cellOfLine.push(i + 1);
    }
  });
  // Even a notebook without imports is a module and no script.
  return {
    code: [...lines, "export {};", ""].join("\n"),
    cellAt: (line) => cellOfLine[line - 1],
  };
}

function sourceOf({ source }: Cell): string {
  return typeof source === "string" ? source : source.join("");
}

/** Calls that stand at the beginning of a line, and therefore are made whenever the cell is run. */
const SHOWS = /^(?:await )?(?:showFigure|showTable|showMarkdown|train|console\.log)\(/gm;
const SHOWS_FIGURE = /^(?:await )?showFigure\(/gm;

/**
 * What is wrong with an executed notebook, in words: errors, outputs that were lost, and figures
 * without the picture that is seen where no script runs.
 *
 * @param before The same notebook as it was. If it has outputs, every cell must show the same kinds of
 * things again.
 */
export function faultsOf({ cells }: Notebook, before?: Notebook): string[] {
  const wasExecuted = before?.cells.some(({ outputs }) => outputs && outputs.length > 0);
  return cells.flatMap((cell, i): string[] => {
    if (cell.cell_type !== "code" || sourceOf(cell).trim() === "") return [];
    const faults = faultsOfCell(cell);
    const [kinds, kindsBefore] = [cell, before?.cells[i]].map(kindsOf);
    if (faults.length === 0 && wasExecuted && kinds !== kindsBefore) {
      faults.push(`shows ${kinds || "nothing"}, and showed ${kindsBefore || "nothing"} before`);
    }
    return faults.map((fault) => `cell ${i + 1} ${fault}`);
  });
}

function faultsOfCell(cell: Cell): string[] {
  const { outputs = [], execution_count } = cell;
  if (typeof execution_count !== "number") return ["was not run"];
  const errors = outputs.filter(({ output_type }) => output_type === "error");
  if (errors.length > 0) return errors.map(({ ename, evalue }) => `failed: ${ename}: ${evalue}`);

  const faults: string[] = [];
  const source = sourceOf(cell);
  const calls = source.match(SHOWS)?.length ?? 0;
  // Lines on the console are joined to one output.
  const lost = source.includes("console.log(") ? outputs.length === 0 : outputs.length < calls;
  if (calls > 0 && lost) faults.push(`lost an output: it has ${outputs.length}`);
  const figures = outputs.filter(isFigure);
  if (figures.length < (source.match(SHOWS_FIGURE)?.length ?? 0)) faults.push("lost a figure");
  if (!figures.every(({ data }) => data && "image/png" in data)) {
    faults.push("has a figure without its static picture");
  }
  return faults;
}

function isFigure({ data }: Output): boolean {
  return [data?.["text/html"]].flat().join("").includes("data-figure=");
}

/** How many figures a notebook shows. */
export function countFigures({ cells }: Notebook): number {
  return cells.reduce((sum, { outputs = [] }) => sum + outputs.filter(isFigure).length, 0);
}

/** The kinds of a cell's outputs as one text. */
function kindsOf(cell: Cell | undefined): string {
  return (cell?.outputs ?? []).map((output) =>
    output.data ? Object.keys(output.data).sort().join(" or ") : output.output_type
  ).join(", ");
}
