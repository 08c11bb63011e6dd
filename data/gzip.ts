import { ungzip } from "pako";
import { DataError } from "./data_error.ts";
import { messageOf } from "./source.ts";

/** A server may pack once more what is packed; more layers are nobody's. */
const MOST_LAYERS = 3;

/** A file as it was read, what that unpacks to, …, and last its content. */
export function layersOf(
  bytes: Uint8Array<ArrayBuffer>,
  location: string,
): Uint8Array<ArrayBuffer>[] {
  const layers = [bytes];
  while (layers.length < MOST_LAYERS && isGzip(layers.at(-1)!)) {
    layers.push(gunzip(layers.at(-1)!, location));
  }
  return layers;
}

/** Whether a file is packed, by what is in it. */
export function isGzip([first, second]: Uint8Array): boolean {
  return first === 0x1f && second === 0x8b;
}

/** All members of the file, each checked against its CRC; the browsers' own reads only the first. */
function gunzip(bytes: Uint8Array<ArrayBuffer>, location: string): Uint8Array<ArrayBuffer> {
  try {
    return ungzip(bytes);
  } catch (cause) {
    throw new DataError(
      `Cannot decompress ${location}: ${
        messageOf(cause)
      }. It is cut off or damaged: fetch it again.`,
      { cause },
    );
  }
}
