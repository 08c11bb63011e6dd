/**
 * What a reader must know before trusting numbers of these records, in plain sentences.
 *
 * @module
 */
import { datasetNames, kernelsOf, type TrialRecord } from "../experiments/record.ts";
import { settingKey, settingParts } from "./setting.ts";

/** Where trials that stand together differ in what should be the same. */
export function warningsOf(records: readonly TrialRecord[]): string[] {
  return [
    ...mixtureWarnings(records),
    ...originWarnings(records),
    ...environmentWarnings(records),
  ];
}

function mixtureWarnings(records: readonly TrialRecord[]): string[] {
  const warnings: string[] = [];
  for (const [name, trials] of Map.groupBy(records, (record) => record.experiment.name)) {
    const settings = new Map(trials.map((trial) => [settingKey(trial), settingParts(trial)]));
    if (settings.size === 1) continue;
    const all = [...settings.values()];
    const differing = [...all[0].keys()].filter((part) =>
      new Set(all.map((parts) => parts.get(part))).size > 1
    );
    const what = differing.map((part) =>
      `${part} (${[...new Set(all.map((parts) => parts.get(part)))].join(" and ")})`
    );
    warnings.push(
      `${name}: its trials differ in ${what.join(", ")}; they are shown apart and not averaged.`,
    );
  }
  return warnings;
}

/** Whether experiments, each alike in itself, differ in what should be the same for all of them. */
function originWarnings(records: readonly TrialRecord[]): string[] {
  const names = datasetNames(records);
  const origins: [string, (record: TrialRecord) => string][] = [
    ["data", ({ data: { checksum } }) => `${names.get(checksum)} ${checksum.slice(0, 12)}`],
    ["version of this package", ({ version }) => version],
    ["kernels", kernelsOf],
  ];
  return origins.flatMap(([what, of]) => {
    const byName = Map.groupBy(records, ({ experiment }) => experiment.name);
    const mixed = [...byName.values()].some((trials) => new Set(trials.map(of)).size > 1);
    const values = [...new Set(records.map(of))];
    return mixed || values.length < 2 ? [] : [
      `The trials differ in ${what} (${values.join(" and ")}): what differs is not compared.`,
    ];
  });
}

function environmentWarnings(records: readonly TrialRecord[]): string[] {
  // How many trials ran side by side changes their times, and nothing else.
  const environments = new Set(
    records.map(({ environment: { jobs: _, ...environment } }) => JSON.stringify(environment)),
  );
  if (environments.size < 2) return [];
  const ran = `The trials ran in ${environments.size} different environments (machine or software)`;
  // Our kernels with fused multiply-add give the same bits everywhere.
  return records.every(({ kernels, fused }) => kernels === "own" && fused)
    ? [`${ran}; their times are not comparable.`]
    : [
      `${ran}; their times are not comparable, and small differences of accuracy may come from that ` +
      `as well.`,
    ];
}
