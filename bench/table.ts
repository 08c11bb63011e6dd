/**
 * The results as one Markdown table, with what follows from it.
 *
 * @module
 */
import { markdownTable, numeric } from "../experiments/markdown.ts";
import type { Case } from "./cases.ts";
import type { Limits } from "./limits.ts";
import { geometricMean, OURS, OURS_BLAS } from "./measure.ts";
import { PYTORCH } from "./peers.ts";

/** A row: median seconds of one call by contender; undefined where it was not measured. */
export interface Row {
  case: Case;
  seconds: Record<string, number | undefined>;
  /** The same of the fastest samples. */
  fastest: Record<string, number | undefined>;
  /** Operations per second of nothing but multiply-adds, of the fastest sample in turns with these. */
  flops: number;
}

/** The table: a column for each contender, how many times as fast ours is, and what binds. */
export function table(rows: readonly Row[], contenders: readonly string[], limits: Limits): string {
  const others = contenders.filter((name) => name !== OURS && name !== OURS_BLAS);
  const versus = others.map((name) => `ours vs ${name}`);
  return markdownTable(
    ["what", "unit", ...numeric(...contenders, ...versus, "share of the limit")],
    rows.map(({ case: row, seconds, fastest, flops }) => [
      row.title,
      row.unit,
      ...contenders.map((name) => amount(row, seconds[name])),
      ...others.map((name) => times(speedUp(seconds, name))),
      ofLimit(row, fastest.ours, { ...limits, flops }),
    ]),
  );
}

/** The ratios that the table is for, one per line. */
export function findings(
  rows: readonly Row[],
  contenders: readonly string[],
  limits: Limits,
): string[] {
  const lines: string[] = [];
  const others = contenders.filter((name) => name !== OURS && name !== OURS_BLAS);
  const pytorch = Object.values(PYTORCH);
  const compare = (
    title: string,
    chosen: readonly Row[],
    names: readonly string[] = others,
    who: string = OURS,
  ) => {
    for (const name of names) {
      const ratios = chosen.map(({ seconds }) => speedUp(seconds, name, who))
        .filter((ratio) => ratio !== undefined);
      if (ratios.length === 0) continue;
      const lowest = ratios.length > 1 ? `, the lowest ${times(Math.min(...ratios))}` : "";
      lines.push(`${title}: ${times(geometricMean(ratios))} ${name}${lowest}`);
    }
  };
  const spec = (kind: string) => rows.filter((row) => row.case.spec.kind === kind);
  const shares = spec("product").map((row) =>
    shareOf(row.case, row.fastest.ours!, { ...limits, flops: row.flops }).share
  );
  if (shares.length > 0) {
    const [mean, lowest] = [geometricMean(shares), Math.min(...shares)].map(percent);
    lines.push(`Products, share of the limit: ${mean} geometric mean, the lowest ${lowest}`);
  }
  const besideBlas = [OURS, ...pytorch];
  compare("Products with a BLAS, geometric mean", spec("product"), besideBlas, OURS_BLAS);
  compare(
    "BN training",
    spec("batch-norm").filter(({ case: { spec } }) => !("textbook" in spec)),
  );
  compare(
    "matMul Aᵀ·B and A·Bᵀ, geometric mean",
    spec("product").filter(({ case: { spec } }) => "product" in spec && spec.product !== "forward"),
  );
  for (const model of ["cnn", "mlp"]) {
    const steps = spec("step").filter(({ case: { spec } }) =>
      "model" in spec && spec.model === model
    );
    compare(`${model.toUpperCase()} training steps, geometric mean`, steps);
    compare(
      `${model.toUpperCase()} training steps with a BLAS, geometric mean`,
      steps,
      besideBlas,
      OURS_BLAS,
    );
    const epochs = spec("epoch").filter(({ case: { spec } }) =>
      "model" in spec && spec.model === model
    );
    compare(`${model.toUpperCase()} epochs, geometric mean`, epochs, pytorch);
    const [half, whole] = epochs.map(({ seconds }) => seconds.ours);
    if (half && whole) {
      lines.push(`${model.toUpperCase()} epoch when the images double: ${times(whole / half)}`);
    }
  }
  return lines;
}

/** How many times as fast as another ours is. */
function speedUp(seconds: Row["seconds"], name: string, who = OURS): number | undefined {
  const [ours, other] = [seconds[who], seconds[name]];
  return ours === undefined || other === undefined ? undefined : other / ours;
}

function amount({ unit, flops, images }: Case, seconds: number | undefined): string {
  if (seconds === undefined) return "–";
  switch (unit) {
    case "ms":
      return short(seconds * 1e3);
    case "GFLOP/s":
      return short(flops / seconds / 1e9);
    case "images/s":
      return Math.round(images! / seconds).toLocaleString("en");
  }
}

/** All that one core can do. */
type Core = Limits & Pick<Row, "flops">;

function ofLimit(row: Case, seconds: number | undefined, limits: Core): string {
  if (seconds === undefined) return "–";
  const { share, of } = shareOf(row, seconds, limits);
  return `${percent(share)} ${of}`;
}

/** The time that the machine needs at least, as a share of ours, and which of its limits that is. */
function shareOf({ flops, bytes }: Case, seconds: number, limits: Core) {
  const arithmetic = flops / limits.flops;
  const memory = bytes / limits.bytes;
  return {
    share: Math.max(arithmetic, memory) / seconds,
    of: arithmetic > memory ? "FMA" : "memory",
  };
}

function percent(share: number): string {
  return `${Math.round(100 * share)} %`;
}

function times(ratio: number | undefined): string {
  return ratio === undefined ? "–" : `${short(ratio)}×`;
}

/** Three digits, and no exponent. */
function short(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
