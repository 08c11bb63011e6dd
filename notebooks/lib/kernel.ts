/**
 * The way to the Jupyter kernel that runs this code, where there is one.
 *
 * @module
 */

/** What Jupyter shows: the same content in several forms, of which a front end takes the best. */
export interface MimeBundle {
  "text/plain": string;
  [type: string]: string;
}

/** Options of {@linkcode sendToKernel}. */
export interface SendOptions {
  /** What front ends need to know of a form, by its type; an image's size for example. */
  metadata?: Record<string, unknown>;
  /** Name under which the output can be replaced. */
  id?: string;
  /** Replaces the output of that name instead of adding one. */
  update?: boolean;
}

/** Whether this code runs in a cell of a notebook. */
export function inKernel(): boolean {
  try {
    return Deno.jupyter !== undefined;
  } catch {
    return false; // Deno's getter throws outside of its kernel
  }
}

/** Shows an output below the cell that is running. */
export async function sendToKernel(
  data: MimeBundle,
  { metadata = {}, id, update = false }: SendOptions = {},
): Promise<void> {
  for (const content of Object.values(data)) unconfirmed += content.length;
  await Deno.jupyter.broadcast(update ? "update_display_data" : "display_data", {
    data,
    metadata,
    transient: id === undefined ? {} : { display_id: id },
  });
}

/** Characters sent since the last cell's end. */
let unconfirmed = 0;

/** Milliseconds for what a cell has sent to leave the kernel: a floor, and some for each megabyte. */
const FLUSH = 25;
const FLUSH_PER_MEGABYTE = 100;

type BroadcastResult = (executionCount: number, result: unknown) => Promise<void>;

/**
 * Makes the kernel wait at the end of every cell until the cell's outputs have left it.
 *
 * Deno 2.9's kernel sends outputs through a queue, and the news that a cell has ended past it. Tools
 * that run a notebook, such as `nbconvert --execute`, stop listening to a cell at that news, and lose
 * what comes later. The kernel awaits its function that shows a cell's value, so that waits a moment
 * longer. Where a later Deno has no such function, nothing is changed.
 */
export function keepOutputsInOrder(): void {
  const deno = Deno as unknown as Record<string | symbol, Record<string, unknown> | undefined>;
  const internals = deno[(Deno as unknown as { internal: symbol }).internal];
  const jupyter = internals?.jupyter as { broadcastResult?: BroadcastResult } | undefined;
  const broadcastResult = jupyter?.broadcastResult;
  if (!jupyter || !broadcastResult || waiting.has(broadcastResult)) return;
  const broadcastAndWait: BroadcastResult = async (executionCount, result) => {
    await broadcastResult(executionCount, result);
    const wait = FLUSH + FLUSH_PER_MEGABYTE * unconfirmed / 1e6;
    unconfirmed = 0;
    await new Promise((resolve) => setTimeout(resolve, wait));
  };
  waiting.add(broadcastAndWait);
  jupyter.broadcastResult = broadcastAndWait;
}

const waiting = new WeakSet<BroadcastResult>();
