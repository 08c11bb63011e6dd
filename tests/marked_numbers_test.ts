/**
 * Numbers and verdicts in texts written by hand carry a mark, a comment that says where the records of
 * the reference run have them: `0.7<!-- A3/MLP, 5 epochs/1/size -->` is the size of the first comparison
 * of that part of claim A3, `_held_<!-- A3/MLP, 5 epochs -->` its verdict. Here each is held against them.
 */
import { assert, assertEquals } from "@std/assert";
import { readFolder, REFERENCE } from "../experiments/records.ts";
import { judgeClaims, type JudgedComparison } from "../findings/claims/claim.ts";
import { CLAIMS } from "../findings/claims/mod.ts";
import { notebookFiles, readNotebook } from "../notebooks/run/notebook.ts";
import { granted } from "./permissions.ts";

const MARKED = /([−\d.]+|_[^_]+_)\s*<!--\s*([^>]*?)\s*-->/g;

/** What the records of the reference run say, by the path of a mark. */
async function readFacts(): Promise<Map<string, number | string>> {
  const { records } = await readFolder(REFERENCE);
  return new Map<string, number | string>(
    judgeClaims(CLAIMS, records).flatMap(({ claim, parts }) =>
      parts.flatMap(({ title, verdict, comparisons }) => {
        const path = [claim.id, title].filter(Boolean).join("/");
        return [
          [path, verdict] as const,
          ...comparisons.flatMap((one, i) =>
            Object.entries(numbersOf(one)).map(([what, number]) =>
              [`${path}/${i + 1}/${what}`, number] as const
            )
          ),
        ];
      })
    ),
  );
}

/** Size and interval as they are shown, in points where they are accuracies. */
function numbersOf({ mean, range, unit }: JudgedComparison): Record<string, number> {
  const [size, low, high] = mean
    ? [mean.mean, ...mean.interval ?? []]
    : range
    ? [range.median, range.least, range.greatest]
    : [];
  const shown = (value: number) =>
    unit === "points"
      ? 100 * value
      : unit === "tenfolds"
      ? 10 ** value
      : unit === "log ratio"
      ? Math.exp(value)
      : value;
  return Object.fromEntries(
    Object.entries({ size, low, high }).filter(([, value]) => value !== undefined)
      .map(([what, value]) => [what, shown(value!)]),
  );
}

/** A text's numbers and words that do not say what the records do, and marks that lead nowhere. */
function faultsOf(text: string, facts: ReadonlyMap<string, number | string>): string[] {
  return [...text.matchAll(MARKED)].flatMap(([, said, path]) => {
    const fact = facts.get(path.replace(/\s+/g, " "));
    if (fact === undefined) return [`${said}: there is no ${path}`];
    const decimals = said.split(".")[1]?.length ?? 0;
    const expected = typeof fact === "string"
      ? `_${fact}_`
      : fact.toFixed(decimals).replace("-", "−").replace(/^−(0\.?0*)$/, "$1");
    return said.replace(/\s+/g, " ") === expected ? [] : [`${said} of ${path} is ${expected}`];
  });
}

Deno.test("a marked number that the records do not have is found, and so is a mark that leads nowhere", () => {
  const facts = new Map<string, number | string>([["A3/size", -0.128], ["b", "not tested"]]);
  assertEquals(faultsOf("−0.13<!-- A3/size --> and _not tested_<!-- b -->", facts), []);
  assertEquals(faultsOf("0.13<!-- A3/size -->, _held_<!-- b -->, 1<!-- c -->", facts), [
    "0.13 of A3/size is −0.13",
    "_held_ of b is _not tested_",
    "1: there is no c",
  ]);
});

Deno.test({
  name: "every marked number and verdict in the notebooks is the records'",
  ignore: !granted("read"),
  async fn() {
    const facts = await readFacts();
    const cells = await Promise.all(
      (await notebookFiles()).map(async (file) =>
        (await readNotebook(file)).cells.filter(({ cell_type }) => cell_type === "markdown")
          .map(({ source }) => [source].flat().join(""))
      ),
    );
    const texts = cells.flat();
    assert(texts.some((text) => text.match(MARKED)), "there are marks");
    assertEquals(texts.flatMap((text) => faultsOf(text, facts)), []);
  },
});
