/**
 * The file system and what belongs to it, of Deno and Node; undefined in a browser. They are asked for at
 * run time: where there are none, there is no import to fail, and bundlers have nothing to look for.
 *
 * @module
 */
const builtin = (globalThis as {
  process?: { getBuiltinModule?<M>(name: string): M | undefined };
}).process?.getBuiltinModule;

export const fs = builtin<typeof import("node:fs/promises")>?.("node:fs/promises");
export const paths = builtin<typeof import("node:path")>?.("node:path");
export const urls = builtin<typeof import("node:url")>?.("node:url");

/** What the file system says went wrong: `ENOENT`, for example; `NotCapable` by name, of Deno's permissions. */
export type Fault = Error & { code?: string };
