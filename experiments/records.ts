/**
 * Records: one JSON file per trial, complete or absent.
 *
 * A record holds everything that a figure or a sentence needs. It is written beside its place and
 * renamed, carries the SHA-256 of its own content, and is checked against the schema when read.
 *
 * @module
 */
import * as v from "valibot";
import { knownName } from "../data/dataset_name.ts";
import { NUM_CLASSES } from "../data/labeled_images.ts";
import { sha256Of } from "../data/sha256.ts";
import { type Experiment, experimentSchema } from "./experiment.ts";

/** Version of the records' form. */
export const FORMAT = 2;

/** Most characters of a text in a record: no name of a folder or a processor is longer. */
const LONGEST = 255;

/** Control characters, halves of characters, and what breaks a line or turns its direction. */
const UNPRINTABLE = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu;

/** A text as records hold it and terminals may show it: one line of what can be seen. */
export function printable(text: string, longest = LONGEST): string {
  const shown = text.replace(UNPRINTABLE, "\uFFFD");
  return shown.length > longest ? `${shown.slice(0, longest - 1).toWellFormed()}…` : shown;
}

// Records are made to be passed around, so every text in them is bounded. Names hold nothing that
// Markdown or HTML would read; a free text is escaped where it is shown.
const identifier = v.pipe(v.string(), v.regex(/^[\w./+-]{1,100}$/));
const hexadecimal = v.pipe(v.string(), v.regex(/^[0-9a-f]{1,64}$/));
const versionNumber = v.pipe(v.string(), v.regex(/^[0-9A-Za-z.+-]{1,100}$/));
const freeText = v.pipe(
  v.string(),
  v.nonEmpty(),
  v.check(
    (value) => printable(value) === value,
    `Invalid text: Expected at most ${LONGEST} characters on one line, none of them for control`,
  ),
);

const natural = v.pipe(v.number(), v.integer(), v.minValue(0));
const fraction = v.pipe(v.number(), v.minValue(0), v.maxValue(1));
const numbers = v.array(v.number());
/** A loss that overflowed has no number in JSON: null stands for "not finite". */
const loss = v.nullable(v.number());

/** Mean cross-entropy in nats and share of images classified rightly. */
const scoreSchema = v.strictObject({ loss, accuracy: fraction });

/** A score, and how often class i (row) was taken for class j (column). */
const testScoreSchema = v.strictObject({
  ...scoreSchema.entries,
  confusion: v.pipe(
    v.array(v.pipe(v.array(natural), v.length(NUM_CLASSES))),
    v.length(NUM_CLASSES),
  ),
});

/** How the outputs of one layer are distributed over the probe images. */
const activationSchema = v.strictObject({
  layer: identifier,
  /** What the layer is: affine map, activation, or batch normalization. */
  kind: v.picklist(["affine", "activation", "batchNorm"]),
  mean: v.nullable(v.number()),
  deviation: v.nullable(v.number()),
  /**
   * How far the layer's units moved since the epoch before: the root mean square over units of
   * (µₑ − µₑ₋₁)/σₑ₋₁, in deviations of the unit. Null after the first epoch, and where no unit varies.
   */
  shift: v.nullable(v.number()),
  /** Equal bins from `low` to `high`, the smallest and the largest value; no bins if not asked for. */
  histogram: v.strictObject({ low: v.number(), high: v.number(), counts: v.array(natural) }),
});

const epochSchema = v.strictObject({
  /** From 1. */
  epoch: v.pipe(v.number(), v.integer(), v.minValue(1)),
  /** Over the epoch's batches as they were trained on, in training mode. */
  train: scoreSchema,
  /** In prediction mode, with moving statistics. */
  validation: scoreSchema,
  /**
   * The same weights with the statistics of the batches themselves (training mode, batches of the
   * training size), and with exact ones; null if not asked for.
   */
  modes: v.nullable(v.strictObject({ batch: scoreSchema, dataset: scoreSchema })),
  /** On the first validation images, in prediction mode, after the epoch. */
  activations: v.array(activationSchema),
  seconds: v.number(),
});

const statisticsSchema = v.strictObject({ mean: numbers, variance: numbers, count: v.number() });

const batchNormSchema = v.strictObject({
  layer: identifier,
  gamma: numbers,
  beta: numbers,
  moving: statisticsSchema,
  dataset: statisticsSchema,
});

/**
 * How far the estimates of single batches lie from those of all batches together, in one BN layer:
 * root mean squares over batches and channels.
 */
const noiseSchema = v.strictObject({
  layer: identifier,
  /** Of (µ̂ − µ)/σ. */
  mean: v.number(),
  /** Of (σ̂² − σ²)/σ². */
  variance: v.number(),
});

/** Test images classified with the statistics of the batches that they happen to be in. */
const companionsSchema = v.strictObject({
  accuracy: fraction,
  /** Share of images that another order, hence other companions, puts into another class. */
  changed: fraction,
});

/** Scores of the same weights with either kind of statistics; without BN there are none to choose. */
function byStatistics<S extends v.GenericSchema>(score: S) {
  return v.strictObject({ moving: score, dataset: v.nullable(score) });
}

/** The form of a {@linkcode TrialRecord}. */
export const trialSchema = v.strictObject({
  format: v.literal(FORMAT),
  experiment: experimentSchema,
  seed: natural,
  /** What they were called, and one checksum for their images and labels. */
  data: v.strictObject({ name: freeText, checksum: hexadecimal }),
  /** Version of this package. */
  version: versionNumber,
  /** Which kernels computed it: ours, or TensorFlow.js's with what they lack in TypeScript. */
  kernels: v.picklist(["own", "stock"]),
  environment: v.strictObject({
    deno: versionNumber,
    tensorflow: versionNumber,
    backend: identifier,
    os: freeText,
    cpu: freeText,
    cores: natural,
    /** Trials that ran side by side; times depend on it, results do not. */
    jobs: natural,
  }),
  started: v.pipe(v.string(), v.isoTimestamp()),
  parameters: natural,
  epochs: v.pipe(v.array(epochSchema), v.minLength(1)),
  /**
   * The step, from 1, at which the loss or a batch's statistics ceased to be finite and training
   * ended; null if it went well.
   */
  diverged: v.nullable(v.pipe(v.number(), v.integer(), v.minValue(1))),
  /** On the first training images, 10,000 at most, in prediction mode after the last epoch. */
  train: byStatistics(scoreSchema),
  validation: byStatistics(scoreSchema),
  test: byStatistics(testScoreSchema),
  /** Test images with the statistics of their batches; null if not asked for. */
  companions: v.nullable(companionsSchema),
  /** One entry for each BN layer, or none if not asked for. */
  noise: v.array(noiseSchema),
  /** One entry for each BN layer, or none if not asked for. */
  batchNorm: v.array(batchNormSchema),
  /** SHA-256 of the final weights, to tell whether two trials agree to the bit. */
  weights: hexadecimal,
  seconds: v.strictObject({
    training: v.number(),
    validation: v.number(),
    statistics: v.number(),
    test: v.number(),
    total: v.number(),
  }),
});

const recordSchema = v.strictObject({ ...trialSchema.entries, sha256: hexadecimal });

export type Score = v.InferOutput<typeof scoreSchema>;
export type TestScore = v.InferOutput<typeof testScoreSchema>;
export type ActivationSummary = v.InferOutput<typeof activationSchema>;
export type EpochRecord = v.InferOutput<typeof epochSchema>;
export type NoiseRecord = v.InferOutput<typeof noiseSchema>;
export type BatchNormRecord = v.InferOutput<typeof batchNormSchema>;
export type Environment = v.InferOutput<typeof trialSchema>["environment"];
/** Everything that one trial found. */
export type TrialRecord = v.InferOutput<typeof trialSchema>;

/** A file where a record belongs that is not one, or not the one asked for. */
export class RecordError extends Error {
  override name = "RecordError";

  /** @param message May hold a file's name: it is shown without control characters but line breaks. */
  constructor(message: string, options?: ErrorOptions) {
    super(message.split("\n").map((line) => printable(line, Infinity)).join("\n"), options);
  }
}

/**
 * What the data of some records are called, by checksum, which alone decides which are the same: by
 * the name that is known of it, else by that of the first record.
 */
export function datasetNames(records: readonly TrialRecord[]): Map<string, string> {
  const names = records.map(({ data: { name, checksum } }) =>
    [checksum, knownName(checksum) ?? name] as const
  );
  return new Map(names.toReversed());
}

/** Where the records of all presets live, found from this module and not the working directory. */
export const RESULTS = new URL("../results/", import.meta.url);

/** Where the records of the reference run live, one folder for each preset; in the repository. */
export const REFERENCE = new URL("reference/", RESULTS);

/** Name of a trial's file. */
export function recordName(experiment: Pick<Experiment, "name">, seed: number): string {
  return `${experiment.name}-${seed}.json`;
}

/**
 * Reads one record and checks it: JSON, schema, checksum.
 *
 * @returns The record, or undefined if there is no such file.
 * @throws {RecordError} If the file is damaged or no record; names the file and the fault.
 */
export async function readRecord(file: URL): Promise<TrialRecord | undefined> {
  return (await readSealed(file))?.trial;
}

/** A trial, and the SHA-256 that its file carries and its content has. */
interface Sealed {
  trial: TrialRecord;
  sha256: string;
}

async function readSealed(file: URL): Promise<Sealed | undefined> {
  let text: string;
  try {
    text = await Deno.readTextFile(file);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw new RecordError(`Cannot read ${pathOf(file)}: ${(error as Error).message}`, {
      cause: error,
    });
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new RecordError(`${pathOf(file)} is not JSON; it may have been cut short.`, { cause });
  }
  const parsed = v.safeParse(recordSchema, json);
  if (!parsed.success) {
    const [issue] = parsed.issues;
    throw new RecordError(
      `${pathOf(file)} is not a record of a trial: ` +
        `${printable(v.getDotPath(issue) ?? "it")}: ${printable(issue.message)}`,
    );
  }
  const { sha256, ...trial } = parsed.output;
  if (sha256 !== await checksum(json as TrialRecord)) {
    throw new RecordError(
      `${pathOf(file)} has been changed since it was written: its content does not have the ` +
        `SHA-256 that it carries.`,
    );
  }
  return { trial, sha256 };
}

/** A record's file, to tell whether two sets of records are the same. */
export interface RecordFile {
  /** Its path in the folder. */
  file: string;
  /** That of its content, as it carries it. */
  sha256: string;
}

/** What a folder of records holds. */
export interface RecordFolder {
  /** The readable ones, by experiment name and seed. */
  records: TrialRecord[];
  /** Their files, by name. */
  files: RecordFile[];
  /** One error for each file that should be a record and is not. */
  damaged: RecordError[];
}

/**
 * Reads every record of a folder; for readers that show what there is, damaged files are reported
 * and passed over. A folder that does not exist holds nothing.
 */
export async function readFolder(folder: URL): Promise<RecordFolder> {
  const records: TrialRecord[] = [];
  const files: RecordFile[] = [];
  const damaged: RecordError[] = [];
  for (const name of await recordNames(folder)) {
    try {
      const sealed = await readSealed(new URL(encodeURIComponent(name), folder));
      if (!sealed) continue; // it was there a moment ago
      records.push(sealed.trial);
      files.push({ file: name, sha256: sealed.sha256 });
    } catch (error) {
      if (!(error instanceof RecordError)) throw error;
      damaged.push(error);
    }
  }
  records.sort((a, b) => compare(a.experiment.name, b.experiment.name) || a.seed - b.seed);
  return { records, files, damaged };
}

async function recordNames(folder: URL): Promise<string[]> {
  const names: string[] = [];
  try {
    for await (const entry of Deno.readDir(folder)) {
      if (entry.isFile && entry.name.endsWith(".json")) names.push(entry.name);
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return names.sort();
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * Writes a record under its name in a folder: beside its place first, then renamed, so that the name
 * stands for a complete record or for none.
 *
 * @throws {RecordError} If it cannot be written; names the file.
 */
export async function writeRecord(folder: URL, trial: TrialRecord): Promise<URL> {
  const file = new URL(recordName(trial.experiment, trial.seed), folder);
  const text = JSON.stringify({ ...trial, sha256: await checksum(trial) }) + "\n";
  await writeWhole(file, text);
  return file;
}

/**
 * Writes a file so that it is complete or absent: under a temporary name in the same folder, then
 * renamed.
 *
 * @throws {RecordError} If it cannot be written; the temporary file is removed.
 */
export async function writeWhole(file: URL, content: string | Uint8Array): Promise<void> {
  const temporary = new URL(`${file.href}.${crypto.randomUUID()}.tmp`);
  const write = async () => {
    await Deno.mkdir(new URL(".", file), { recursive: true });
    if (typeof content === "string") await Deno.writeTextFile(temporary, content);
    else await Deno.writeFile(temporary, content);
    await Deno.rename(temporary, file);
  };
  try {
    await write().catch((error) => {
      // Just then, another run may have moved the folder aside.
      if (error instanceof Deno.errors.NotFound) return write();
      throw error;
    });
  } catch (cause) {
    await Deno.remove(temporary).catch(() => {});
    throw new RecordError(
      `Cannot write ${pathOf(file)}: ${(cause as Error).message}. Make room or make the folder ` +
        `writable, then run the same command again: finished trials are kept.`,
      { cause },
    );
  }
}

/** A file's path for messages; of what is not a file, its address. */
export function pathOf(file: URL): string {
  return file.protocol === "file:" ? decodeURIComponent(file.pathname) : file.href;
}

async function checksum(record: TrialRecord & { sha256?: string }): Promise<string> {
  const { sha256: _, ...content } = record;
  return await sha256Of(new TextEncoder().encode(JSON.stringify(content)));
}
