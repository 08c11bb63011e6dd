/**
 * The result table for other programs: one row for each experiment, as JSON, CSV or Markdown.
 *
 * Pure functions from a summary to a text.
 *
 * @module
 */
import { stringify } from "csv-stringify/sync";
import { escapeMarkdown } from "../experiments/escape.ts";
import { type Column, markdownTable } from "../experiments/markdown.ts";
import type { Summary } from "../findings/statistics.ts";
import { meanAndDeviation, points } from "../findings/words.ts";
import type { ByStatistics, ExperimentSummary, ResultSummary } from "../findings/summary.ts";
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
  markdown: (experiments) => markdownTable(COLUMNS, experiments.map(markdownRow)) + "\n",
};

/** Numbers in full: accuracies as fractions, times in seconds. */
function jsonRow({ name, model, experiment, seeds, parameters, ...rest }: ExperimentSummary) {
  const { test, validation, seconds } = rest;
  return {
    name,
    model,
    placement: experiment.placement,
    trials: seeds.length,
    seeds,
    test: exactAndMoving(test),
    validation: exactAndMoving(validation),
    parameters,
    seconds: estimate(seconds),
  };
}

function exactAndMoving({ moving, dataset }: ByStatistics) {
  return { moving: estimate(moving), exact: dataset && estimate(dataset) };
}

function estimate({ mean, deviation, interval }: Summary) {
  return { mean, deviation, interval };
}

/**
 * By RFC 4180: lines end in CR LF, quotes are doubled. A text that a spreadsheet would take for a
 * formula begins with an apostrophe. The numbers are those of the JSON; what there is not is empty.
 */
function csvTable(experiments: readonly ExperimentSummary[]): string {
  return stringify(experiments.map(csvRow), {
    header: true,
    columns: CSV_COLUMNS,
    record_delimiter: "windows",
    quoted_match: /[\r\n]/, // by itself it quotes its own line ending alone
    escape_formulas: true,
    // A number that begins with a minus sign is no formula.
    cast: { number: (value) => ({ value: String(value), escape_formulas: false }) },
  });
}

const ESTIMATES = ["test_moving", "test_exact", "validation_moving", "validation_exact"] as const;
const PARTS = ["mean", "deviation", "low", "high"];
const columnsOf = (estimate: string) => PARTS.map((part) => `${estimate}_${part}`);

const CSV_COLUMNS = [
  ...["name", "model", "placement", "trials", "seeds"],
  ...ESTIMATES.flatMap(columnsOf),
  "parameters",
  ...columnsOf("seconds"),
];

function csvRow(summary: ExperimentSummary): (string | number | null)[] {
  const { name, model, experiment, seeds, test, validation, parameters, seconds } = summary;
  return [
    ...[name, model, experiment.placement, seeds.length, seeds.join(" ")],
    ...[test.moving, test.dataset, validation.moving, validation.dataset].flatMap(csvEstimate),
    parameters,
    ...csvEstimate(seconds),
  ];
}

function csvEstimate(summary: Summary | null): (number | null)[] {
  return [
    summary?.mean ?? null,
    summary?.deviation ?? null,
    summary?.interval?.[0] ?? null,
    summary?.interval?.[1] ?? null,
  ];
}

const COLUMNS: Column[] = [
  { title: "name" },
  { title: "model" },
  { title: "placement" },
  { title: "trials", numeric: true },
  { title: "seeds" },
  ...["test, moving", "test, exact", "validation, moving", "validation, exact"].map((what) => ({
    title: `${what} (%)`,
    numeric: true,
  })),
  { title: "parameters", numeric: true },
  { title: "seconds", numeric: true },
];

/** For readers: accuracies in percent, each as mean ± deviation [95 % interval]. */
function markdownRow(summary: ExperimentSummary): string[] {
  const { name, model, experiment, seeds, test, validation, parameters, seconds } = summary;
  return [
    escapeMarkdown(name),
    escapeMarkdown(model),
    PLACEMENT_WORDS[experiment.placement],
    String(seeds.length),
    seeds.join(", "),
    ...[test.moving, test.dataset, validation.moving, validation.dataset].map(percent),
    parameters.toLocaleString("en-US"),
    seconds.mean.toFixed(1) +
    (seconds.deviation === null ? "" : ` ± ${seconds.deviation.toFixed(1)}`),
  ];
}

function percent(summary: Summary | null): string {
  if (summary === null) return "–";
  const { interval } = summary;
  const bounds = interval ? ` [${interval.map((bound) => points(bound)).join(", ")}]` : "";
  return meanAndDeviation(summary) + bounds;
}
