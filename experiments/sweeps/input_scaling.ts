import type { Experiment } from "../experiment.ts";
import { atOwnRate, type Choice, choice, ownRate } from "./choice.ts";
import { CHOOSING_IMAGES } from "./rates.ts";
import { changed, reporting, type Row, TEN_THOUSAND } from "./row.ts";

/** How pixels become numbers, and how long it is trained. */
type Design = Pick<Experiment, "scaling"> & Partial<Pick<Experiment, "epochs">>;

const of = (design: Design): Partial<Experiment> => ({ ...TEN_THOUSAND, ...design });

/** The rate of the network without BN for each scale, and for one epoch. */
export const SCALING_CHOICES: Choice[] = [
  choice("mlp-none", [1e-7, 1e-6, 1e-5, 1e-4, 1e-3], 2, of({ scaling: "raw" })),
  choice("mlp-none", [0.03, 0.1, 0.3], 2, of({ scaling: "standardized" })),
  choice("mlp-none", [0.1, 0.3, 1], 2, of({ scaling: "unit", epochs: 1 })),
  choice("mlp-none", [0.03, 0.1, 0.3], 2, of({ scaling: "standardized", epochs: 1 })),
];

/** Without BN, at the design's own rate; for ÷255 and five epochs that is R's. */
export const withoutBn = (design: Design): Experiment =>
  design.scaling === "unit" && !design.epochs
    ? atOwnRate("mlp-none", TEN_THOUSAND, CHOOSING_IMAGES)
    : atOwnRate("mlp-none", of(design));

/** Without BN, raw bytes at the rate of ÷255. */
export const rawAtUnitsRate = (): Experiment =>
  changed("mlp-none", {
    ...of({ scaling: "raw" }),
    learningRate: ownRate("mlp-none", CHOOSING_IMAGES),
  });

/** With BN before the activation, at the shared rate. */
export const withBn = (scaling: Experiment["scaling"]): Experiment =>
  changed("mlp-pre", of({ scaling }));

/** C1 to C3. */
export const inputScaling: Row = {
  id: "C1",
  description: "raw bytes, ÷255, standardized",
  groups: [{
    experiments: [
      ...(["raw", "unit", "standardized"] as const).flatMap((scaling) => [
        withoutBn({ scaling }),
        withBn(scaling),
      ]),
      withoutBn({ scaling: "unit", epochs: 1 }),
      withoutBn({ scaling: "standardized", epochs: 1 }),
      rawAtUnitsRate(),
    ],
    seeds: reporting(10),
  }],
};
