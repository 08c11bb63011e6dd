/** What a user of the package writes, for `tsc`: types hold, and options that there are not are refused. */
import { BatchNorm, createMlp, loadFashionMnist, type Placement } from "@batchnorm/from-scratch";
import { hasFusedMultiplyAdd, useKernels } from "@batchnorm/from-scratch/kernels";
import * as tf from "@tensorflow/tfjs";

const placement: Placement = "post";
const mlp = createMlp({ placement, hidden: [32] });
const layer: tf.layers.Layer = new BatchNorm({ momentum: 0.9, epsilon: 1e-5 });
mlp.add(layer);
// @ts-expect-error: misspelt
new BatchNorm({ momentun: 0.9 });
// @ts-expect-error: there is no such placement
createMlp({ placement: "before" });
// @ts-expect-error: there are no such kernels
useKernels("fast");
const fused: boolean = hasFusedMultiplyAdd();
const { train } = await loadFashionMnist({ source: "folder" });
console.log(fused, train.labels.length);
