export * from "./bn/batch_norm.ts";
export * from "./bn/batch_norm_layer.ts";
export * from "./bn/dataset_statistics.ts";
export * from "./models/mlp.ts";
export * from "./models/cnn.ts";
