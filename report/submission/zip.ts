/**
 * Zips whose bytes follow from their content alone: not from when and where they are made.
 *
 * @module
 */
import { type Zippable, zipSync } from "fflate";

/** Files of these kinds are compressed already. */
const COMPRESSED = /\.(gz|pdf|png|zip)$/;

/**
 * Packs files into one folder of a zip. The same content gives the same bytes.
 *
 * @param name The folder's name.
 * @param content Paths in the folder, and the files that stand for them.
 */
export async function zipped(
  name: string,
  content: ReadonlyMap<string, URL>,
): Promise<Uint8Array> {
  const files: Zippable = {};
  for (const [path, file] of content) {
    const { mode } = await Deno.stat(file);
    files[`${name}/${path}`] = [await Deno.readFile(file), {
      level: COMPRESSED.test(path) ? 0 : 9,
      mtime: EPOCH,
      os: UNIX,
      attrs: (mode !== null && mode & 0o111 ? 0o100755 : 0o100644) << 16,
    }];
  }
  return zipSync(files);
}

/** The first moment that a zip knows, in local time as it wants it. */
const EPOCH = new Date(1980, 0, 1);

/** For the permissions of files: what can be run stays so. */
const UNIX = 3;

/**
 * The same PDF, made at no particular time and by no particular run of the browser: its two dates are
 * set to one moment, and its elements, which the browser counts from anywhere, are counted from 0.
 */
export function withoutTraces(pdf: Uint8Array): Uint8Array {
  const text = new TextDecoder("latin1").decode(pdf);
  const same = pdf.slice();
  const write = (start: number, ascii: string) => same.set(new TextEncoder().encode(ascii), start);
  for (const { index, 0: key } of text.matchAll(/\/(?:Creation|Mod)Date \(D:(?=\d{14})/g)) {
    write(index + key.length, "19800101000000");
  }
  // Elements stay in order: a PDF lists them by name.
  const elements = [...text.matchAll(/(?<=\(node)\d{8}(?=\))/g)];
  const names = [...new Set(elements.map(([name]) => name))].sort();
  const rank = new Map(names.map((name, i) => [name, String(i).padStart(8, "0")]));
  for (const { index, 0: name } of elements) write(index, rank.get(name)!);
  return same;
}
