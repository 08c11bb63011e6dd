/** The table on top of README and page: its cells and sentences say no more than the verdicts. */
import { assert, assertAlmostEquals, assertEquals, assertMatch } from "@std/assert";
import { bitsOf } from "../../experiments/right_bits.ts";
import { headline } from "../../findings/claims/headline.ts";
import { otherImages } from "../../findings/claims/other_images.ts";
import { everything } from "./claim_records.ts";

/** Accuracies in which BN is ahead by what is given, with a little noise of the seeds. */
const ahead = (pre: number, post: number) =>
  everything((name, seed) =>
    0.88 + (seed % 3 - 1) * 0.0005 * (name.includes("pre") ? 1 : 2) +
    (name.includes("pre") ? pre : name.includes("post") ? post : 0)
  );

Deno.test("without trials the headline has dashes, and no sentence", () => {
  const { table, sentences } = headline([]);
  assertEquals(table.match(/^\| (MLP|CNN), .*– +\|$/gm)?.length, 6);
  assertEquals(sentences, []);
});

Deno.test("a difference that is shown is bold, one that is too small to matter has ≈", () => {
  const { table, sentences } = headline(ahead(0.012, 0.012));
  const row = table.split("\n").find((line) => line.includes("MLP, 5 epochs"))!;
  const [, , none, before, , gain, , order] = row.split("|").map((cell) => cell.trim());
  assertEquals([none, before], ["88.00", "89.20"]);
  assertMatch(gain, /^\*\*\+1\.2\*\* \[1\.\d, 1\.\d\]$/);
  assertMatch(order, /^≈ 0\.0 \[/);
  assertMatch(
    sentences[0],
    /^\*\*Speed\.\*\* After one epoch, BN before the activation is 1\.2 points ahead of no BN \(.*; shown\) for the MLP and /,
  );
  assertMatch(
    sentences[1],
    /^\*\*Quality after long training\.\*\* After 30 epochs of the MLP and 15 /,
  );
  assertMatch(sentences[2], /; equivalent\) for the MLP/);
});

Deno.test("what is behind is said to be behind", () => {
  const { sentences } = headline(ahead(-0.012, 0));
  assertMatch(sentences[0], /before the activation is 1\.2 points behind no BN \(.*; shown\)/);
});

Deno.test("no mean stands where a trial failed", () => {
  const records = everything((name, seed) => name === "mlp-none" && seed === 11 ? 0.1 : 0.88);
  const row = headline(records).table.split("\n").find((line) => line.includes("MLP, 5 epochs"))!;
  assertMatch(row, /\| +1 of 12 failed \|/);
  assertMatch(row, /higher in 1 of 12/);
});

const bits = (wrong: (image: number) => boolean, images = 10_000) =>
  bitsOf(Array.from({ length: images }, (_, image) => !wrong(image)));

Deno.test("on other images models that are right on the same ones differ by nothing, and others by all", () => {
  const [all, none] = [bits(() => false, 80), bits(() => true, 80)];
  assertEquals(otherImages([[all, all], [none, none]], 80), [0, 0]);
  assertEquals(otherImages([[all, none], [all, none]], 80), [1, 1]);
});

Deno.test("where seeds agree, the interval is that of the images: ±1.96·√(variance/N)", () => {
  // Of 10,000 images the first alone has 600 right, the second alone 500.
  const pair = [bits((i) => i < 500), bits((i) => i >= 9_400)] as const;
  const [low, high] = otherImages([pair, pair, pair], 10_000);
  assertAlmostEquals((low + high) / 2, 0.01, 0.001);
  const half = 1.96 * Math.sqrt((0.11 - 0.01 ** 2) / 10_000);
  assertAlmostEquals((high - low) / 2, half, 0.1 * half);
});

Deno.test("seeds that disagree widen it", () => {
  const better = [bits((i) => i < 500), bits((i) => i < 700)] as const;
  const worse = [better[1], better[0]] as const;
  const [low, high] = otherImages([better, worse, better, worse], 10_000);
  assert(low < -0.01 && high > 0.01, `${low} to ${high}`);
});

Deno.test("the line about other images is there where records say which images are right", () => {
  const right = bits((i) => i < 1_200);
  const records = everything(() => 0.88).map((record) => ({ ...record, right }));
  const { notes } = headline(records);
  assertMatch(
    notes.at(-1)!,
    /If we allow for other test images too, they widen to at most ±0\.0 points/,
  );
});
