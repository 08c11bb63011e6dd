/**
 * Stands in for Jupyter's kernel where the cells of a notebook are run as one module, which imports
 * this before anything else: what the cells show is kept, in all its forms, and printed in the end.
 *
 * @module
 */
import type { MimeBundle } from "../../notebooks/lib/kernel.ts";

/** What a cell has shown. */
export interface Shown {
  data: MimeBundle;
  metadata: Record<string, unknown>;
  /** Whether it is the progress of a run, the only output that can be replaced as a run goes on. */
  progress: boolean;
}

interface Content extends Pick<Shown, "data" | "metadata"> {
  transient: { display_id?: string };
}

const cells: Shown[][] = [];
const replaceable = new Map<string, Shown>();

function broadcast(_type: string, { data, metadata, transient: { display_id: id } }: Content) {
  const before = id === undefined ? undefined : replaceable.get(id);
  if (before) {
    Object.assign(before, { data, metadata });
  } else {
    const shown = { data, metadata, progress: id !== undefined };
    if (id !== undefined) replaceable.set(id, shown);
    cells.at(-1)!.push(shown);
  }
  return Promise.resolve();
}

/** To be called before each cell. */
export function beginCell(): void {
  cells.push([]);
}

/** What the cells have shown, cell by cell, as JSON on a line of its own. */
export function endCells(): void {
  console.log(`\n${JSON.stringify(cells)}`);
}

Object.assign(Deno, { jupyter: { broadcast } });
