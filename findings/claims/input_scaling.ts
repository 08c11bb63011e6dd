import type { TrialRecord } from "../../experiments/record.ts";
import { INPUT_SCALINGS } from "../../experiments/sweeps/input_scaling.ts";
import { type Claim, testAccuracy } from "./claim.ts";

const afterOneEpoch = ({ epochs }: TrialRecord) => epochs[0].validation.accuracy;
const unit = { experiment: "mlp-none", words: "÷255" };
const raw = { experiment: "mlp-none-raw", words: "raw bytes" };
const standardized = { experiment: "mlp-none-standardized", words: "standardized" };

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
    {
      subject: "Test accuracy at the end",
      first: { ...unit, value: testAccuracy },
      second: { ...raw, value: testAccuracy },
      unit: "points",
    },
    {
      subject: "Validation accuracy after one epoch",
      first: { ...standardized, value: afterOneEpoch },
      second: { ...unit, value: afterOneEpoch },
      unit: "points",
    },
    {
      subject: "Test accuracy at the end",
      first: { ...standardized, value: testAccuracy },
      second: { ...unit, value: testAccuracy },
      unit: "points",
    },
  ],
};
