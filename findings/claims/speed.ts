import { afterLong, afterOne } from "../../experiments/sweeps/speed.ts";
import { type Claim, compare, compareGains, MARGIN } from "./claim.ts";
import { PLACES, WORDS } from "./words.ts";

const KINDS = [["mlp", "MLP"], ["cnn", "CNN"]] as const;

/** Each place of BN against none, for one kind of model. */
const againstNone = (kind: "mlp" | "cnn", at: typeof afterOne) =>
  PLACES.map((place) =>
    compare(`BN ${WORDS[place]} − none`, at(`${kind}-${place}`), at(`${kind}-none`), {
      margin: MARGIN.all,
    })
  );

export const fasterLearning: Claim = {
  id: "A1",
  name: "BN learns faster",
  question:
    "After a whole schedule of one epoch, does a model with BN score more than one without?",
  quotation: {
    text: "Batch Normalization achieves the same accuracy with 14 times fewer training steps",
    source: "Ioffe & Szegedy 2015, arXiv:1502.03167, abstract",
  },
  parts: KINDS.map(([kind, title]) => ({ title, comparisons: againstNone(kind, afterOne) })),
};

export const finalQuality: Claim = {
  id: "A2",
  name: "BN is better after long training",
  question: "Does it still after long training, 30 epochs of the MLP and 15 of the CNN?",
  parts: KINDS.map(([kind, title]) => ({ title, comparisons: againstNone(kind, afterLong) })),
  beside: KINDS.flatMap(([kind, title]) =>
    (["test", "train"] as const).flatMap((split) =>
      PLACES.map((place) =>
        compare(
          `${title}, loss on ${split === "test" ? "test" : "training"} images, ` +
            `BN ${WORDS[place]} − none`,
          afterLong(`${kind}-${place}`),
          afterLong(`${kind}-none`),
          {
            unit: "nats",
            value: (record) => (record[split].dataset ?? record[split].moving).loss ?? undefined,
          },
        )
      )
    )
  ),
};

export const mostlySpeed: Claim = {
  id: "A2b",
  name: "BN’s gain is mostly speed",
  question: "Is the gain from BN larger after one epoch than after long training?",
  parts: KINDS.map(([kind, title]) => ({
    title,
    comparisons: PLACES.map((place) => {
      const gain = (at: typeof afterOne) => [at(`${kind}-${place}`), at(`${kind}-none`)] as const;
      return compareGains(
        `gain from BN ${WORDS[place]}, 1 epoch − long`,
        [...gain(afterOne), ...gain(afterLong)],
      );
    }),
  })),
};
