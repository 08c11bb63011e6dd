/**
 * The whole `assignment` preset, ours and PyTorch's: the wall time of twelve trials, one process or
 * worker per core, one thread each.
 *
 * @module
 */
import { loadFashionMnist } from "../data/fashion_mnist.ts";
import { type Preset, PRESETS } from "../experiments/presets.ts";
import { runPreset } from "../experiments/run.ts";
import { python, type Tuning } from "./peers.ts";

/** Less of it, for trying. */
export interface AssignmentOptions {
  epochs: number;
  images: number;
  trials: number;
  jobs: number;
}

const RECORDS = new URL("./out/assignment/", import.meta.url);

/** Wall seconds of ours, reading the data included. */
export async function ourAssignment(options: AssignmentOptions): Promise<number> {
  const { epochs, images, trials, jobs } = options;
  const preset: Preset = {
    ...PRESETS.assignment,
    experiments: PRESETS.assignment.experiments.map((experiment) => ({
      ...experiment,
      epochs,
      images: { ...experiment.images, train: images },
    })),
  };
  await Deno.remove(RECORDS, { recursive: true }).catch(() => {});
  const start = performance.now();
  const data = await loadFashionMnist();
  const { failed } = await runPreset(preset, { data, trials, jobs, folder: RECORDS });
  if (failed.length > 0) throw failed[0].error;
  return (performance.now() - start) / 1000;
}

/** Wall seconds of PyTorch's. */
export async function pyTorchAssignment(
  options: AssignmentOptions,
  layout: string,
  tuning: Tuning,
): Promise<number> {
  const args = Object.entries(options).map(([name, value]) => `--${name}=${value}`);
  const command = python("pytorch_assignment.py", [...args, `--layout=${layout}`], tuning);
  const start = performance.now();
  const child = command.spawn();
  await child.stdin.close();
  const { success, stdout, stderr } = await child.output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  await Deno.mkdir(new URL("./out/", import.meta.url), { recursive: true });
  const log = new URL(`./out/pytorch-${tuning.core ?? "as-installed"}.jsonl`, import.meta.url);
  await Deno.writeFile(log, stdout);
  return (performance.now() - start) / 1000;
}
