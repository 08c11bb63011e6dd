/**
 * Whether this Deno's WebAssembly computes eight values at once where the processor can: the same product
 * in a Deno of its own, with V8's revectorizer and without it.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { prepareBackend } from "../experiments/backend.ts";

const FLAG = "--experimental-wasm-revectorize";

/** GFLOP/s of 64×784 · 784×256 without and with the flag: the best of some hundred calls in three turns. */
export async function wide(): Promise<{ plain: number; wide: number }> {
  const measure = async (flags: string[]) => {
    const { success, stdout, stderr } = await new Deno.Command("deno", {
      args: ["run", "--allow-read", ...flags, import.meta.url],
      stdout: "piped",
      stderr: "piped",
    }).output();
    if (!success) throw new Error(new TextDecoder().decode(stderr));
    return Number(new TextDecoder().decode(stdout));
  };
  // In turns, since a core's speed is another one when its neighbours compute.
  const [plain, wide]: [number[], number[]] = [[], []];
  for (let turn = 0; turn < 3; turn++) {
    plain.push(await measure([]));
    wide.push(await measure([`--v8-flags=${FLAG}`]));
  }
  return { plain: Math.max(...plain), wide: Math.max(...wide) };
}

if (import.meta.main) {
  await prepareBackend();
  const [a, b] = [tf.randomNormal([64, 784]), tf.randomNormal([784, 256])];
  let least = Infinity;
  for (let i = 0; i < 500; i++) {
    const start = performance.now();
    tf.matMul(a, b).dispose();
    least = Math.min(least, performance.now() - start);
  }
  console.log(2 * 64 * 784 * 256 / least / 1e6);
}
