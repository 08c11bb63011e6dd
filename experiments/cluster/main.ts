/**
 * The command behind `deno task cluster`: writes the job scripts that train a preset in slices on the
 * machines of a scheduler, and hands them to it if asked.
 *
 * @module
 */
import { Option } from "commander";
import { fileURLToPath } from "node:url";
import { choosing, main, positive, taskCommand, type TrainingFlags } from "../cli.ts";
import { escapeShell } from "../escape.ts";
import { count } from "../format.ts";
import { type Preset, PRESETS } from "../presets.ts";
import { pathOf, RESULTS, writeWhole } from "../records.ts";
import { trialsOf } from "../run.ts";
import { assertRunOptions } from "../run_options.ts";
import { UsageError } from "../usage_error.ts";
import { filled, memoryOf, REPORT_MEMORY } from "./jobs.ts";

/** The files of each scheduler, and what hands them over. */
const ENGINES = {
  slurm: {
    files: ["slurm-train.sh", "slurm-report.sh"],
    submit: 'job=$(sbatch --parsable slurm-train.sh) && echo "Submitted batch job $job" && ' +
      "sbatch --dependency=afterany:$job slurm-report.sh",
    needs: "sbatch",
  },
  kubernetes: {
    files: ["kubernetes.yaml"],
    submit: "kubectl apply -f kubernetes.yaml",
    needs: "kubectl",
  },
  parallel: { files: ["parallel.sh"], submit: "bash parallel.sh", needs: "parallel" },
};

interface ClusterFlags extends Omit<TrainingFlags, "jobs" | "fresh"> {
  engine: keyof typeof ENGINES;
  slices: number;
  cores: number;
  memory?: number;
  submit?: boolean;
}

const command = choosing(taskCommand(
  "cluster",
  "Writes job scripts that train a preset in slices, to results/cluster/<preset>/. The folder of " +
    "this package must be shared by all machines.",
))
  .addOption(
    new Option("--engine <name>", "whose scripts").choices(Object.keys(ENGINES))
      .default("slurm"),
  )
  .option("--slices <n>", "how many tasks share the trials", positive, 4)
  .option("--cores <n>", "trials side by side in a task", positive, 1)
  .option("--memory <MB>", "of a task (default: by what its trials need)", positive)
  .option("--submit", "hand them to the scheduler")
  .action(async (flags: ClusterFlags) => {
    const { engine, slices, cores, submit } = flags;
    const preset: Preset = PRESETS[flags.preset];
    assertRunOptions(preset, { trials: flags.trials, seeds: flags.seeds, only: flags.only });
    const trials = trialsOf(preset, flags).length;
    if (slices > trials) {
      throw new UsageError(
        `Cannot cut ${trials} trials of preset ${preset.name} into ${slices} slices: some would be ` +
          `empty. Choose --slices ${trials} or fewer.`,
      );
    }
    const most = Math.ceil(trials / slices);
    if (cores > most) {
      console.error(`A slice has at most ${count(most, "trial")}: not all cores work.`);
    }
    const folder = new URL(`cluster/${preset.name}/`, RESULTS);
    const values = {
      ...{ PRESET: preset.name, SLICES: slices, CORES: cores, VERSION: Deno.version.deno },
      FLAGS: flagsAgain(flags),
      MEMORY: flags.memory ?? memoryOf(preset, cores),
      REPORT: REPORT_MEMORY,
      DENO: escapeShell(Deno.execPath()),
      PACKAGE: escapeShell(fileURLToPath(new URL("../../", import.meta.url)).replace(/\/$/, "")),
    };
    const { files, submit: submitting, needs } = ENGINES[engine];
    for (const name of files) {
      const file = new URL(name, folder);
      await writeWhole(
        file,
        filled(await Deno.readTextFile(new URL(name, import.meta.url)), values),
      );
      console.log(pathOf(file));
    }
    const line = `cd ${escapeShell(pathOf(folder))} && ${submitting}`;
    if (!submit) return console.error(`To submit:\n  ${line}`);
    const bash = new Deno.Command("bash", {
      args: ["-c", line],
      stdout: "inherit",
      stderr: "inherit",
    });
    const { success } = await bash.output();
    if (!success) {
      throw new UsageError(
        `${needs} failed, or is not here. Where it works, type:\n  ${line}`,
      );
    }
  });

/** The flags of `train` as they were typed, for the scripts. */
function flagsAgain({ trials, seeds, only, data, blas }: ClusterFlags): string {
  const given = Object.entries({ trials, seeds, only, data, blas })
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) =>
      ` --${name}` + (value === true ? "" : ` ${escapeShell(String(value))}`)
    );
  return given.join("");
}

await main(command);
