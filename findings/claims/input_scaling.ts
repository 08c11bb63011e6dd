import { rawAtUnitsRate, withBn, withoutBn } from "../../experiments/sweeps/input_scaling.ts";
import { type Claim, compare, MARGIN } from "./claim.ts";

const margin = MARGIN.tenThousand;
const DIVIDING = "simply dividing by 255 works, but is not always a best choice";
const STANDARDIZING =
  "Better approach is to standardize our input […] and helps in faster convergence";

export const rawBytes: Claim = {
  id: "C1",
  name: "raw bytes hurt",
  question: "Without BN, does ÷255 score more than raw bytes, each at its own rate?",
  quotation: { text: DIVIDING, source: "assignment" },
  parts: [{
    comparisons: [
      compare("÷255 − raw", withoutBn({ scaling: "unit" }), withoutBn({ scaling: "raw" }), {
        margin,
      }),
    ],
  }],
  beside: [
    compare(
      "÷255 − raw, both at the rate of ÷255",
      withoutBn({ scaling: "unit" }),
      rawAtUnitsRate(),
    ),
  ],
};

export const standardizing: Claim = {
  id: "C2",
  name: "standardizing helps",
  question: "Without BN, does standardized input score more than ÷255, each at its own rate?",
  quotation: { text: STANDARDIZING, source: "assignment" },
  parts: ([["after 1 epoch", { epochs: 1 }], ["after 5 epochs", {}]] as const).map(
    ([title, length]) => ({
      title,
      comparisons: [
        compare(
          "standardized − ÷255",
          withoutBn({ scaling: "standardized", ...length }),
          withoutBn({ scaling: "unit", ...length }),
          { margin },
        ),
      ],
    }),
  ),
};

export const forgiven: Claim = {
  id: "C3",
  name: "with BN the scale does not matter",
  question: "With BN before the activation, is the scale of the input no matter?",
  parts: [{
    comparisons: (["raw", "standardized"] as const).map((scaling) =>
      compare(`${scaling} − ÷255`, withBn(scaling), withBn("unit"), { asks: "alike", margin })
    ),
  }],
};
