/**
 * The figures, as plain Plotly data: one function per figure, records in, data and layout out.
 *
 * Colour says where batch normalization stands, in every figure alike, and a second sign (dash or
 * symbol) repeats it for prints in grey. The colours are Okabe and Ito's, which readers with any kind
 * of colour vision tell apart (https://jfly.uni-koeln.de/color/).
 *
 * @module
 */
export type { Figure, LabeledRecords } from "./figures/theme.ts";
export * from "./figures/curves.ts";
export * from "./figures/test_accuracy.ts";
export * from "./figures/sweep.ts";
export * from "./figures/batch_statistics.ts";
export * from "./figures/activations.ts";
export * from "./figures/learned_parameters.ts";
export * from "./figures/confusion_matrix.ts";
export * from "./figures/paired_differences.ts";
export * from "./figures/images.ts";
export * from "./figures/scalings.ts";
export * from "./figures/claims.ts";
export * from "./figures/votes.ts";
export * from "./figures/inside.ts";
