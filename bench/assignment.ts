/**
 * The whole `assignment` preset by the clock, in turns: ours, with a BLAS, PyTorch's, and that of
 * another checkout of this repository. One process or worker per core, one thread each.
 *
 * @module
 */
import { loadFashionMnist } from "../data/fashion_mnist.ts";
import { mean } from "../experiments/mean.ts";
import { PRESETS } from "../experiments/presets.ts";
import { runPreset } from "../experiments/run.ts";
import type { Blas } from "../kernels/mod.ts";
import { OURS, OURS_BLAS } from "./measure.ts";
import { python, type Tuning } from "./peers.ts";

/** Somebody who does the assignment: how many seconds it took. */
export interface Runner {
  name: string;
  /** The folder of its records; PyTorch keeps none. */
  records?: string;
  run(trials: number): Promise<number>;
}

const RECORDS = new URL("./out/", import.meta.url).pathname;

/** Ours, reading the data included. */
export function ours(blas?: Blas): Runner {
  const folder = RECORDS + (blas ? "assignment-blas" : "assignment");
  return {
    name: blas ? OURS_BLAS : OURS,
    records: folder,
    run: async (trials) => {
      await Deno.remove(folder, { recursive: true }).catch(() => {});
      return await seconds(async () => {
        const data = await loadFashionMnist();
        const options = { data, trials, blas, folder: new URL(`file://${folder}/`) };
        const { failed } = await runPreset(PRESETS.assignment, options);
        if (failed.length > 0) throw failed[0].error;
      });
    },
  };
}

/** That of another checkout; its own records are moved aside. */
export function checkout(folder: string): Runner {
  return {
    name: folder,
    records: `${folder}/results/assignment`,
    run: (trials) =>
      seconds(() =>
        succeed(
          new Deno.Command("deno", {
            args: ["task", "train", "--preset", "assignment", "--fresh", "--trials", `${trials}`],
            cwd: folder,
            stdout: "piped",
            stderr: "piped",
          }),
        )
      ),
  };
}

/** PyTorch's. */
export function pyTorchs(name: string, tuning: Tuning): Runner {
  return {
    name,
    run: (trials) =>
      seconds(() => {
        const jobs = `--jobs=${navigator.hardwareConcurrency}`;
        return succeed(python("pytorch_assignment.py", [`--trials=${trials}`, jobs], tuning));
      }),
  };
}

async function seconds(work: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}

async function succeed(command: Deno.Command): Promise<void> {
  const { success, stderr } = await command.output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
}

/** Seconds that the exact statistics of a CNN's trial took, on average. */
export async function meanStatistics(folder: string): Promise<number> {
  const seconds: number[] = [];
  for await (const { name } of Deno.readDir(folder)) {
    if (!/^cnn-.*\.json$/.test(name)) continue;
    const record = JSON.parse(await Deno.readTextFile(`${folder}/${name}`));
    seconds.push(record.seconds.statistics);
  }
  return mean(seconds);
}
