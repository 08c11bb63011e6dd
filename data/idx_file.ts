/**
 * One file of a data set: read, verified, unpacked, parsed.
 *
 * @module
 */
import { SUMS } from "./checksums.ts";
import { DataError } from "./data_error.ts";
import { isGzip, layersOf } from "./gzip.ts";
import { type IdxArray, parseIdx } from "./idx.ts";
import { sha256Of } from "./sha256.ts";
import { fileIn, MissingFileError, namesOf, read, wayOut } from "./source.ts";

/** A file with all that is known of it. */
export interface LoadedFile extends IdxArray {
  /** Its name as it was published, unpacked. */
  readonly file: string;
  /** The name by which it was found. */
  readonly name: string;
  readonly location: string;
  readonly sha256: string;
  readonly content: Uint8Array<ArrayBuffer>;
}

/** Reads one of the four files, whatever it is called there and however it is packed. */
export async function loadFile(
  folder: string | URL,
  file: string,
  sums: Map<string, string> | undefined,
): Promise<LoadedFile> {
  // Where there are sums, a file without one is not read.
  const names = namesOf(file).filter((name) => sums?.has(name) ?? true);
  const { name, url, bytes } = await readFirst(folder, names);
  const location = String(url);
  const sha256 = await sha256Of(bytes);
  const expected = sums?.get(name) ?? sha256;
  // A server may pack on the way what the sum is of.
  if (sha256 !== expected && !await unpacksTo(expected, bytes)) {
    if (name.endsWith(".gz") && !isGzip(bytes)) {
      throw new DataError(
        `${location} came unpacked, and ${SUMS} has the sum of the packed file: this server unpacks ` +
          `.gz files on the way. Put them there unpacked: gunzip *.gz; sha256sum *ubyte > ${SUMS}`,
      );
    }
    throw new DataError(
      `${location} has the SHA-256 ${sha256}, but ${SUMS} says ${expected}. ` +
        `The file is damaged or another one. ${wayOut(url, "Fetch it again.")}`,
    );
  }
  const content = layersOf(bytes, location).at(-1)!;
  return { file, name, location, sha256, content, ...parseIdx(content, location) };
}

async function unpacksTo(sha256: string, bytes: Uint8Array<ArrayBuffer>): Promise<boolean> {
  try {
    return (await Promise.all(layersOf(bytes, "").map(sha256Of))).includes(sha256);
  } catch {
    return false;
  }
}

/** The first of these files that is there. */
async function readFirst(folder: string | URL, names: readonly string[]) {
  const missing: MissingFileError[] = [];
  for (const name of names) {
    const url = fileIn(folder, name);
    try {
      return { name, url, bytes: await read(url) };
    } catch (error) {
      if (!(error instanceof MissingFileError)) throw error;
      missing.push(error);
    }
  }
  const [{ message, cause }] = missing;
  throw new DataError(`${message} Looked for ${names.join(", ")}.`, { cause });
}
