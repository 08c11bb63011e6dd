import type { Experiment } from "../experiment.ts";
import { type Choice, choice, ownRate } from "./choice.ts";
import { CHOOSING_IMAGES } from "./rates.ts";
import { changed, reporting, type Row, TEN_THOUSAND } from "./row.ts";

const RAW: Partial<Experiment> = { ...TEN_THOUSAND, scaling: "raw" };
const STANDARDIZED: Partial<Experiment> = { ...TEN_THOUSAND, scaling: "standardized" };
const ONE_EPOCH: Partial<Experiment> = { ...TEN_THOUSAND, epochs: 1 };

/** The rate of the network without BN for each scale, and for one epoch. */
export const SCALING_CHOICES: Choice[] = [
  choice("mlp-none", [1e-7, 1e-6, 1e-5, 1e-4, 1e-3], 2, RAW),
  choice("mlp-none", [0.03, 0.1, 0.3], 2, STANDARDIZED),
  choice("mlp-none", [0.1, 0.3, 1], 2, ONE_EPOCH),
  choice("mlp-none", [0.03, 0.1, 0.3], 2, { ...STANDARDIZED, epochs: 1 }),
];

/** C1 and C2 without BN, each scale at its own rate and raw bytes at that of ÷255; C3 with BN at 0.3. */
export const inputScaling = (): Row => {
  const atOwn = (changes: Partial<Experiment>) =>
    changed("mlp-none", { ...changes, learningRate: ownRate("mlp-none", changes) });
  const usual = ownRate("mlp-none", CHOOSING_IMAGES);
  return {
    id: "C1",
    description: "raw bytes, ÷255, standardized",
    groups: [{
      experiments: [
        changed("mlp-none", { ...TEN_THOUSAND, learningRate: usual }),
        changed("mlp-none", { ...RAW, learningRate: usual }),
        ...[RAW, STANDARDIZED, ONE_EPOCH, { ...STANDARDIZED, epochs: 1 }].map(atOwn),
        ...[RAW, TEN_THOUSAND, STANDARDIZED].map((changes) => changed("mlp-pre", changes)),
      ],
      seeds: reporting(10),
    }],
  };
};
