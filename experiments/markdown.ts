/**
 * Tables as Markdown, for terminals, notebooks and files alike.
 *
 * @module
 */

/** A column: its title, for texts, or as {@linkcode numeric} makes it, for numbers. */
export type Column = string | { title: string; numeric?: boolean };

/** Columns of numbers, which are set to the right. */
export function numeric(...titles: string[]): Column[] {
  return titles.map((title) => ({ title, numeric: true }));
}

/**
 * A Markdown table; a `|` in a cell is escaped.
 *
 * Where lines are long, pandoc, which sets tables on paper, makes columns as wide as their dashes say
 * in proportion: so there are dashes by what the cells hold.
 */
export function markdownTable(
  given: readonly Column[],
  rows: readonly (readonly string[])[],
): string {
  const columns = given.map((column) =>
    typeof column === "string" ? { title: column, numeric: false } : column
  );
  const titles = columns.map(({ title }) => escaped(title));
  const cells = rows.map((row) => row.map(escaped));
  const widths = columnWidths(columns, [titles, ...cells]);
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [
    line(titles),
    line(columns.map(({ numeric }, i) => "-".repeat(widths[i] - 1) + (numeric ? ":" : "-"))),
    ...cells.map(line),
  ].join("\n");
}

const escaped = (cell: string) => cell.replaceAll("|", "\\|");

/** Characters of a line on paper; pandoc wraps the cells of a table that has longer ones. */
const LINE = 72;

/**
 * Shares of a line, in characters: what a column's texts take, less in proportion where they do not
 * fit, but no less than the longest word. Numbers are not broken. Where all fit, 3, the least.
 */
function columnWidths(
  columns: readonly { numeric?: boolean }[],
  lines: readonly (readonly string[])[],
): number[] {
  const cells = columns.map((_, i) => lines.map((line) => line[i] ?? ""));
  // With the spaces beside it.
  const longest = (texts: readonly string[]) => 2 + Math.max(...texts.map(({ length }) => length));
  const wholes = cells.map(longest);
  const sum = wholes.reduce((sum, whole) => sum + whole, 0);
  const bars = columns.length + 1;
  if (sum + bars <= LINE) return columns.map(() => 3);
  return columns.map(({ numeric }, i) => {
    const [title, ...texts] = cells[i];
    const words = [title, ...numeric ? [] : texts].flatMap((text) => text.split(/[\s-]/));
    const word = longest([...words, ...numeric ? texts : []]);
    return Math.max(word, Math.round(wholes[i] * Math.min(1, LINE / sum)));
  });
}
