import type { Experiment } from "../experiment.ts";
import { sweepOf } from "./sweep.ts";

/** Raw bytes, ÷255 and standardized images, without BN and with it before the activation. */
export const INPUT_SCALINGS: Experiment[] = (["none", "pre"] as const).flatMap((placement) => [
  sweepOf(placement, { scaling: "raw" }, "raw"),
  sweepOf(placement),
  sweepOf(placement, { scaling: "standardized" }, "standardized"),
]);
