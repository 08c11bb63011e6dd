/**
 * Folders and files of a data set, local and remote.
 *
 * @module
 */
import { type Fault, fs, paths, urls } from "./builtins.ts";
import { DataError } from "./data_error.ts";

/** Where the files lie that come with this package. */
export const EMBEDDED = new URL("./fashion-mnist/", import.meta.url);

/** The four files of a data set, as they were published, unpacked. */
export const FILES = [
  "train-images-idx3-ubyte",
  "train-labels-idx1-ubyte",
  "t10k-images-idx3-ubyte",
  "t10k-labels-idx1-ubyte",
];

/** What a file is called: as it was published, unpacked, or with a dot, as on Kaggle. */
export function namesOf(file: string): string[] {
  const dotted = file.replace("-idx", ".idx");
  return [`${file}.gz`, file, `${dotted}.gz`, dotted];
}

/** A file that is not there: the one fault that `readSums` forgives. */
export class MissingFileError extends DataError {
  constructor(location: string | URL, { cause }: { cause: Error }) {
    super(
      `Cannot find ${location} (${cause.message}). ` +
        wayOut(
          location,
          `The data source must be a folder with the files ${
            FILES.join(", ")
          }, packed by gzip or not.`,
        ),
      { cause },
    );
  }
}

/** The way out where a file of the embedded set is missing or damaged. */
export const RESTORE =
  "The npm package comes without it: name a folder or a URL as its source. In a clone, restore it: " +
  "git checkout -- data/fashion-mnist.";

/** What mends a file: a file of the embedded set is restored, any other is another's to mend. */
export function wayOut(location: string | URL, otherwise: string): string {
  return String(location).startsWith(String(resolveFolder(EMBEDDED))) ? RESTORE : otherwise;
}

/** A local folder as its path, a remote one as its URL; in a page, a path is one of its server. */
export function resolveFolder(source: string | URL): string | URL {
  const isPath = typeof source === "string" && !/^(file:|[a-z][a-z\d+.-]*:\/\/)/i.test(source);
  if (isPath) return fs ? source : new URL(source, globalThis.location?.href);
  try {
    const url = new URL(source);
    if (url.protocol === "file:" && urls) return urls.fileURLToPath(url);
    if (url.protocol === "http:" || url.protocol === "https:") return url;
  } catch (cause) {
    throw new DataError(
      `Cannot understand the data source ${source}: ${messageOf(cause)}. Give a folder's path, ` +
        "or a file:, http: or https: URL.",
      { cause },
    );
  }
  throw new DataError(
    `Cannot read from the data source ${source}: only a folder's path and file:, http: and ` +
      "https: URLs are served.",
  );
}

/** The path or URL of a file in a folder. */
export function fileIn(folder: string | URL, file: string): string | URL {
  if (typeof folder === "string") return paths!.join(folder, file);
  const url = new URL(folder);
  url.pathname = `${url.pathname.replace(/\/+$/, "")}/${file}`;
  return url;
}

/** @throws {MissingFileError} If there is no such file; for any other fault, a {@linkcode DataError}. */
export async function read(location: string | URL): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return typeof location === "string"
      ? new Uint8Array(await fs!.readFile(location))
      : await download(location);
  } catch (error) {
    if (error instanceof DataError) throw error;
    const cause = error as Fault;
    if (cause.name === "NotCapable") {
      const flag = typeof location === "string"
        ? `--allow-read=${paths!.dirname(location)}`
        : `--allow-net=${location.host}`;
      throw new DataError(`Not allowed to read ${location}: run Deno with ${flag}`, { cause });
    }
    // A folder of the file's name is what some archives unpack to.
    if (cause.code === "ENOENT" || cause.code === "EISDIR") {
      throw new MissingFileError(location, { cause });
    }
    throw new DataError(
      `Cannot read ${location}: ${messageOf(cause)}. Check that the data source is right and can ` +
        "be reached.",
      { cause },
    );
  }
}

async function download(url: URL): Promise<Uint8Array<ArrayBuffer>> {
  // Not unpacked on the way, where that can be had: SHA256SUMS is of the files as they lie there.
  const response = await fetch(url, { headers: { "accept-encoding": "identity" } });
  if (response.ok) return new Uint8Array(await response.arrayBuffer());
  await response.body?.cancel();
  const cause = new Error(`the server answered with HTTP status ${response.status}`);
  // Amazon S3, which Fashion-MNIST is published on, may say 403 of what does not exist.
  if ([403, 404, 410].includes(response.status)) throw new MissingFileError(url, { cause });
  throw cause;
}

/** What an error says. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
