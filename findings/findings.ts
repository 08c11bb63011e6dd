/**
 * What the records say, as tables, and in one sentence for each comparison. Notebooks, the report and
 * the commands print what stands here.
 *
 * @module
 */
export * from "./abstract.ts";
export * from "./accuracy_tables.ts";
export * from "./claims/sweep_tables.ts";
export * from "./claims/tables.ts";
export * from "./placement_tables.ts";
export * from "./time_table.ts";
export * from "./trial_tables.ts";
