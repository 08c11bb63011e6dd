// deno-lint-ignore-file jsx-key -- rendered once, to a string: no list is ever updated
/**
 * Where the numbers come from, and how to get them again.
 *
 * @module
 */
import type { ComponentChildren } from "preact";
import type { Preset } from "../../experiments/presets.ts";
import { count, duration } from "../../experiments/format.ts";
import { datasetNames, kernelsOf, type TrialRecord } from "../../experiments/record.ts";

interface ProvenanceContent {
  records: readonly TrialRecord[];
  preset?: Preset;
  command: string;
  /** Those of the reference run, which these stand beside. */
  reference: readonly TrialRecord[];
  commit?: string;
}

/** Data, software, machine, seeds, and the command. */
export function Provenance({ records, reference, preset, command, commit }: ProvenanceContent) {
  const all = (value: (record: TrialRecord) => string | number) =>
    [...new Set(records.map(value))].join(", ");
  const started = records.map((record) => record.started).sort();
  const seconds = secondsOf(records);
  const entries: [string, ComponentChildren][] = [
    ["Preset", preset && `${preset.name}: ${preset.description}`],
    ["Data", [...datasetNames(records).values()].join(", ")],
    ["Checksum of the data", <code>{all(({ data }) => data.checksum)}</code>],
    ["Seeds", seedsOf(records)],
    ["Package", `@batchnorm/from-scratch ${all(({ version }) => version)}`],
    ["Kernels", all(kernelsOf)],
    ["Deno", all(({ environment }) => environment.deno)],
    [
      "TensorFlow.js",
      all(({ environment }) => `${environment.tensorflow}, ${environment.backend} backend`),
    ],
    [
      "Machine",
      all(({ environment: { cpu, cores, os } }) => `${cpu}, ${count(cores, "core")}, ${os}`),
    ],
    ["Trials side by side", all(({ environment }) => environment.jobs)],
    ["Trials started", `${started[0]} to ${started.at(-1)}`],
    [
      "Time in trials",
      `${duration(seconds)}, added up over ${count(records.length, "trial")}; it depends on the ` +
      `machine and on what ran beside`,
    ],
    [
      "Source of this page",
      commit && (
        <>
          commit <code>{commit}</code>, if nothing was changed since
        </>
      ),
    ],
    [
      "Other trials shown",
      reference.length > 0 &&
      `${count(reference.length, "trial")} of the reference run, seeds ${seedsOf(reference)}`,
    ],
  ];
  return (
    <>
      <dl>
        {entries.filter(([, description]) => description).map(([term, description]) => (
          <>
            <dt>{term}</dt>
            <dd>{description}</dd>
          </>
        ))}
      </dl>
      <p>
        To make this page again:{" "}
        <bdi>
          <code>{command}</code>
        </bdi>. <code>deno task reference --check</code>{" "}
        runs a trial of the reference run again and compares every number.
      </p>
    </>
  );
}

function seedsOf(records: readonly TrialRecord[]): string {
  return [...new Set(records.map(({ seed }) => seed))].sort((a, b) => a - b).join(", ");
}

function secondsOf(records: readonly TrialRecord[]): number {
  return records.reduce((sum, record) => sum + record.seconds.total, 0);
}
