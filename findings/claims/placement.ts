import { afterFive, type CELLS, inCell } from "../../experiments/sweeps/placement.ts";
import { changed } from "../../experiments/sweeps/row.ts";
import { afterLong } from "../../experiments/sweeps/speed.ts";
import { type Claim, compare, compareGains, MARGIN } from "./claim.ts";

const MODELS = { MLP: ["mlp-pre", "mlp-post"], CNN: ["cnn-pre", "cnn-post"] } as const;

export const beforeOrAfter: Claim = {
  id: "A3",
  name: "before is better than after",
  question: "Does BN before the activation score more than BN after it, each at its own rate?",
  quotation: {
    text: "we add the BN transform immediately before the nonlinearity",
    source: "Ioffe & Szegedy 2015, arXiv:1502.03167, section 3.2",
  },
  parts: ([["5 epochs", afterFive], ["long", afterLong]] as const).flatMap(([length, at]) =>
    Object.entries(MODELS).map(([model, [pre, post]]) => ({
      title: `${model}, ${length}`,
      comparisons: [compare("before − after", at(pre), at(post), { margin: MARGIN.all })],
    }))
  ),
  beside: ([["CNN", "cnn-pre", "cnn-post"], ["starter MLP", "mlp256-pre", "mlp256-post"]] as const)
    .map(([model, pre, post]) =>
      compare(`${model} at the shared rate, before − after`, changed(pre), changed(post))
    ),
};

/** The cells of A4, in words. */
const cells: Record<"usual" | keyof typeof CELLS, string> = {
  usual: "ε 1e-3, ÷255",
  epsilon: "ε 1e-5, ÷255",
  scaling: "ε 1e-3, standardized",
  both: "ε 1e-5, standardized",
};
const at = (model: "mlp-pre" | "mlp-post", cell: keyof typeof cells) =>
  cell === "usual" ? afterFive(model) : inCell(model, cell);
const both = (cell: keyof typeof cells) => [at("mlp-pre", cell), at("mlp-post", cell)] as const;

export const epsilonOrScale: Claim = {
  id: "A4",
  name: "why BN before leads in the MLP",
  question:
    "Does the lead of BN before the activation in the MLP come from ε, or from the scale of the input?",
  parts: [
    {
      title: "it leads at both ε and with both scalings",
      comparisons: (Object.keys(cells) as (keyof typeof cells)[]).map((cell) =>
        compare(`before − after at ${cells[cell]}`, ...both(cell), { margin: MARGIN.all })
      ),
    },
    {
      title: "a smaller ε narrows the lead",
      comparisons: [
        compareGains("lead at ε 1e-3 − lead at ε 1e-5, ÷255", [
          ...both("usual"),
          ...both("epsilon"),
        ], MARGIN.all),
      ],
    },
    {
      title: "standardized input narrows the lead",
      comparisons: [
        compareGains("lead with ÷255 − lead with standardized input, ε 1e-3", [
          ...both("usual"),
          ...both("scaling"),
        ], MARGIN.all),
      ],
    },
  ],
};
