/** The evidence on the page: whatever the trials say, the words follow. */
import { assert, assertMatch, assertStringIncludes } from "@std/assert";
import type { VNode } from "preact";
import { renderToStringAsync } from "preact-render-to-string";
import type { TrialRecord } from "../../experiments/record.ts";
import { judgeClaims } from "../../findings/claims/claim.ts";
import { headline } from "../../findings/claims/headline.ts";
import { CLAIMS } from "../../findings/claims/mod.ts";
import { type PageContent, renderPage } from "../../report/page.tsx";
import { Claims, Headline, WhereItTrains } from "../../report/page/evidence.tsx";
import { WithPictures } from "../../report/page/parts.tsx";
import { everything } from "../findings/claim_records.ts";
import { syntheticRecord } from "../synthetic_records.ts";

/** What a reader sees of a part of the page, in plain text. */
async function textOf(part: VNode): Promise<string> {
  const html = await renderToStringAsync(
    <WithPictures.Provider value={false}>{part}</WithPictures.Provider>,
  );
  return html.replace(/<script.*?<\/script>/gs, "").replace(/<\/?(strong|span)\b[^>]*>/g, "")
    .replace(/<[^>]*>/g, " ").replace(/\s+/g, " ");
}

const judged = (records: readonly TrialRecord[]) => judgeClaims(CLAIMS, records);

/** What the page says of trials, the headline and the claims. */
const pageOf = async (records: readonly TrialRecord[]) =>
  await textOf(
    <>
      <Headline records={records} said={headline(records)} />
      <WhereItTrains records={records} />
      <Claims claims={judged(records)} />
    </>,
  );

/** Something small that differs between seeds and between experiments. */
const noise = (name: string, seed: number) => ((seed * 7 + name.length * seed) % 5 - 2) * 0.0003;
const favouring = (place: string, gain: number) =>
  everything((name, seed) => 0.88 + noise(name, seed) + (name.includes(place) ? gain : 0));

Deno.test("before is better: bold, held, and no claim for after", async () => {
  const page = await pageOf(favouring("pre", 0.012));
  assertMatch(
    page,
    /BN before the activation is 1\.\d points ahead of BN after it \(1\.\d to 1\.\d; shown\)/,
  );
  assertMatch(
    page,
    /A3 before is better than after: MLP, 5 epochs before − after 1\.\d points \(.*?\) 12 of 12 held/,
  );
  assertMatch(page, /tanh, after − before −1\.\d points/);
  assertStringIncludes(page, "contradicted");
});

Deno.test("after is better: before is behind, and its claim contradicted", async () => {
  const page = await pageOf(favouring("post", 0.012));
  assertMatch(page, /BN before the activation is 1\.\d points behind BN after it/);
  assertMatch(
    page,
    /A3 before is better than after: MLP, 5 epochs before − after −1\.\d points \(.*?\) 0 of 12 contradicted/,
  );
});

Deno.test("alike: equivalent, with what we treat as no difference", async () => {
  const records = everything((name, seed) => 0.88 + noise(name, seed));
  const page = await pageOf(records);
  assertStringIncludes(page, "within the ±0.3 points that we treat as no difference: equivalent");
  assertStringIncludes(page, "≈ ");
});

Deno.test("scattered: open, with the seeds that would decide", async () => {
  const records = everything((name, seed) =>
    0.88 + (name.includes("pre") ? ((seed * 7) % 5 - 2) * 0.004 : 0)
  );
  const page = await pageOf(records);
  assertStringIncludes(page, "open. About ");
  assertStringIncludes(page, "seeds would decide.");
});

Deno.test("failed trials are counted, and no mean stands beside them", async () => {
  const records = everything((name, seed) =>
    name.startsWith("mlp-none") && seed % 2 === 0 ? 0.1 : 0.88 + noise(name, seed)
  );
  const page = await pageOf(records);
  assertStringIncludes(page, "6 of 12 failed");
  assertStringIncludes(page, "0 and 5 of 10 failed; the others");
});

Deno.test("two trials decide nothing, and none are not tested", async () => {
  const two = favouring("pre", 0.012).filter(({ seed }) => seed < 13);
  const page = await pageOf(two);
  assert(!page.includes("held."), page);
  assertStringIncludes(page, "higher in 2 and lower in 0 of 2 seeds: open.");
  assertStringIncludes(await pageOf([]), "not tested, there are no trials of both.");
});

Deno.test("a user's own trials stand beside the reference run's of the same data, and nowhere else", async () => {
  const records = (["mlp-pre", "mlp-post"] as const).flatMap((name) =>
    [1, 2, 3].map((seed) =>
      syntheticRecord({
        name,
        seed,
        accuracy: 0.88 + (name === "mlp-pre" ? 0.012 : 0),
      })
    )
  );
  const [{ data }] = records;
  const reference = favouring("pre", 0.012).map((record) => ({ ...record, data }));
  const page = (content: Partial<PageContent>) =>
    renderPage({ records, pictures: false, ...content });
  const beside = (await page({ reference })).replace(/<[^>]*>/g, " ").replace(/\s+/g, " ");
  assertMatch(
    beside,
    /MLP, before − after 1\.2 points \(3 of 3 higher\) 1\.\d points .* held .* in line/,
  );
  const other = reference.map((record) => ({ ...record, data: { ...data, checksum: "f00" } }));
  for (const content of [{}, { reference: other }]) {
    assert(!(await page(content)).includes("beside-table"));
  }
});
