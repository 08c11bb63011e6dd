/**
 * Folders below tests/tmp for tests that write, and small file systems for tests of what happens
 * when one is full or read-only.
 *
 * @module
 */
import { fileURLToPath, pathToFileURL } from "node:url";
import { granted } from "./permissions.ts";

const PARENT = fileURLToPath(new URL("./tmp", import.meta.url));

/** Lets `use` work with a new folder, and removes it afterwards. */
export async function withFolder<T = void>(use: (folder: URL) => Promise<T>): Promise<T> {
  await Deno.mkdir(PARENT, { recursive: true });
  const path = await Deno.makeTempDir({ dir: PARENT });
  try {
    return await use(pathToFileURL(`${path}/`));
  } finally {
    await Deno.remove(path, { recursive: true });
  }
}

/** A test that works with a new folder; skipped where nothing may be read or written. */
export function testWithFolder(name: string, fn: (folder: URL) => Promise<void>): void {
  Deno.test({ name, ignore: !granted("read", "write"), fn: () => withFolder(fn) });
}

/** The names of what a folder holds, in order. */
export function namesIn(folder: URL): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
}

/** Each file of a folder with what tells whether it was touched: its time, its inode, its text. */
export async function filesIn(folder: URL): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  for (const name of namesIn(folder)) {
    const file = new URL(name, folder);
    const { mtime, ino } = await Deno.stat(file);
    files[name] = `${mtime?.getTime()} ${ino} ${await Deno.readTextFile(file)}`;
  }
  return files;
}

const PACKAGE = new URL("../", import.meta.url);

/** What of the package is not copied: what comes from using it, and the tests themselves. */
const LEFT_OUT = new Set(["results", "tests", "cov"]);

/** Copies this package into a folder, for tests of what happens in the place where it lies. */
export async function copyPackage(root: URL): Promise<void> {
  for await (const entry of Deno.readDir(PACKAGE)) {
    if (LEFT_OUT.has(entry.name) || entry.name.startsWith(".")) continue;
    await copy(new URL(entry.name, PACKAGE), new URL(entry.name, root));
  }
  await keepLinks(root);
}

/** Relative `links` in the copy's deno.json lead where they lead in the package's. */
async function keepLinks(root: URL): Promise<void> {
  const file = new URL("deno.json", root);
  const config = JSON.parse(await Deno.readTextFile(file));
  config.links = config.links?.map((link: string) => new URL(link, PACKAGE).href);
  await Deno.writeTextFile(file, JSON.stringify(config));
}

async function copy(from: URL, to: URL): Promise<void> {
  if ((await Deno.stat(from)).isFile) return await Deno.copyFile(from, to);
  await Deno.mkdir(to);
  for await (const { name } of Deno.readDir(from)) {
    await copy(new URL(`${from.href}/${name}`), new URL(`${to.href}/${name}`));
  }
}

/** A file system in memory. */
export interface MountedFolder {
  folder: URL;
  /** Takes the right to write away from everyone, or gives it back. */
  setReadOnly(readOnly: boolean): Promise<void>;
  /** Writes until nothing more fits. */
  fill(): Promise<void>;
}

/** Lets `use` work with a file system of `kilobytes` mounted on an existing folder. */
export async function withMount(
  folder: URL,
  kilobytes: number,
  use: (mounted: MountedFolder) => Promise<void>,
): Promise<void> {
  const path = fileURLToPath(folder);
  await command("mount", "-t", "tmpfs", "-o", `size=${kilobytes}k`, "tmpfs", path);
  try {
    await use({
      folder,
      setReadOnly: (readOnly) =>
        command("mount", "-o", `remount,${readOnly ? "ro" : "rw"}`, "tmpfs", path),
      fill: async () => {
        const file = await Deno.open(new URL("filler", folder), { create: true, append: true });
        try {
          // Smaller and smaller pieces, until not a single byte has room.
          for (let size = 64 * 1024; size >= 1; size /= 2) {
            while (await file.write(new Uint8Array(size)).catch(() => 0) > 0);
          }
        } finally {
          file.close();
        }
      },
    });
  } finally {
    await command("umount", path);
  }
}

/** Whether this process may mount file systems: as root on Linux, outside of most containers. */
export async function mayMount(): Promise<boolean> {
  if (Deno.build.os !== "linux" || !granted("read", "write", "run")) return false;
  try {
    await withFolder((folder) => withMount(folder, 64, async () => {}));
    return true;
  } catch {
    return false;
  }
}

async function command(name: string, ...args: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(name, { args }).output();
  if (!success) throw new Error(`${name}: ${new TextDecoder().decode(stderr)}`);
}
