/**
 * Tables as Markdown, for terminals, notebooks and files alike.
 *
 * @module
 */

/** How a column is set. */
export interface Column {
  title: string;
  /** Numbers are set to the right. */
  numeric?: boolean;
}

/** A Markdown table; a `|` in a cell is escaped. */
export function markdownTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [
    line(columns.map(({ title }) => title)),
    line(columns.map(({ numeric }) => numeric ? "--:" : "---")),
    ...rows.map((row) => line(row.map((cell) => cell.replaceAll("|", "\\|")))),
  ].join("\n");
}
