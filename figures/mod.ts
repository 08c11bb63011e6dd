/**
 * The figures, as plain Plotly data: one function per figure, records in, data and layout out.
 *
 * Colour says where batch normalization stands, in every figure alike, and a second sign (dash or
 * symbol) repeats it for prints in grey. The colours are Okabe and Ito's, which readers with any kind
 * of colour vision tell apart (https://jfly.uni-koeln.de/color/).
 *
 * @module
 */
export type { ColumnsOptions } from "./panels.ts";
export type { LabeledRecords } from "./styles.ts";
export type { Figure } from "./theme.ts";
export * from "./learning_curves.ts";
export * from "./training_curves.ts";
export * from "./loss_curves.ts";
export * from "./lines.ts";
export * from "./norm_axes.ts";
export * from "./test_accuracy.ts";
export * from "./speed_and_quality.ts";
export * from "./depth_map.ts";
export * from "./diagram.ts";
export * from "./epsilon.ts";
export * from "./seed_differences.ts";
export * from "./sweep.ts";
export * from "./statistics_by_steps.ts";
export type { ActivationKind } from "./activation_layers.ts";
export * from "./activation_ridges.ts";
export * from "./activation_curves.ts";
export * from "./learned_parameters.ts";
export * from "./confusion_matrix.ts";
export * from "./image_grid.ts";
export * from "./sample_images.ts";
export * from "./mistakes.ts";
export * from "./scalings.ts";
export * from "./votes.ts";
export * from "./inside.ts";
