import { type ACTIVATIONS, withActivation } from "../../experiments/sweeps/activation.ts";
import { type Claim, compare, compareGains, type Comparison, MARGIN } from "./claim.ts";
import { hasFailed } from "./trials.ts";
import { PLACES, WORDS } from "./words.ts";

const margin = MARGIN.tenThousand;
const SATURATING = ["sigmoid", "tanh"] as const;
const stuck = {
  text:
    "batch normalization makes it possible to use saturating nonlinearities by preventing the " +
    "network from getting stuck in the saturated modes",
  source: "Ioffe & Szegedy 2015, arXiv:1502.03167, section 1",
};

/** Whether trials without BN fail more often than they learn. */
const failing = (activation: typeof SATURATING[number]): Comparison => ({
  subject: `${activation} without BN: networks that failed`,
  asks: "more often",
  unit: "trials",
  pairsIn: (trials) =>
    trials.pairs(
      [withActivation("none", activation)],
      ([record]) => [Number(hasFailed(record)), 0.5],
    ),
});

export const onlyWithBn: Claim = {
  id: "E1",
  name: "sigmoid and tanh train only with BN",
  question:
    "Can sigmoid and tanh be trained only with BN: does training without it fail, at its own " +
    "rate?",
  quotation: { ...stuck, source: `${stuck.source}; the word only is ours` },
  wording: "always",
  parts: SATURATING.map((activation) => ({
    title: activation,
    comparisons: [failing(activation)],
  })),
};

export const betterWithBn: Claim = {
  id: "E2",
  name: "sigmoid and tanh score higher with BN",
  question:
    "Does a network with a bounded activation score more with BN than without, each at its " +
    "own rate?",
  quotation: stuck,
  parts: SATURATING.map((activation) => ({
    title: activation,
    comparisons: PLACES.map((place) =>
      compare(
        `BN ${WORDS[place]} − none`,
        withActivation(place, activation),
        withActivation("none", activation),
        { margin },
      )
    ),
  })),
};

const both = (activation: typeof ACTIVATIONS[number]) =>
  [withActivation("post", activation), withActivation("pre", activation)] as const;

export const afterIfBounded: Claim = {
  id: "E3",
  name: "BN after is better for bounded activations, not for ReLU",
  question: "Is BN after the activation better for bounded activations, and the place no matter " +
    "for ReLU?",
  quotation: {
    text: "batch normalization after a bounded activation does better than before it",
    source: "Kim et al. 2023, Tanh works better with asymmetry",
    paraphrase: true,
  },
  parts: [{
    comparisons: [
      ...SATURATING.map((activation) =>
        compare(`${activation}, after − before`, ...both(activation), { margin })
      ),
      compare("ReLU, after − before", ...both("relu"), { asks: "alike", margin }),
      compareGains("lead of BN after: with sigmoid − with ReLU", [
        ...both("sigmoid"),
        ...both("relu"),
      ], margin),
    ],
  }],
};
