/**
 * What the records say, as tables, and in one sentence for each comparison: for notebooks and the report.
 *
 * @module
 */
export * from "./abstract.ts";
export * from "./accuracy_tables.ts";
export * from "./side_by_side.ts";
export * from "./statistics_tables.ts";
export * from "./trial_tables.ts";
