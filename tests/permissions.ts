/**
 * Which permissions a test run has: a test that needs more is skipped, so that plain `deno test`
 * passes wherever it is run.
 *
 * @module
 */

/** A kind of access that some tests need. */
export type Permission = "read" | "write" | "run" | "net" | "env";

// What the tests write is in tests/tmp alone, and the only host they talk to is this one, so a run
// that grants no more than these is enough. Reading is another matter: TensorFlow.js's WASM backend
// reads its binary from Deno's cache.
const DESCRIPTORS: Record<Permission, Deno.PermissionDescriptor> = {
  read: { name: "read" },
  write: { name: "write", path: new URL("./tmp", import.meta.url) },
  run: { name: "run" },
  net: { name: "net", host: "127.0.0.1" },
  env: { name: "env" },
};

/**
 * Whether the run has all the permissions named.
 *
 * @example Skipping a test
 * ```ts ignore
 * Deno.test({ name: "…", ignore: !granted("read", "write"), fn() {} });
 * ```
 */
export function granted(...names: Permission[]): boolean {
  return names.every((name) => Deno.permissions.querySync(DESCRIPTORS[name]).state === "granted");
}
