/**
 * Which of the two compiled modules an engine can run, bound to no memory yet.
 *
 * @module
 */
import { PLAIN, RELAXED } from "./lib/kernels.ts";

const relaxed = bytesOf(RELAXED);

/** Whether the engine knows relaxed SIMD; Safari's and Node 20's do not. */
export const HAS_RELAXED_SIMD: boolean = WebAssembly.validate(relaxed);

const compiled = new Map<boolean, WebAssembly.Module>();

/**
 * The module for a memory, compiled at its first use.
 *
 * @param shared Whether threads share the memory, as in a cross-origin isolated page: a module must say
 * so of the memory that it imports.
 */
export function moduleFor(shared: boolean): WebAssembly.Module {
  let module = compiled.get(shared);
  if (!module) {
    const bytes = HAS_RELAXED_SIMD ? relaxed : bytesOf(PLAIN);
    module = new WebAssembly.Module(shared ? withSharedMemory(bytes) : bytes);
    compiled.set(shared, module);
  }
  return module;
}

/** The import of "env" "memory" in the binary format: two names with their lengths, then its kind. */
const MEMORY_IMPORT = [3, ...codesOf("env"), 6, ...codesOf("memory"), 2];
/** The byte behind it: limits with a maximum, and the same for shared memory. */
const [WITH_MAXIMUM, SHARED] = [1, 3];

function withSharedMemory(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const copy = bytes.slice();
  const at = copy.findIndex((_, i) => MEMORY_IMPORT.every((byte, k) => copy[i + k] === byte));
  const limits = at + MEMORY_IMPORT.length;
  if (at < 0 || copy[limits] !== WITH_MAXIMUM) throw new Error("The module imports no memory.");
  copy[limits] = SHARED;
  return copy;
}

function codesOf(text: string): number[] {
  return Array.from(text, (letter) => letter.charCodeAt(0));
}

function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(codesOf(atob(base64)));
}
