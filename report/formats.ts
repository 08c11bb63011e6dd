/**
 * The result table for other programs: one row for each experiment, as JSON, CSV or Markdown.
 *
 * Pure functions from a summary to a text.
 *
 * @module
 */
import { stringify } from "csv-stringify/sync";
import { escapeMarkdown } from "../experiments/escape.ts";
import { thousands } from "../experiments/format.ts";
import { markdownTable } from "../experiments/markdown.ts";
import type { Summary } from "../findings/statistics.ts";
import { meanAndDeviation, points } from "../findings/words.ts";
import type { ExperimentSummary, ResultSummary } from "../findings/summary.ts";
import { PLACEMENT_WORDS } from "../findings/setting.ts";

/** The forms that the result table has. */
export const FORMATS = ["json", "csv", "markdown"] as const;

/** A form of the result table. */
export type Format = typeof FORMATS[number];

/** The result table, ending in a line break; with its titles alone where there is no experiment. */
export function formatResults({ experiments }: ResultSummary, format: Format): string {
  return WRITERS[format](experiments);
}

const WRITERS: Record<Format, (experiments: readonly ExperimentSummary[]) => string> = {
  json: (experiments) => JSON.stringify(experiments.map(jsonRow), null, 2) + "\n",
  csv: csvTable,
  markdown: (experiments) =>
    markdownTable(COLUMNS, experiments.map((row) => COLUMNS.map(({ text }) => text(row)))) + "\n",
};

/** A column of the table in all forms; its title is Markdown's. */
interface ResultColumn {
  title: string;
  numeric?: boolean;
  /** Its name in JSON, where a dot leads into an object, and in CSV, with `_` for the dot. */
  key: string;
  /** Numbers in full: accuracies as fractions, times in seconds. */
  value: (row: ExperimentSummary) => Value;
  /** Whether the value is an estimate, each part of which has a column in CSV. */
  isEstimate?: boolean;
  /** For readers. */
  text: (row: ExperimentSummary) => string;
}

type Value = string | number | number[] | Summary | null;

const NUMBER = { numeric: true };
const ESTIMATE = { numeric: true, isEstimate: true };

const COLUMNS: ResultColumn[] = [
  column("name", ({ name }) => name, escapeMarkdown),
  column("model", ({ model }) => model, escapeMarkdown),
  column("placement", ({ experiment }) => experiment.placement, (value) => PLACEMENT_WORDS[value]),
  column("trials", ({ seeds }) => seeds.length, String, NUMBER),
  column("seeds", ({ seeds }) => seeds, (seeds) => seeds.join(", ")),
  accuracy("test.moving", ({ test }) => test.moving),
  accuracy("test.exact", ({ test }) => test.dataset),
  accuracy("validation.moving", ({ validation }) => validation.moving),
  accuracy("validation.exact", ({ validation }) => validation.dataset),
  column("parameters", (row) => row.parameters, thousands, NUMBER),
  column("seconds", (row) => row.seconds, seconds, ESTIMATE),
];

function column<V extends Value>(
  key: string,
  value: (row: ExperimentSummary) => V,
  text: (value: V) => string,
  form: Partial<Pick<ResultColumn, "title" | "numeric" | "isEstimate">> = {},
): ResultColumn {
  return { key, title: key, ...form, value, text: (row) => text(value(row)) };
}

function accuracy(key: string, value: (row: ExperimentSummary) => Summary | null): ResultColumn {
  return column(key, value, percent, { ...ESTIMATE, title: `${key.replace(".", ", ")} (%)` });
}

/** Mean ± standard deviation [95 % interval]. */
function percent(summary: Summary | null): string {
  if (summary === null) return "–";
  const { interval } = summary;
  const bounds = interval ? ` [${interval.map((bound) => points(bound)).join(", ")}]` : "";
  return meanAndDeviation(summary) + bounds;
}

function seconds({ mean, standardDeviation: s }: Summary): string {
  return mean.toFixed(1) + (s === null ? "" : ` ± ${s.toFixed(1)}`);
}

function jsonRow(row: ExperimentSummary): Record<string, unknown> {
  const object: Record<string, unknown> = {};
  for (const column of COLUMNS) {
    const [outer, inner] = column.key.split(".");
    const value = jsonValue(column.value(row));
    if (inner === undefined) object[outer] = value;
    else object[outer] = { ...object[outer] as object, [inner]: value };
  }
  return object;
}

function jsonValue(value: Value) {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return value;
  const [mean, deviation] = numbersOf(value); // the number of trials has its own column
  return { mean, deviation, interval: value.interval };
}

/**
 * By RFC 4180: lines end in CR LF, quotes are doubled. A text that a spreadsheet would take for a
 * formula begins with an apostrophe. The numbers are those of the JSON; what there is not is empty.
 */
function csvTable(experiments: readonly ExperimentSummary[]): string {
  return stringify(experiments.map((row) => COLUMNS.flatMap((column) => csvCells(column, row))), {
    header: true,
    columns: COLUMNS.flatMap(csvTitles),
    record_delimiter: "windows",
    quoted_match: /[\r\n]/, // by itself it quotes its own line ending alone
    escape_formulas: true,
    // A number that begins with a minus sign is no formula.
    cast: { number: (value) => ({ value: String(value), escape_formulas: false }) },
  });
}

function csvTitles({ key, isEstimate }: ResultColumn): string[] {
  const title = key.replace(".", "_");
  if (!isEstimate) return [title];
  return ["mean", "deviation", "low", "high"].map((part) => `${title}_${part}`);
}

function csvCells({ value, isEstimate }: ResultColumn, row: ExperimentSummary) {
  const found = value(row);
  if (!isEstimate) return [Array.isArray(found) ? found.join(" ") : found];
  const summary = found as Summary | null;
  return [...summary ? numbersOf(summary) : [null, null], ...summary?.interval ?? [null, null]];
}

/** Mean and deviation; none where some of the trials failed. */
function numbersOf({ mean, standardDeviation, failed }: Summary): (number | null)[] {
  return failed ? [null, null] : [mean, standardDeviation];
}
