/** The figures of the claims: where training works, and what is speed and what quality. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import {
  depthMap,
  gradientNorms,
  learningCurves,
  seedDifferences,
  speedAndQuality,
} from "../../figures/mod.ts";
import type { JudgedComparison } from "../../findings/claims/claim.ts";
import { judgeComparison } from "../../findings/verdict.ts";
import { syntheticRecord } from "../synthetic_records.ts";
import { everything } from "../findings/claim_records.ts";

interface Trace {
  type: string;
  mode?: string;
  x: number[];
  y: (number | null)[];
  z: (number | null)[][];
  showlegend?: boolean;
}

const traces = (figure: { data: unknown[] }) => figure.data as Trace[];

Deno.test("depthMap counts the trials that learn, in a panel for each placement", () => {
  // Without BN 16 layers never learn, and at a rate of 3 every second seed.
  const records = everything((name, seed) =>
    name.includes("none") &&
      (name.includes("depth-16") || (name.includes("rate-3") && seed % 2 === 0))
      ? 0.1
      : 0.85
  );
  const figure = depthMap(records);
  const [none, pre, post] = traces(figure).filter(({ type }) => type === "heatmap");
  assertEquals(none.z[4], [0, 0, 0, 0, 0]);
  assertEquals(none.z[0], [1, 1, 1, 1, 0.5]);
  for (const { z } of [pre, post]) assertEquals(z.flat(), Array(25).fill(1));
  assertStringIncludes(figure.description, "no BN: in 16 of 25 cells every trial learns");
  assertEquals(depthMap([]).data, []);
});

Deno.test("gradientNorms has lines for the trials and one for their median", () => {
  const records = everything(() => 0.85).map((record) => ({
    ...record,
    gradients: [1, 2, 3].map((layer) => ({ layer: `l${layer}`, norm: layer * (record.seed - 10) })),
  }));
  const figure = gradientNorms(records);
  assertEquals(figure.data.length, 3 * 2);
  assertEquals(traces(figure)[0].y.slice(0, 5), [1, 2, 3, null, 2]);
  const medians = traces(figure).filter(({ mode }) => mode === "lines+markers");
  assertEquals(medians[0].y, [5.5, 11, 16.5]);
  assertEquals(gradientNorms([]).data, []);
});

Deno.test("speedAndQuality draws every trial that learned and the means, and counts those that failed", () => {
  const records = everything((name, seed) => name === "mlp-none" && seed === 11 ? 0.1 : 0.88);
  const figure = speedAndQuality(records);
  assertEquals(figure.data.length, 2 * 2 * 3);
  const [trials, means] = traces(figure);
  assertEquals(trials.y.length, 10 + 11 + 10);
  assertEquals(means.y, [88, 88, 88]);
  assertStringIncludes(
    figure.description,
    "MLP, no BN: 88.00 % after 1, 88.00 % and 1 failed after 5",
  );
  assertEquals(traces(figure).filter(({ showlegend }) => showlegend).length, 3);
  assertEquals(speedAndQuality([]).data, []);
});

Deno.test("seedDifferences has a mark for each pair, an arrow where one failed, and a mean if none is", () => {
  const comparison = (second: (number | null)[]): JudgedComparison => {
    const pairs = second.map((value, i) => ({ seed: 11 + i, first: 0.9, second: value }));
    const question = { asks: "more" as const, margin: 0.003 };
    const declared = { subject: "a − b", unit: "points" as const, pairsIn: () => pairs };
    return { ...declared, ...judgeComparison(pairs, question) };
  };
  const figure = seedDifferences([
    comparison([0.89, 0.888, 0.891, 0.89, 0.889, 0.89]),
    comparison([0.89, null, 0.89, 0.89, 0.89, 0.89]),
    comparison([]),
  ]);
  const [dots, mean, others, arrow] = traces(figure);
  assertEquals(dots.x, [1, 1.2, 0.9, 1, 1.1, 1]);
  assertEquals(mean.x, [1.033]);
  assertEquals([others.x.length, figure.data.length], [5, 4]);
  // From −0.3, which is treated as no difference, to 1.2, and 8 % of that beyond.
  assertEquals(arrow.x, [1.32]);
  assertEquals(
    figure.description,
    "Differences, one mark for each seed. " +
      "a − b: 1.0 points (0.9 to 1.1), higher in 6 of 6 seeds: held. " +
      "a − b: 0 and 1 of 6 failed; the others 1.0 points in each, higher in 6 of 6 seeds: held.",
  );
  assertEquals(seedDifferences([]).data, []);
});

Deno.test("seedDifferences draws differences of logarithms as ratios, beside the line of 1", () => {
  const drawn = (unit: "log ratio" | "tenfolds", difference: number) => {
    const pairs = Array.from({ length: 6 }, (_, i) => ({ seed: i, first: difference, second: 0 }));
    const declared = { subject: "a ÷ b", unit, pairsIn: () => pairs };
    const figure = seedDifferences([
      { ...declared, ...judgeComparison(pairs, { asks: "more often" }) },
    ]);
    const { xaxis, shapes } = figure.layout;
    assertEquals(xaxis!.type, "log");
    assertEquals(shapes!.map(({ type, x0, x1 }) => [type, x0, x1]), [["line", 1, 1]]);
    return traces(figure)[0].x;
  };
  assertEquals(drawn("log ratio", Math.log(2)), Array(6).fill(2));
  assertEquals(drawn("tenfolds", -1), Array(6).fill(0.1));
});

Deno.test("learning curves have dataset statistics where a record has them after every epoch", () => {
  const record = syntheticRecord({ name: "mlp-pre", seed: 1, accuracy: 0.88 });
  const exact = record.epochs.map((epoch) => ({ ...epoch, dataset: { loss: 0.3, accuracy: 0.9 } }));
  const curve = (epochs: typeof exact) => traces(learningCurves([{ ...record, epochs }]))[0].y;
  assertEquals(curve(exact), record.epochs.map(() => 90));
  const moving = record.epochs.map(({ validation }) => 100 * validation.accuracy);
  const some = exact.with(0, {
    ...exact[0],
    dataset: null as unknown as typeof exact[0]["dataset"],
  });
  assertEquals(curve(some).map((y) => y!.toFixed(6)), moving.map((y) => y.toFixed(6)));
});
