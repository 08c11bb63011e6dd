/**
 * What job scripts are filled with.
 *
 * @module
 */
import type { Preset } from "../presets.ts";

/**
 * Megabytes that a run takes and that each trial beside another adds: what was resident at the most on
 * Linux x86_64 (`VmHWM`; 430 MB with one MLP, 510 MB with one CNN, 1,430 MB with two CNNs after many
 * others), rounded up. Deno's address space is a hundred times that: a limit on it stops Deno at once.
 */
const MEMORY = { run: 300, mlp: 300, cnn: 700 };

/** Megabytes of a report: 372 to 486 were resident, with the reference records (the same). */
export const REPORT_MEMORY = 1000;

/** Megabytes of a task with so many trials side by side. */
export function memoryOf({ experiments }: Pick<Preset, "experiments">, trials: number): number {
  const each = experiments.map(({ architecture }) => MEMORY[architecture]);
  return MEMORY.run + trials * Math.max(...each);
}

/** A template with a value in place of each `@NAME@`. */
export function filled(template: string, values: Record<string, string | number>): string {
  return template.replaceAll(/@([A-Z]+)@/g, (_, name) => {
    if (!(name in values)) throw new TypeError(`There is no value for @${name}@.`);
    return String(values[name]);
  });
}
