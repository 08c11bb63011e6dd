/**
 * Texts that come from records, folders and users, made to stand for themselves in HTML, in Markdown
 * and in shells: nothing in them is a tag, a link, an emphasis, an equation or a command.
 *
 * @module
 */

/**
 * For HTML, between tags or in a double-quoted attribute, and for Plotly's texts, which know tags and
 * of the entities for a quotation mark the number alone.
 */
export function escapeHtml(text: string): string {
  return text.replace(/[&<"]/g, (sign) => ({ "&": "&amp;", "<": "&lt;", '"': "&#34;" })[sign]!);
}

/**
 * What Markdown, its dialect on GitHub and its equations would take for their own: signs; an
 * entity; the end of a link's words before its address; and what makes an address a link by itself.
 */
const MARKDOWN = /[\\`*_<$~@]|&(?=#?\w+;)|\](?=[([{])|:(?=\/\/)|(?<=www)\./gi;

/** For one line of Markdown; in the cell of a table, `|` is for the table to escape. */
export function escapeMarkdown(text: string): string {
  return text.replace(MARKDOWN, "\\$&").replace(/\s+/g, " ");
}

/** One word on the command line of a shell. */
export function escapeShell(text: string): string {
  return /^[\w./,:=@%+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
