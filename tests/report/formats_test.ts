import { assertEquals, assertStringIncludes } from "@std/assert";
import { type ResultSummary, summarizeExperiments } from "../../findings/summary.ts";
import { formatResults, FORMATS } from "../../report/formats.ts";
import { writeRecord } from "../../experiments/records.ts";
import { withFolder } from "../folders.ts";
import { granted } from "../permissions.ts";
import { syntheticTrials } from "../synthetic_records.ts";

/** 0.90, 0.91, 0.92: mean 0.91, deviation 1 point, half width 2.48 points. */
const records = syntheticTrials("cnn-post", [0.90, 0.91, 0.92], { exact: 0.93 });

/** A summary of the records above under other names, as a program of somebody else's may give. */
function named(name: string, model = "CNN"): ResultSummary {
  const summary = summarizeExperiments(records);
  const [experiment] = summary.experiments;
  return { ...summary, experiments: [{ ...experiment, name, model }] };
}

/** The cells of the row below the titles. */
function firstRow(csv: string): string {
  return csv.split("\r\n")[1];
}

Deno.test("JSON has one object for each experiment, and every number in full", () => {
  const [row] = JSON.parse(formatResults(summarizeExperiments(records), "json"));
  assertEquals(
    [row.name, row.model, row.placement, row.trials, row.seeds, row.parameters],
    ["cnn-post", "CNN", "post", 3, [1, 2, 3], 248_250],
  );
  const [{ test, seconds }] = summarizeExperiments(records).experiments;
  const { mean, standardDeviation: deviation, interval } = test.moving;
  assertEquals(row.test.moving, { mean, deviation, interval });
  assertEquals(row.test.exact.mean, test.dataset!.mean);
  assertEquals(row.validation.moving.mean.toFixed(4), "0.9150");
  assertEquals(row.seconds.mean, seconds.mean);
});

Deno.test("what there is not is null in JSON, empty in CSV and a dash in Markdown", () => {
  const summary = summarizeExperiments(syntheticTrials("mlp-none", [0.9]));
  const [{ test }] = JSON.parse(formatResults(summary, "json"));
  assertEquals(test, {
    moving: { mean: 0.9, deviation: null, interval: null },
    exact: null,
  });
  assertStringIncludes(formatResults(summary, "csv"), "mlp-none,MLP,none,1,1,0.9,,,,,,,,0.905,,,,");
  assertStringIncludes(
    formatResults(summary, "markdown"),
    "| mlp-none | MLP | no BN | 1 | 1 | 90.00 | – | 90.50 | – | 248,250 | 55.0 |",
  );
});

Deno.test("CSV has a line of titles and one for each experiment, with the numbers of the JSON", () => {
  const lines = formatResults(summarizeExperiments(records), "csv").split("\r\n");
  assertEquals(lines.length, 3);
  assertEquals(lines[2], "", "the last line ends too");
  const [titles, values] = lines.map((line) => line.split(","));
  assertEquals(values.length, titles.length);
  const value = (title: string) => values[titles.indexOf(title)];
  const [{ test }] = summarizeExperiments(records).experiments;
  assertEquals(Number(value("test_moving_mean")), test.moving.mean);
  assertEquals(Number(value("test_moving_high")), test.moving.interval![1]);
  assertEquals(value("seeds"), "1 2 3");
});

Deno.test("CSV quotes quotes, commas and line breaks as RFC 4180 has it", () => {
  assertStringIncludes(
    firstRow(formatResults(named('a "b", c', "MLP, wide"), "csv")),
    '"a ""b"", c","MLP, wide",post,3,',
  );
  assertStringIncludes(formatResults(named("two\nlines"), "csv"), '"two\nlines",CNN');
});

Deno.test("CSV has no text that a spreadsheet would take for a formula, and leaves numbers alone", () => {
  for (const start of ["=", "+", "-", "@"]) {
    const csv = formatResults(named(`${start}1+1`, `${start}2`), "csv");
    assertStringIncludes(firstRow(csv), `'${start}1+1,'${start}2,post`);
  }
  const wide = summarizeExperiments(syntheticTrials("cnn-post", [0.5, 0.97, 0.5]));
  assertStringIncludes(formatResults(wide, "csv"), ",-0.01");
});

Deno.test("Markdown gives accuracies in percent, as mean ± deviation and interval", () => {
  assertStringIncludes(
    formatResults(summarizeExperiments(records), "markdown"),
    "| cnn-post | CNN | BN after the activation | 3 | 1, 2, 3 | 91.00 ± 1.00 [88.52, 93.48] | " +
      "93.00 ± 0.00 | 91.50 ± 1.00 [89.02, 93.98] | 93.50 ± 0.00 | 248,250 | 55.0 ± 0.0 |\n",
  );
});

Deno.test("Markdown has no tag and no column that comes from a name", () => {
  const table = formatResults(named("<script>&", "a | b \\| c\nd"), "markdown");
  assertStringIncludes(table, "| \\<script>& | a \\| b \\\\\\| c d | BN after");
  assertEquals(table.trimEnd().split("\n").length, 3);
});

Deno.test("names with quotes and tags come through JSON as they are", () => {
  const name = '"a", | <script>';
  assertEquals(JSON.parse(formatResults(named(name), "json"))[0].name, name);
});

Deno.test("a table of no records is empty, and no error", () => {
  const [json, csv, markdown] = FORMATS.map((format) =>
    formatResults(summarizeExperiments([]), format)
  );
  assertEquals(JSON.parse(json), []);
  assertEquals(csv.split("\r\n").length, 2);
  assertEquals(markdown.trimEnd().split("\n").length, 2);
});

Deno.test({
  name: "deno task report --format prints the table alone, and writes no page",
  ignore: !granted("read", "write", "run"),
  fn: () =>
    withFolder(async (folder) => {
      for (const record of records) await writeRecord(folder, record);
      await Deno.writeTextFile(new URL("cnn-pre-1.json", folder), "{");
      const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
        args: ["task", "report", "--records", decodeURIComponent(folder.pathname)].concat(
          ["--format", "json"],
        ),
        cwd: new URL("../../", import.meta.url),
        env: { NO_COLOR: "1" },
      }).output();
      const [out, log] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
      assertEquals(success, true, log);
      assertEquals(out, formatResults(summarizeExperiments(records), "json"));
      assertStringIncludes(log, "Passed over: ");
    }),
});
