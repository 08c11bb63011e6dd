export { matMul, matMulScratch } from "./mat_mul";
export {
  conv2d, conv2dBackpropFilter, conv2dBackpropInput, convolutionScratch, setConvolution,
} from "./conv2d";
export { maxPoolGrad } from "./max_pool";
export {
  batchNormPrediction, batchNormScratch, batchNormTraining, batchNormTrainingGrad,
} from "./batch_norm";
export { relu, reluGrad } from "./relu";
export { sumRows } from "./reduce";
export { channelSums, channelSumsScratch } from "./channel_sums";
