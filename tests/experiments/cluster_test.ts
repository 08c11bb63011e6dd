/**
 * `deno task cluster`: its job scripts under a real Slurm and a real GNU parallel, and its manifest
 * against the schema of Kubernetes.
 */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { fileURLToPath } from "node:url";
import { Job } from "kubernetes-models/batch/v1/Job";
import { parse } from "yaml";
import { filled, memoryOf } from "../../experiments/cluster/jobs.ts";
import { PRESETS } from "../../experiments/presets.ts";
import { readFolder } from "../../experiments/records.ts";
import { copyPackage, withFolder } from "../folders.ts";
import { granted } from "../permissions.ts";

const mayRun = granted("read", "write", "run");
const CLUSTER = fileURLToPath(new URL("../cluster/", import.meta.url));

/** Whether a program is installed. */
const has = async (program: string) =>
  mayRun && (await new Deno.Command("which", { args: [program] }).output()).success;
const hasSlurm = await has("slurmctld") && await has("munged");
const hasParallel = await has("parallel");

/** Runs a line of bash in a folder, with this Deno first in the path. */
async function bash(folder: URL, line: string, env: Record<string, string> = {}) {
  const deno = fileURLToPath(new URL(".", `file://${Deno.execPath()}`));
  const { code, stdout, stderr } = await new Deno.Command("bash", {
    args: ["-c", line],
    cwd: fileURLToPath(folder),
    // Deno sets INIT_CWD only where it is not set yet.
    env: {
      NO_COLOR: "1",
      INIT_CWD: fileURLToPath(folder),
      PATH: `${deno}:${Deno.env.get("PATH")}`,
      ...env,
    },
  }).output();
  const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  return { code, out, err };
}

/** A copy of the package, by default in a folder with a usual name. */
const withPackage = (use: (root: URL) => Promise<void>, name = "") =>
  withFolder(async (folder) => {
    const root = new URL(encodeURI(name), folder);
    await Deno.mkdir(root, { recursive: true });
    await copyPackage(root);
    await use(root);
  });

/** The SHA-256 of the weights of each trial of preset quick. */
async function weightsIn(root: URL): Promise<Record<string, string>> {
  const { records, damaged } = await readFolder(new URL("results/quick/", root));
  assertEquals(damaged, []);
  return Object.fromEntries(
    records.map(({ experiment, seed, weights }) => [`${experiment.name} ${seed}`, weights]),
  );
}

/** What the tasks of a grid have printed. */
async function logsIn(root: URL): Promise<Record<string, string>> {
  const folder = new URL("results/cluster/quick/", root);
  const logs: Record<string, string> = {};
  for await (const { name } of Deno.readDir(folder)) {
    if (name.endsWith(".txt")) logs[name] = await Deno.readTextFile(new URL(name, folder));
  }
  return logs;
}

const trained = (log: string) => log.match(/: test accuracy/g)?.length ?? 0;

Deno.test({
  name:
    "Slurm trains the grid in four slices and builds the report; cancelled and requeued in the " +
    "middle, it comes to the same bits" +
    (hasSlurm ? "" : " (SKIPPED: no Slurm is installed here)"),
  ignore: !hasSlurm,
  async fn() {
    let whole: Record<string, string> = {};
    await withPackage(async (root) => {
      const submit = "deno task cluster --preset quick --slices 4 --submit";
      const line = `source ${CLUSTER}wait.sh; ${submit}; all_ended`;
      const { code, out, err } = await bash(root, `${CLUSTER}with-slurm.sh bash -c '${line}'`);
      assertEquals(code, 0, err);
      assertEquals(out.match(/ COMPLETED$/gm)?.length, 5, out); // four slices and the report
      whole = await weightsIn(root);
      assertEquals(Object.keys(whole).length, 12);
      const { "report.txt": report, ...slices } = await logsIn(root);
      assertEquals(Object.keys(slices).length, 4);
      assertEquals(trained(Object.values(slices).join()), 12, "no trial is trained twice");
      assertStringIncludes(report, "Nothing is missing of preset quick: 12 trials.");
    });
    await withPackage(async (root) => {
      assertEquals((await bash(root, "deno task cluster --preset quick --slices 4")).code, 0);
      const jobs = fileURLToPath(new URL("results/cluster/quick/", root));
      const { code, out, err } = await bash(
        root,
        `${CLUSTER}with-slurm.sh bash ${CLUSTER}interrupted.sh ${jobs}`,
      );
      assertEquals(code, 0, err);
      assertMatch(out, /_1 CANCELLED/);
      const logs = await logsIn(root);
      assertStringIncludes(logs["slice-1.txt"], "Stopped");
      assertEquals(logs["slice-2.txt"].match(/^Running/gm)?.length, 2, "the log is appended to");
      assertEquals(await weightsIn(root), whole);
    });
  },
});

Deno.test({
  name: "GNU parallel trains the grid in three slices, in a folder of any name" +
    (hasParallel ? "" : " (SKIPPED: no GNU parallel is installed here)"),
  ignore: !hasParallel,
  async fn() {
    await withPackage(async (root) => {
      const line = "deno task cluster --preset quick --slices 3 --engine parallel --submit";
      const { code, out, err } = await bash(root, line);
      assertEquals(code, 0, err);
      assertEquals(trained(out + err), 12);
      assertEquals(Object.keys(await weightsIn(root)).length, 12);
    }, `it's "our" $HOME/`);
  },
});

Deno.test({
  name:
    "a slice trains its own trials alone, --missing says what is left, and --no-train builds without it",
  ignore: !granted("read", "write", "run"),
  async fn() {
    await withPackage(async (root) => {
      const mlps = "--preset quick --only mlp-pre,mlp-post --trials 2"; // four trials
      const before = await bash(root, `deno task train ${mlps} --slice 2/2 --missing`);
      assertEquals(before.code, 1);
      assertMatch(before.out, /^Missing of preset quick, slice 2 of 2: 2 of 2 trials\.$/m);
      assertEquals((await bash(root, `deno task train ${mlps} --slice 2/2`)).code, 0);
      assertEquals(Object.keys(await weightsIn(root)).length, 2);
      const after = await bash(root, `deno task train ${mlps} --slice 2/2 --missing`);
      assertEquals(after.code, 0);
      assertStringIncludes(
        after.out,
        "Nothing is missing of preset quick, slice 2 of 2: 2 trials.",
      );
      const whole = await bash(root, `deno task train ${mlps} --missing`);
      assertMatch(whole.out, /^Missing of preset quick: 2 of 4 trials\.$/m);

      const empty = await bash(root, `deno task train ${mlps} --slice 5/5`);
      assertEquals(empty.code, 0, empty.err);
      assertStringIncludes(empty.err, "Slice 5 of 5 is empty: there are 4 trials.");

      const report = await bash(root, "deno task report --preset quick --no-train --format csv");
      assertEquals(report.code, 1);
      assertMatch(report.err, /^Missing of preset quick: 10 of 12 trials\.$/m);
      assertMatch(report.out, /^name,/); // the table, and nothing beside it
      const refused = await bash(root, "deno task report --slice 1/2");
      assertStringIncludes(refused.err, "unknown option '--slice'");
    });
  },
});

Deno.test({
  name: "the manifest for Kubernetes is one by its schema, and its index reaches --slice",
  ignore: !granted("read", "write", "run"),
  async fn() {
    const template = await Deno.readTextFile(
      new URL("../../experiments/cluster/kubernetes.yaml", import.meta.url),
    );
    const values = {
      PRESET: "quick",
      SLICES: 4,
      CORES: 2,
      MEMORY: 1700,
      VERSION: "2.9.6",
      FLAGS: "",
    };
    const manifest = parse(filled(template, values));
    new Job(manifest).validate();
    assertEquals(manifest.spec.completions, 4);

    const [container] = manifest.spec.template.spec.containers;
    await withFolder(async (folder) => {
      // In place of Deno a program that says what it was called with.
      await Deno.writeTextFile(new URL("deno", folder), '#!/bin/sh\necho "$@"\n', { mode: 0o755 });
      const { out } = await bash(folder, container.args[0], {
        JOB_COMPLETION_INDEX: "3",
        PATH: `${fileURLToPath(folder)}:${Deno.env.get("PATH")}`,
      });
      assertEquals(out, "task train --preset quick --jobs 2 --slice 4/4\n");
    });
  },
});

Deno.test({
  name:
    "cluster refuses more slices than there are trials, and says what to type where it does not submit",
  ignore: !granted("read", "write", "run"),
  async fn() {
    await withPackage(async (root) => {
      const many = await bash(root, "deno task cluster --preset quick --slices 13");
      assertEquals(many.code, 1);
      assertStringIncludes(many.err, "Choose --slices 12 or fewer.");
      const flags = "--preset quick --only mlp-pre,mlp-post --seeds 7,9 --data 'my data' --blas";
      assertEquals((await bash(root, `deno task cluster ${flags}`)).code, 0);
      const script = await Deno.readTextFile(
        new URL("results/cluster/quick/slurm-train.sh", root),
      );
      const data = fileURLToPath(new URL("my%20data", root));
      assertStringIncludes(
        script,
        `task train --preset quick --seeds 7,9 --only mlp-pre,mlp-post --data '${data}' --blas --jobs 1`,
      );
      const { code, out, err } = await bash(root, "deno task cluster --engine kubernetes");
      assertEquals(code, 0);
      assertMatch(out, /results\/cluster\/assignment\/kubernetes\.yaml$/m);
      assertStringIncludes(err, "kubectl apply -f kubernetes.yaml");
      const { err: failed, code: status } = await bash(
        root,
        "deno task cluster --engine kubernetes --submit",
      );
      if (!await has("kubectl")) {
        assertEquals(status, 1);
        assertStringIncludes(failed, "kubectl failed, or is not here.");
      }
    });
  },
});

Deno.test("a task's memory follows from its trials, and a template's hole without a value is an error", () => {
  assertEquals(memoryOf(PRESETS.assignment, 2), 1700);
  assertEquals(memoryOf({ experiments: [PRESETS.assignment.experiments[0]] }, 1), 600);
  assertEquals(filled("@A@-@B@ x@y.org", { A: 1, B: "two" }), "1-two x@y.org");
  try {
    filled("@C@", {});
    assert(false, "it has no value");
  } catch (error) {
    assertStringIncludes((error as Error).message, "@C@");
  }
});
