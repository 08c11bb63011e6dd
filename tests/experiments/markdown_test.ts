import { assertEquals } from "@std/assert";
import { markdownTable } from "../../experiments/markdown.ts";

/** The dashes of each column. */
function dashes(table: string): number[] {
  return table.split("\n")[1].split("|").slice(1, -1).map((cell) => cell.trim().length);
}

Deno.test("a short table has short rules, and a bar in a cell is escaped", () => {
  const columns = [{ title: "a|b" }, { title: "n", numeric: true }];
  assertEquals(
    markdownTable(columns, [["c|d", "1"]]),
    ["| a\\|b | n |", "| --- | --: |", "| c\\|d | 1 |"].join("\n"),
  );
});

Deno.test("in a long table the dashes follow the texts, since pandoc sets columns by them", () => {
  const columns = [{ title: "setting" }, { title: "value" }, { title: "why" }];
  const why = "for a reason ".repeat(10).trim();
  const [setting, value, reason] = dashes(markdownTable(columns, [["momentum", "0.99", why]]));
  assertEquals(setting, 10, "the longest word, and the spaces beside it");
  assertEquals(value, 7, "its title, since the number is shorter");
  assertEquals(reason > 60, true);
});

Deno.test("numbers are not broken, words may be", () => {
  const columns = [{ title: "interval of the mean", numeric: true }, { title: "why" }];
  const [interval] = dashes(markdownTable(columns, [["88.55 to 88.86", "word ".repeat(80)]]));
  assertEquals(interval, 16);
});

Deno.test("a table whose columns do not fit side by side has a line that says so", () => {
  // No line is long, for the long title stands above a short cell.
  const columns = [{ title: "what" }, { title: "the largest difference of all values" }];
  const table = markdownTable(columns, [["one against the other, value by value", "0"]]);
  assertEquals(table.split("\n").map(({ length }) => length > 72), [false, true, false]);
});
