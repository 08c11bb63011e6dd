import { atDepth, DEEP, DEPTHS, inMap, MAP_RATES } from "../../experiments/rows/depth.ts";
import type { Placement } from "../../experiments/rows/row.ts";
import { type Claim, compare, type Comparison, MARGIN } from "./claim.ts";
import { isDead } from "./trials.ts";
import { PLACES, WORDS } from "./words.ts";

const cells = (placement: Placement) =>
  DEPTHS.flatMap((depth) => MAP_RATES.map((rate) => inMap(placement, depth, rate)));

/** How many cells of the map are alive, seed by seed. */
const aliveCells = (place: "pre" | "post"): Comparison => {
  const [first, second] = [cells(place), cells("none")];
  return {
    ...{ subject: `BN ${WORDS[place]} − none`, asks: "more often", unit: "cells" },
    pairsIn: (trials) =>
      trials.pairs([...first, ...second], (records) => {
        const alive = records.map((record) => !isDead(record));
        const count = (cells: boolean[]) => cells.filter(Boolean).length;
        return [count(alive.slice(0, first.length)), count(alive.slice(first.length))];
      }),
  };
};

export const whereItTrains = (): Claim => ({
  id: "B3",
  question: "Of 25 cells of depth and learning rate, do more train with BN than without?",
  parts: PLACES.map((place) => ({
    title: `BN ${WORDS[place]}`,
    comparisons: [aliveCells(place)],
  })),
});

export const deepNets = (): Claim => ({
  id: "D3",
  question:
    `With ${DEEP.join(", ")} hidden layers, each at its own rate, does the MLP score more ` +
    "with BN than without?",
  quotation: {
    text: "adding it always helps when dealing with deeper layers",
    source: "assignment",
  },
  wording: "always",
  parts: PLACES.map((place) => ({
    title: `BN ${WORDS[place]}`,
    comparisons: DEEP.map((depth) =>
      compare(
        `${depth} layers, BN ${WORDS[place]} − none`,
        atDepth(place, depth),
        atDepth("none", depth),
        {
          margin: MARGIN.tenThousand,
        },
      )
    ),
  })),
});
