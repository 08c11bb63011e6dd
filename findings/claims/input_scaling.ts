import type { TrialRecord } from "../../experiments/record.ts";
import { INPUT_SCALINGS } from "../../experiments/sweeps/input_scaling.ts";
import { type Claim, compare } from "./claim.ts";

const afterOneEpoch = ({ epochs }: TrialRecord) => epochs[0].validation.accuracy;
const UNIT: [string, string] = ["mlp-none", "÷255"];
const RAW: [string, string] = ["mlp-none-raw", "raw bytes"];
const STANDARDIZED: [string, string] = ["mlp-none-standardized", "standardized"];

/** What the scale of the input does to a network without batch normalization. */
export const inputScaling: Claim = {
  name: "input-scaling",
  statement:
    "simply dividing by 255 works, but is not always a best choice. Better approach is to " +
    "standardize our input […] and helps in faster convergence",
  source: "assignment",
  question: "Does an MLP without BN reach more with ÷255 than with raw bytes, and with " +
    "standardized input more than with ÷255, after one epoch and at the end?",
  experiments: INPUT_SCALINGS,
  contrasts: [
    compare("Test accuracy at the end", UNIT, RAW),
    compare("Validation accuracy after one epoch", STANDARDIZED, UNIT, { value: afterOneEpoch }),
    compare("Test accuracy at the end", STANDARDIZED, UNIT),
  ],
};
