import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { createHash } from "node:crypto";
import { FASHION_MNIST } from "../../data/dataset_name.ts";
import { type Preset, PRESETS } from "../../experiments/presets.ts";
import type { TrialRecord } from "../../experiments/record.ts";
import { writeRecord } from "../../experiments/records.ts";
import { buildReport } from "../../report/build.ts";
import { type Figure, learningCurves, testAccuracy } from "../../figures/mod.ts";
import { type PageContent, renderPage } from "../../report/page.tsx";
import { granted } from "../permissions.ts";
import { syntheticRecord, syntheticResults, syntheticTrials } from "../synthetic_records.ts";

/** The page without what never changes: styles, Plotly and the code that draws. */
async function render(records: TrialRecord[], rest: Partial<PageContent> = {}): Promise<string> {
  return (await renderPage({ records, pictures: false, ...rest }))
    .replaceAll(/<(style|script)\b.*?<\/\1>/gs, "")
    .replaceAll("&lt;", "<").replaceAll("&amp;", "&");
}

/** The numbers of a figure's traces that are drawn, of x or of y. */
function values(figure: Figure, axis: "x" | "y"): unknown[] {
  return figure.data.flatMap((trace) => (trace as { x: unknown[]; y: unknown[] })[axis]);
}

Deno.test("the page says that there are no records, where it looked, and how to get some", async () => {
  const page = await render([], {
    folder: new URL("file:///results/quick/"),
    preset: PRESETS.quick,
  });
  assertStringIncludes(page, "no records of trials in /results/quick/");
  assertStringIncludes(page, "<code>deno task report</code> runs trials");
  assert(!page.includes("<figure>"));
});

/** What the page says of trials with these accuracies before the activation, and 88 % after it. */
async function saidOf(pre: readonly number[]): Promise<string> {
  const page = await render([
    ...syntheticTrials("mlp-pre", pre),
    ...syntheticTrials("mlp-post", pre.map(() => 0.88)),
  ]);
  return page.replaceAll(/<[^>]*>/g, "");
}

Deno.test("the page says of pre and post what their records show, and not more", async () => {
  const ahead = [0.892, 0.893, 0.894, 0.892, 0.893, 0.894];
  const expected: [pre: number[], said: string][] = [
    [ahead, "1.3 points (1.2 to 1.4), higher in 6 of 6 seeds: held."],
    [
      ahead.map((x) => 1.76 - x),
      "−1.3 points (−1.4 to −1.2), lower in 6 of 6 seeds: contradicted.",
    ],
    [
      ahead.map((x) => x - 0.012),
      "0.1 points (0.0 to 0.2), within the ±0.3 points that we treat as no difference: equivalent.",
    ],
    [
      [0.87, 0.89, 0.875, 0.885, 0.87, 0.891],
      "0.0 points (−1.0 to 1.0), higher in 3 and lower in 3 of 6 seeds: open. Deciding it would take " +
      "more than 60 seeds, or a number that we cannot estimate.",
    ],
    [
      ahead.with(0, 0.1),
      "1 and 0 of 6 failed; the others median 1.3 points (1.2 to 1.4), higher in 5 and",
    ],
  ];
  for (const [pre, said] of expected) {
    assertStringIncludes(await saidOf(pre), `MLP, before − after: ${said}`);
  }
});

Deno.test("of three trials and of two the page gives the size, and no verdict", async () => {
  for (const pre of [[0.892, 0.893, 0.894], [0.892, 0.893]]) {
    const page = await saidOf(pre);
    const n = pre.length;
    assertMatch(
      page,
      new RegExp(
        `before − after: 1\\.3 points \\(.*\\), higher in ${n} and lower in 0 of ${n} seeds\\.`,
      ),
    );
    assertStringIncludes(page, `${n} of ${n} seedsopen: fewer than 6 pairs`); // cells of the table
    assert(!/seeds: (held|contradicted|equivalent|open)/.test(page.split("The same weights")[0]));
  }
});

Deno.test("the page shows mean ± sample deviation and the interval of every experiment", async () => {
  // 0.90, 0.91, 0.92: deviation 1 point, half width 2.48 points
  const page = await render(syntheticTrials("cnn-post", [0.90, 0.91, 0.92]));
  assertStringIncludes(page, "91.00 ± 1.00<small>88.52 to 93.48</small>");
  assertStringIncludes(page, "CNN, BN after the activation");
});

Deno.test("a single trial is shown without deviation and interval", async () => {
  const page = await render(syntheticTrials("cnn-post", [0.9]));
  assertStringIncludes(page, ">90.00</td>");
  assert(!page.includes("90.00 ±"));
  assert(!page.includes('id="differences"'), "there is nothing to compare");
});

Deno.test("three of the four models are shown, and the missing one's trials are named", async () => {
  const records = ["mlp-pre", "mlp-post", "cnn-pre"].flatMap((name) =>
    syntheticTrials(name, [0.9, 0.91, 0.92])
  );
  const page = await render(records, { preset: PRESETS.assignment });
  assertStringIncludes(page, "cnn-post: no trial with seeds 1, 2, 3 of preset assignment.");
  assert(!page.includes("mlp-pre: no trial"));
});

Deno.test("damaged files and warnings stand on the page", async () => {
  const record = syntheticRecord({ name: "mlp-pre", seed: 2, accuracy: 0.9 });
  const page = await render(
    [...syntheticTrials("mlp-pre", [0.9]), { ...record, version: "0.2.0" }],
    {
      damaged: ["/results/mlp-pre-3.json is not JSON; it may have been cut short."],
    },
  );
  assertStringIncludes(page, "/results/mlp-pre-3.json is not JSON");
  assertStringIncludes(page, "mlp-pre: its trials differ in version (0.1.0 and 0.2.0)");
});

Deno.test("texts of records and of the command line are escaped, in the page and in its figures", async () => {
  const nasty = '<script>alert("&")</script>';
  const [first, second] = syntheticTrials("mlp-pre", [0.9, 0.9]);
  const records = [{ ...first, version: nasty, data: { ...first.data, name: nasty } }, second];
  const page = await renderPage({ command: nasty, damaged: [nasty], records });
  assert(!page.includes("<script>alert"));
  assertStringIncludes(page, "<code>&lt;script>alert(");
  // Plotly reads tags in its texts.
  const [{ text }] = learningCurves(records).layout.annotations!;
  assertStringIncludes(text!, "version &lt;script>");
});

Deno.test("nothing in a record is markup: no link, tag, equation, emphasis or table of its own", async () => {
  const texts = [
    "[fashion](javascript:alert(1))",
    "[fashion](https://example.org)",
    "![fashion](data:,x)",
    "<javascript:alert(1)>",
    "https://example.org and www.example.org, a@example.org",
    "$\\foo$ and $$\\href{javascript:alert(1)}{x}$$",
    '<a href="javascript:alert(1)">fashion</a>',
    "*a* _b_ **c** `d` ~~e~~ &lt; \\[f\\]",
    "a | b",
    "{a} [b][c] [d]{.e}",
  ];
  const plain = await renderPage({ records: syntheticTrials("mlp-pre", [0.9, 0.91, 0.92]) });
  for (const name of texts) {
    const data = { name, checksum: "ab".repeat(32) };
    const records = syntheticTrials("mlp-pre", [0.9, 0.91, 0.92], { record: { data } });
    records[0].environment.cpu = records[0].environment.os = name;
    const page = await renderPage({ records, pictures: false });
    const shown = name.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
    const sentence = page.match(/on the data (.*?), with 5 epochs/)![1];
    assertEquals(
      sentence.replaceAll("&gt;", ">").replaceAll("&quot;", '"'),
      shown,
    );
    assertEquals(links(page), links(plain), name);
    assert(!page.includes("katex-error"), name);
  }
});

/** The addresses that a page leads to. */
function links(page: string): string[] {
  return [...page.matchAll(/<a href="([^"]*)"/g)].map(([, href]) => href);
}

Deno.test("the texts of the page lead to https: addresses and within the page, and all equations are some", async () => {
  const page = await renderPage({ records: syntheticResults(), pictures: false });
  assert(links(page).length > 10);
  for (const href of links(page)) assertMatch(href, /^(https:|#)/);
  assert(!page.includes("katex-error"));
});

Deno.test("no label of a figure is markup, whatever the records' texts are", async () => {
  // A version stands in the labels of models where others differ in it.
  const version = '<a href="javascript:alert(1)">"x"</a>';
  const records = ["mlp-pre", "mlp-post", "cnn-pre", "cnn-post"].flatMap((name) => [
    ...syntheticTrials(name, [0.9, 0.91, 0.92]),
    ...syntheticTrials(name, [0.9, 0.91, 0.92], { record: { version } }),
  ]);
  const page = await renderPage({ records, pictures: false });
  const figures = [...page.matchAll(/<script type="application\/json">(.*?)<\/script>/gs)];
  assert(figures.length > 5);
  const json = figures.map(([, json]) => json).join();
  assertStringIncludes(json, "version &lt;a href=&#34;javascript");
  assert(!json.includes("\\u003ca href"));
});

Deno.test("the page runs the scripts that it was made with, and no other", async () => {
  const page = await renderPage({ records: syntheticResults(), pictures: false });
  const [, policy] = page.match(/Content-Security-Policy" content="([^"]*)"/)!;
  const sources = policy.match(/script-src ([^;]*)/)![1].replaceAll("&#39;", "'").split(" ");
  const scripts = [...page.matchAll(/<script>(.*?)<\/script>/gs)].map(([, code]) => code);
  const hashes = scripts.map((code) =>
    `'sha256-${createHash("sha256").update(code).digest("base64")}'`
  );
  assertEquals(sources, hashes);
  assertEquals(hashes.length, 2);
  assertStringIncludes(await render([]), "script-src 'none'");
});

Deno.test("data are one where their checksum is, whatever their folders were called", async () => {
  const [first, second, third] = syntheticTrials("mlp-pre", [0.9, 0.91, 0.92]);
  const known = await render(
    [second, first, third].map((record, i) => ({
      ...record,
      data: { name: ["raw", "fashion-mnist", "data"][i], checksum: FASHION_MNIST },
    })),
  );
  assertStringIncludes(known, "on the data fashion-mnist, with");
  assertStringIncludes(known, "<dt>Data</dt><dd>fashion-mnist</dd>");
  assert(!known.includes("differ in data"));

  const other = (name: string) => ({ name, checksum: "ab".repeat(32) });
  const unknown = await render([
    { ...first, data: other("mnist") },
    { ...second, data: other("raw") },
    { ...third, data: other("fashion-mnist") },
  ]);
  assertStringIncludes(unknown, "on the data mnist, with");
  assert(!unknown.includes("differ in data"));
});

Deno.test("a name in any script, with any signs, stands in the head as it was given", async () => {
  const author = "שרה <b>& Söhne</b>";
  const page = await renderPage({ records: [], title: { author, id: "17", course: "A&B" } });
  assertStringIncludes(page, "<bdi>שרה &lt;b>&amp; Söhne&lt;/b></bdi>");
  assertStringIncludes(page, "<bdi>A&amp;B</bdi>");
  assertStringIncludes(page, '<dt>Date</dt><dd><span class="blank">to be filled in</span></dd>');
});

Deno.test("what does not belong together is shown apart, said to be, and not compared", async () => {
  const pre = syntheticTrials("mlp-pre", [0.9, 0.91, 0.92]);
  const post = syntheticTrials("mlp-post", [0.8, 0.81, 0.82]);
  const mnist = { name: "mnist", checksum: "ab".repeat(32) };
  const others = {
    data: post.map((record) => ({ ...record, data: mnist })),
    version: post.map((record) => ({ ...record, version: "0.2.0" })),
    epochs: syntheticTrials("mlp-post", [0.8, 0.81, 0.82], { experiment: { epochs: 1 } }),
  };
  for (const [what, records] of Object.entries(others)) {
    const page = await render([...pre, ...records]);
    assert(!page.includes('id="differences"') && !page.includes("before − after"), what);
  }
  const mixed = await render([...pre, ...pre.map((record) => ({ ...record, data: mnist }))]);
  assertStringIncludes(mixed, "mlp-pre: its trials differ in data");
  assertStringIncludes(mixed, "they are shown apart and not averaged");
});

Deno.test("no page says NaN, undefined or null, whatever its records lack", async () => {
  const diverged = syntheticTrials("mlp-pre", [0.1, 0.1, 0.1], {
    experiment: { epochs: 1 },
    record: { diverged: 7, batchNorm: [] },
  });
  for (const record of diverged) record.test.moving.loss = null;
  const odd: Record<string, TrialRecord[]> = {
    one: syntheticTrials("cnn-post", [0.9]),
    equal: [...syntheticTrials("mlp-pre", [0.9, 0.9, 0.9]), ...syntheticTrials("mlp-post", [0.9])],
    noBN: syntheticTrials("mlp-none", [0.9, 0.91]),
    diverged,
    copied: [...syntheticTrials("mlp-pre", [0.9, 0.91]), ...syntheticTrials("mlp-pre", [0.9])],
  };
  for (const [name, records] of Object.entries(odd)) {
    const [said] = (await render(records)).match(/.{0,80}\b(NaN|undefined|null|Infinity)\b/) ?? [];
    assertEquals(said, undefined, name);
  }
});

Deno.test("the abstract compares before with after, and leaves the rest to the sections", async () => {
  const page = await render(syntheticResults());
  const abstract = page.slice(page.indexOf('id="abstract"'), page.indexOf('aria-label="Contents"'));
  assertEquals(abstract.match(/(MLP|CNN), before − after: /g)?.length, 2);
  assert(!abstract.includes("− none"));
});

Deno.test("models of the assignment that have no trials are named, preset or not", async () => {
  const page = await render(syntheticTrials("mlp-pre", [0.9, 0.91, 0.92]));
  assertStringIncludes(page, "cnn-post: no trial, and the assignment asks for its four models.");
});

Deno.test("experiments on different data are said to be, since they are not compared", async () => {
  const data = { name: "mnist", checksum: "ab".repeat(32) };
  const page = await render([
    ...syntheticTrials("mlp-pre", [0.9, 0.91, 0.92]),
    ...syntheticTrials("mlp-post", [0.9, 0.91, 0.92], { record: { data } }),
  ]);
  assertStringIncludes(
    page,
    "The trials differ in data (fashion-mnist 0123456789ab and mnist abab",
  );
});

Deno.test("classes of other data than Fashion-MNIST have numbers and no names", async () => {
  for (const name of ["kmnist", "fashion-mnist"]) {
    const data = { name, checksum: "ab".repeat(32) };
    const page = await render(syntheticTrials("cnn-pre", [0.9, 0.91, 0.92], { record: { data } }));
    assertStringIncludes(page, "class 0 taken for class 1");
    assert(!page.includes("Trouser"));
  }
});

Deno.test("a loss that is null is printed as not finite", async () => {
  const record = syntheticRecord({ name: "mlp-none", seed: 1, accuracy: 0.1 });
  record.test.moving.loss = null;
  assertStringIncludes(await render([record]), ">not finite</td>");
});

Deno.test("the page explains moving statistics that score far below those of the dataset", async () => {
  assertStringIncludes(
    await render(syntheticTrials("mlp-pre", [0.6, 0.61, 0.62], { exact: 0.75 })),
    "Where the moving average scores more than a point lower than dataset statistics.",
  );
  assert(!(await render(syntheticResults())).includes("Where the moving average scores more"));
});

Deno.test("every hyperparameter is shown, with its reason where it has the default value", async () => {
  const page = await render(syntheticResults({ experiment: { epochs: 1 } }));
  for (const name of ["batch size", "learning rate", "momentum", "epsilon", "hidden", "filters"]) {
    assertMatch(page, new RegExp(`<th scope="(row|col)">${name}</th>`));
  }
  assertStringIncludes(
    page,
    "<td>64</td><td>As in the starter CNN; the assignment recommends 50 to 100",
  );
  assertStringIncludes(page, "Chosen for these experiments; the default is 5.");
});

Deno.test("the page asks for nothing beyond itself", async () => {
  const page = await render(syntheticResults());
  assert(!/\b(src|href)="(?!data:|#)/.test(page));
  assertStringIncludes(page, "default-src 'none'");
});

Deno.test("learningCurves draws every trial and both means, one panel for each model", () => {
  const { data, layout } = learningCurves(syntheticResults());
  // six experiments: the trials, the mean of validation and of training; the legend's dash
  assertEquals(data.length, 6 * (1 + 2) + 1);
  const { x } = data[0] as { x: (number | null)[] };
  assertEquals(x.filter((epoch) => epoch === null).length, 2); // gaps between three trials
  assertEquals(layout.annotations!.map(({ text }) => text), ["<b>MLP</b>", "<b>CNN</b>"]);
  assertEquals(new Set(data.map((trace) => (trace as { xaxis?: string }).xaxis ?? "x")).size, 2);
});

Deno.test("learningCurves shows markers where there is one epoch, since a line needs two", () => {
  const { data } = learningCurves(syntheticTrials("mlp-pre", [0.8], { experiment: { epochs: 1 } }));
  for (const trace of data) assertMatch((trace as { mode: string }).mode, /markers/);
});

Deno.test("learningCurves has the same data in one column and in two", () => {
  const records = syntheticResults();
  assertEquals(learningCurves(records, { columns: 1 }).data, learningCurves(records).data);
});

Deno.test("testAccuracy shows means, intervals and trials in percent", () => {
  const figure = testAccuracy(syntheticTrials("mlp-none", [0.90, 0.91, 0.92]));
  const [mean] = figure.data as { error_x: { array: number[] } }[];
  assertEquals(values(figure, "x").slice(0, 4).map((x) => (x as number).toFixed(6)), [
    "91.000000",
    "90.000000",
    "91.000000",
    "92.000000",
  ]);
  assertEquals(mean.error_x.array[0].toFixed(4), "2.4841");
});

Deno.test("the text alternatives of figures state their numbers", () => {
  const records = syntheticTrials("cnn-pre", [0.90, 0.91, 0.92], { exact: 0.93 });
  assertStringIncludes(
    testAccuracy(records).description,
    "CNN, BN before the activation: mean 91.00 % (95 % interval 88.52 to 93.48) with the moving " +
      "average, mean 93.00 % with dataset statistics.",
  );
  assertStringIncludes(
    learningCurves(records).description,
    "CNN, BN before the activation 91.50 %",
  );
});

Deno.test("figures of no records are empty, not an error", () => {
  assertEquals([...learningCurves([]).data, ...testAccuracy([]).data], []);
});

Deno.test({
  name: "buildReport writes one page from a folder and reports the files that it passed over",
  ignore: !granted("read", "write"),
  async fn() {
    const folder = new URL(`../tmp/report-${crypto.randomUUID()}/`, import.meta.url);
    const out = new URL("out/index.html", folder);
    const records = syntheticResults();
    try {
      for (const record of records) await writeRecord(folder, record);
      await Deno.writeTextFile(new URL("cnn-pre-4.json", folder), "{");
      const preset: Preset = { ...PRESETS.assignment, trials: 4 };

      const { page, damaged } = await buildReport({ folder, out, preset });

      assertEquals(page.href, out.href);
      assertEquals(damaged.length, 1, "every synthetic record is valid, the cut file is not");
      const html = await Deno.readTextFile(out);
      assertStringIncludes(html, "cnn-pre-4.json is not JSON");
      assertStringIncludes(html, "mlp-post: no trial with seed 4 of preset assignment.");
      assert(html.trimEnd().endsWith("</html>"));
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});
