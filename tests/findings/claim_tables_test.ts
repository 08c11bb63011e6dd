/** Claims as tables and in words. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { judgeClaims } from "../../findings/claims/claim.ts";
import { CLAIMS } from "../../findings/claims/mod.ts";
import {
  claimTable,
  claimText,
  placeTable,
  withAndWithoutTable,
} from "../../findings/claims/table.ts";
import { VERDICTS } from "../../findings/verdict.ts";
import { everything } from "./claim_records.ts";

// BN gains a point, before as after; without it nothing learns at 16 layers.
const records = everything((name, seed) =>
  name.includes("none")
    ? name.includes("depth-16") ? 0.1 : 0.87 + (seed % 3) * 0.0003
    : 0.88 + (seed % 2) * 0.0003
);
const judged = judgeClaims(CLAIMS, records);

/** The last cell of a row. */
const verdictIn = (row: string) => row.split("|").at(-2)!.trim();

Deno.test("the table has a row for each comparison, and decided claims first", () => {
  const rows = claimTable(judged).split("\n").slice(2);
  const comparisons = judged.flatMap(({ parts }) => parts.flatMap((part) => part.comparisons));
  assertEquals(rows.length, comparisons.length);
  const ranks = rows.map((row) => verdictIn(row).match(/^\*\*(.*)\*\*/)?.[1]).filter(Boolean)
    .map((verdict) => VERDICTS.findIndex((known) => known === verdict));
  assertEquals(ranks.length, judged.flatMap(({ parts }) => parts).length);
  assert(ranks.every((rank) => rank >= 0));
  assertEquals(ranks, ranks.toSorted((a, b) => a - b));
});

Deno.test("each comparison's own verdict stands in parentheses where a claim's differ, and nowhere else", () => {
  const verdicts = (id: string) => {
    const table = claimTable(judged.filter(({ claim }) => claim.id === id));
    return table.split("\n").slice(2).map(verdictIn);
  };
  assertEquals(verdicts("A1"), ["**held**", "", "**held**", ""]);
  assertEquals(verdicts("C3"), ["**equivalent**", ""]);
  assertEquals(verdicts("E3"), [
    "**held in part** (equivalent)",
    "(equivalent)",
    "(equivalent)",
    "(equivalent)",
  ]);
});

Deno.test("what is open stands with the seeds that would decide it, what is not tested with the reason", () => {
  const swaying = everything((name, seed) =>
    0.88 + (name.includes("pre") ? (seed % 4) * 0.004 - 0.004 : 0)
  ).filter(({ experiment }) => experiment.architecture === "mlp");
  const ids = ["A1", "A2b"];
  const claims = CLAIMS.filter(({ id }) => ids.includes(id));
  const rows = claimTable(judgeClaims(claims, swaying)).split("\n").slice(2);
  assertEquals(rows.map(verdictIn), [
    "**open** (open, about 31 seeds would decide)", // d has mean 0.2, s 0.51: 10.5·(0.51/0.3)²
    "(equivalent)",
    "**open** (more than 60 seeds, or not known)",
    "(more than 60 seeds, or not known)",
    "**not tested** (trials missing)",
    "(trials missing)",
    "**not tested** (trials missing)",
    "(trials missing)",
  ]);
});

Deno.test("the tables of places and of with and without hold their claims alone", () => {
  const ids = (table: string) =>
    new Set(table.split("\n").slice(2).map((row) => row.split("|")[1].trim()).filter(Boolean));
  assertEquals(ids(placeTable(judged)), new Set(["A3", "A4", "E3"]));
  assertEquals(
    ids(withAndWithoutTable(judged)),
    new Set(["A1", "A2", "A2b", "B1", "B2", "B3", "D3"]),
  );
});

Deno.test("what is shown beside a claim has a size and no verdict", () => {
  const text = claimText(judged.find(({ claim }) => claim.id === "D1")!);
  const beside = text.slice(text.indexOf("Beside it, without a verdict:"));
  assertEquals(beside.match(/^- 64 − (4|16|32|256), both at 0\.1: .* seeds\.$/gm)?.length, 4);
  assert(!/held|contradicted|equivalent|open/.test(beside));
});

Deno.test("a claim in words has its quotation, its question, each comparison and the tests behind", () => {
  const text = claimText(judged.find(({ claim }) => claim.id === "A1")!);
  assertStringIncludes(text, "### A1: BN learns faster");
  assertStringIncludes(
    text,
    "> Batch Normalization achieves the same accuracy with 14 times fewer training steps\n>\n" +
      "> (Ioffe & Szegedy 2015, arXiv:1502.03167, abstract)",
  );
  assertStringIncludes(text, "MLP: **held**.\n- BN before − none: 1.0 points");
  assertStringIncludes(text, "(sign-flip test, p 0.00098 for it");
});
