import type { TrialRecord } from "../../experiments/record.ts";
import { atDepth, DEEP, DEPTHS, inMap, MAP_RATES } from "../../experiments/sweeps/depth.ts";
import type { Placement } from "../../experiments/sweeps/row.ts";
import { type Claim, compare, compareSets, MARGIN } from "./claim.ts";
import { hasFailed } from "./trials.ts";
import { PLACES, WORDS } from "./words.ts";

const cells = (placement: Placement) =>
  DEPTHS.flatMap((depth) => MAP_RATES.map((rate) => inMap(placement, depth, rate)));

/** How many cells of the map learn. */
const learningCells = (records: readonly TrialRecord[]) =>
  records.filter((record) => !hasFailed(record)).length;

export const whereItTrains: Claim = {
  id: "B3",
  name: "BN trains where the network without it fails",
  question: "Of 25 cells of depth and learning rate, do more train with BN than without?",
  parts: PLACES.map((place) => ({
    title: `BN ${WORDS[place]}`,
    comparisons: [
      compareSets(
        `cells that learn, BN ${WORDS[place]} − none`,
        cells(place),
        cells("none"),
        learningCells,
        {
          asks: "more often",
          unit: "cells",
        },
      ),
    ],
  })),
};

export const deepNets: Claim = {
  id: "D3",
  name: "BN helps at 4, 8 and 16 layers",
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
};
