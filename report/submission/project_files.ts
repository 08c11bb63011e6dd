/**
 * The files of the project that a clone has, found without git: all but those that a `.gitignore`
 * names.
 *
 * @module
 */
import ignore, { type Ignore } from "ignore";

/** Never part of a project, whatever a `.gitignore` says. */
const NEVER = new Set([".git", "node_modules"]);

/** A `.gitignore` and the folder that it speaks of. */
interface Rules {
  folder: string;
  rules: Ignore;
}

/**
 * Paths from the project's folder, with `/`, in order.
 *
 * @param except Paths of files and of folders, without a `/` at the end, that are left out.
 */
export async function projectFiles(
  project: URL,
  except: readonly string[] = [],
): Promise<string[]> {
  const paths: string[] = [];
  await walk("", []);
  return paths.sort();

  async function walk(folder: string, outer: readonly Rules[]): Promise<void> {
    const here = await Array.fromAsync(Deno.readDir(urlOf(project, folder)));
    const all = [...outer, ...await rulesIn(project, folder, here)];
    for (const { name, isFile, isDirectory } of here) {
      const path = folder + name;
      if (NEVER.has(name) || except.includes(path)) continue;
      if (isDirectory && !isIgnored(`${path}/`, all)) await walk(`${path}/`, all);
      if (isFile && !isIgnored(path, all)) paths.push(path);
    }
  }
}

/** The URL of a file or folder by its path from the project's folder. */
export function urlOf(project: URL, path: string): URL {
  return new URL(path.split("/").map(encodeURIComponent).join("/"), project);
}

async function rulesIn(project: URL, folder: string, here: Deno.DirEntry[]): Promise<Rules[]> {
  if (!here.some(({ name, isFile }) => isFile && name === ".gitignore")) return [];
  const text = await Deno.readTextFile(urlOf(project, `${folder}.gitignore`));
  return [{ folder, rules: ignore().add(text) }];
}

function isIgnored(path: string, all: readonly Rules[]): boolean {
  return all.some(({ folder, rules }) => rules.ignores(path.slice(folder.length)));
}
