import { createHash } from "node:crypto";
import { gunzipSync, gzipSync } from "node:zlib";
import { relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import {
  assert,
  assertEquals,
  assertNotEquals,
  assertRejects,
  assertStrictEquals,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { DataError } from "../../data/data_error.ts";
import {
  CLASS_NAMES,
  classNamesOf,
  datasetName,
  FASHION_MNIST,
  knownName,
} from "../../data/dataset_name.ts";
import { loadFashionMnist } from "../../data/fashion_mnist.ts";
import {
  IMAGE_SIZE,
  type LabeledImages,
  NUM_CLASSES,
  takeFirst,
} from "../../data/labeled_images.ts";
import { granted } from "../permissions.ts";

const EMBEDDED = new URL("../../data/fashion-mnist/", import.meta.url);
const PIXELS = IMAGE_SIZE * IMAGE_SIZE;

const TRAIN_IMAGES = "train-images-idx3-ubyte.gz";
const TRAIN_LABELS = "train-labels-idx1-ubyte.gz";
const TEST_IMAGES = "t10k-images-idx3-ubyte.gz";
const TEST_LABELS = "t10k-labels-idx1-ubyte.gz";

// ---- A small data set, and its damaged variants --------------------------------------------------

type Files = Record<string, Uint8Array<ArrayBuffer> | undefined>;

/** An IDX file of unsigned bytes, not compressed. */
function idx(shape: number[], element: (i: number) => number): Uint8Array<ArrayBuffer> {
  const length = shape.reduce((product, size) => product * size, 1);
  const header = new DataView(new ArrayBuffer(4 + 4 * shape.length));
  header.setUint32(0, 0x0800 + shape.length);
  shape.forEach((size, axis) => header.setUint32(4 + 4 * axis, size));
  return Uint8Array.from([
    ...new Uint8Array(header.buffer),
    ...Uint8Array.from({ length }, (_, i) => element(i)),
  ]);
}

async function gzip(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream("gzip"));
  return await new Response(stream).bytes();
}

/** Image i is all i (training) or all 100 + i (test); its label is i mod 10. */
function images(count: number, first = 0): Promise<Uint8Array<ArrayBuffer>> {
  return gzip(idx([count, 28, 28], (i) => first + Math.floor(i / PIXELS)));
}

function labels(count: number): Promise<Uint8Array<ArrayBuffer>> {
  return gzip(idx([count], (i) => i % 10));
}

/** 25 training and 3 test images, with the files given replaced (or left out: undefined). */
async function dataSet(replaced: Files = {}): Promise<Files> {
  return {
    [TRAIN_IMAGES]: await images(25),
    [TRAIN_LABELS]: await labels(25),
    [TEST_IMAGES]: await images(3, 100),
    [TEST_LABELS]: await labels(3),
    ...replaced,
  };
}

/** What `sha256sum` would print, by Node's implementation. */
function sha256sum(files: Files): Uint8Array<ArrayBuffer> {
  const lines = Object.entries(files).map(([file, bytes]) =>
    bytes ? `${sha256(bytes)}  ${file}\n` : ""
  );
  return new TextEncoder().encode(lines.join(""));
}

function sha256(bytes: Uint8Array | string): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** Lets `use` work with a folder that holds the files, and removes it afterwards. */
async function withFolder(files: Files, use: (folder: string) => Promise<void>): Promise<void> {
  const parent = fileURLToPath(new URL("../tmp", import.meta.url));
  await Deno.mkdir(parent, { recursive: true });
  const folder = await Deno.makeTempDir({ dir: parent });
  try {
    for (const [file, bytes] of Object.entries(files)) {
      if (bytes) await Deno.writeFile(`${folder}/${file}`, bytes);
    }
    await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Lets `use` work with a server that answers GET /some/data/FILE, and stops it afterwards. */
async function withServer(
  answer: (file: string) => Response,
  use: (folder: string) => Promise<void>,
): Promise<void> {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
    const [, file] = new URL(request.url).pathname.match(/^\/some\/data\/([^/]+)$/) ?? [];
    return file ? answer(file) : new Response("no such folder", { status: 404 });
  });
  try {
    await use(`http://127.0.0.1:${server.addr.port}/some/data`);
  } finally {
    await server.shutdown();
  }
}

function serveFiles(files: Files): (file: string) => Response {
  return (file) => new Response(files[file] ?? null, { status: files[file] ? 200 : 404 });
}

function testWithFolder(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, ignore: !granted("read", "write"), fn });
}

function testWithServer(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, ignore: !granted("net"), fn });
}

/** A test that a folder with these files is refused with these words, the file's name among them. */
function testFault(
  name: string,
  files: () => Promise<Files>,
  file: string,
  ...words: string[]
): void {
  testWithFolder(
    `loadFashionMnist refuses ${name}`,
    async () =>
      await withFolder(await files(), async (folder) => {
        const load = () => loadFashionMnist({ source: folder });
        const { message } = await assertRejects(load, DataError, `${folder}/${file}`);
        for (const word of words) assertStringIncludes(message, word);
      }),
  );
}

// ---- The embedded data set ------------------------------------------------------------------------

Deno.test({
  name: "the embedded files are the ones published, by the MD5 sum of each",
  ignore: !granted("read"),
  async fn() {
    // https://github.com/zalandoresearch/fashion-mnist#get-the-data
    const published = {
      [TRAIN_IMAGES]: "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
      [TRAIN_LABELS]: "25c81989df183df01b3e8a0aad5dffbe",
      [TEST_IMAGES]: "bef4ecab320f06d8554ea6380940ec79",
      [TEST_LABELS]: "bb300cfdad3c16e7a12a480ee83cd310",
    };
    for (const [file, md5] of Object.entries(published)) {
      const bytes = await Deno.readFile(new URL(file, EMBEDDED));
      assertEquals(createHash("md5").update(bytes).digest("hex"), md5, file);
    }
  },
});

Deno.test({
  name: "loadFashionMnist splits the embedded data into the first 55,000, the next 5,000, 10,000",
  ignore: !granted("read"),
  async fn() {
    // NumPy, from the same files: first labels and pixel sums of the first and the last image.
    const { train, validation, test } = await loadFashionMnist();
    assertSplit(train, 55_000, [9, 0, 0, 3, 0, 2, 7, 2, 5, 5], 76247, 103694);
    assertSplit(validation, 5_000, [0, 8, 0, 6, 5, 8, 0, 4, 7, 8], 89180, 16684);
    assertSplit(test, 10_000, [9, 2, 1, 1, 6, 1, 4, 6, 5, 7], 33456, 24390);
  },
});

function assertSplit(
  { images, labels, count }: LabeledImages,
  expectedCount: number,
  firstLabels: number[],
  firstSum: number,
  lastSum: number,
): void {
  const sum = (pixels: Uint8Array) => pixels.reduce((sum, pixel) => sum + pixel, 0);
  assertEquals(count, expectedCount);
  assertEquals(images.length, count * PIXELS);
  assertEquals(labels.length, count);
  assertEquals([...labels.subarray(0, 10)], firstLabels);
  assertEquals(sum(images.subarray(0, PIXELS)), firstSum);
  assertEquals(sum(images.subarray(-PIXELS)), lastSum);
}

Deno.test({
  name:
    "every class has 450 to 527 of the embedded validation images, and 1,000 of the test images",
  ignore: !granted("read"),
  async fn() {
    const { validation, test } = await loadFashionMnist();
    const tally = ({ labels }: LabeledImages) =>
      CLASS_NAMES.map((_, k) => labels.filter((label) => label === k).length);
    assertEquals(tally(validation), [521, 497, 490, 508, 527, 503, 467, 450, 515, 522]);
    assertEquals(tally(test), Array(10).fill(1000));
  },
});

Deno.test({
  name: "loadFashionMnist reports the embedded files' sums; the checksum is that of SHA256SUMS",
  ignore: !granted("read"),
  async fn() {
    const { sha256: sums, checksum, source } = await loadFashionMnist();
    const text = await Deno.readTextFile(new URL("SHA256SUMS", EMBEDDED));
    const lines = text.trimEnd().split("\n").map((line) => line.split("  "));
    assertEquals(sums, Object.fromEntries(lines.map(([sum, file]) => [file, sum])));
    assertEquals(checksum, sha256(text));
    assertEquals(source, fileURLToPath(EMBEDDED));
  },
});

Deno.test("there are ten class names, each one once", () => {
  assertEquals(CLASS_NAMES.length, NUM_CLASSES);
  assertEquals(new Set(CLASS_NAMES).size, NUM_CLASSES);
});

// ---- Other data sets, other places ----------------------------------------------------------------

testWithFolder(
  "loadFashionMnist takes the last twelfth for validation, rounded down",
  async () =>
    await withFolder(await dataSet(), async (source) => {
      const { train, validation, test } = await loadFashionMnist({ source });
      const summary = ({ count, images, labels }: LabeledImages) => ({
        count,
        images: images.length / PIXELS,
        ends: [images[0], images.at(-1)],
        labels: [labels[0], labels.at(-1)],
      });
      assertEquals(summary(train), { count: 23, images: 23, ends: [0, 22], labels: [0, 2] });
      assertEquals(summary(validation), { count: 2, images: 2, ends: [23, 24], labels: [3, 4] });
      assertEquals(summary(test), { count: 3, images: 3, ends: [100, 102], labels: [0, 2] });
    }),
);

testWithFolder(
  "loadFashionMnist reads a path or a file: URL, with a slash or without",
  async () =>
    await withFolder(await dataSet(), async (folder) => {
      const url = pathToFileURL(folder);
      const fromHere = relative(Deno.cwd(), folder);
      for (const source of [folder, `${folder}/`, url, url.href, `${url.href}/`, fromHere]) {
        assertEquals((await loadFashionMnist({ source })).test.count, 3, String(source));
      }
    }),
);

testWithFolder(
  "the checksum is that of the sums of the four unpacked files, ordered by file name",
  async () =>
    await withFolder(await dataSet(), async (folder) => {
      const [trainImages, trainLabels, testImages, testLabels] = await unpackedSet();
      const sumsAlone = sha256(sha256sum({
        "t10k-images-idx3-ubyte": testImages,
        "t10k-labels-idx1-ubyte": testLabels,
        "train-images-idx3-ubyte": trainImages,
        "train-labels-idx1-ubyte": trainLabels,
      }));
      assertEquals((await loadFashionMnist({ source: folder })).checksum, sumsAlone);
      await Deno.writeFile(`${folder}/${TEST_IMAGES}`, await images(3, 101));
      assertNotEquals((await loadFashionMnist({ source: folder })).checksum, sumsAlone);
    }),
);

// ---- Files as people have them --------------------------------------------------------------------

/** Contents of the small set's files: training images and labels, test images and labels. */
async function unpackedSet(): Promise<Uint8Array<ArrayBuffer>[]> {
  const files = await dataSet();
  return [TRAIN_IMAGES, TRAIN_LABELS, TEST_IMAGES, TEST_LABELS].map((file) =>
    Uint8Array.from(gunzipSync(files[file]!))
  );
}

/** Two gzip members, as `cat` and parallel packers write them. */
async function inMembers(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const [first, second] = [await gzip(bytes.slice(0, 5)), await gzip(bytes.slice(5))];
  return Uint8Array.from([...first, ...second]);
}

/** The small set in every form that people have it in. */
async function forms(): Promise<Record<string, Files>> {
  const [trainImages, trainLabels, testImages, testLabels] = await unpackedSet();
  const packed = await dataSet();
  return {
    "as published": packed,
    "unpacked": {
      "train-images-idx3-ubyte": trainImages,
      "train-labels-idx1-ubyte": trainLabels,
      "t10k-images-idx3-ubyte": testImages,
      "t10k-labels-idx1-ubyte": testLabels,
    },
    "with a dot, as on Kaggle": {
      "train-images.idx3-ubyte": trainImages,
      "train-labels.idx1-ubyte": trainLabels,
      "t10k-images.idx3-ubyte": testImages,
      "t10k-labels.idx1-ubyte": testLabels,
    },
    "with a dot and packed": {
      "train-images.idx3-ubyte.gz": packed[TRAIN_IMAGES],
      "train-labels.idx1-ubyte.gz": packed[TRAIN_LABELS],
      "t10k-images.idx3-ubyte.gz": packed[TEST_IMAGES],
      "t10k-labels.idx1-ubyte.gz": packed[TEST_LABELS],
    },
    "in several members": {
      ...packed,
      [TRAIN_IMAGES]: await inMembers(trainImages),
      [TEST_LABELS]: await inMembers(testLabels),
    },
    "mixed": {
      [TRAIN_IMAGES]: packed[TRAIN_IMAGES],
      "train-labels-idx1-ubyte": trainLabels,
      "t10k-images.idx3-ubyte": testImages,
      "t10k-labels.idx1-ubyte.gz": packed[TEST_LABELS],
    },
    "unpacked under the packed name": { ...packed, [TRAIN_IMAGES]: trainImages },
  };
}

testWithFolder("every form of the files gives the same images and the same checksum", async () => {
  const all = await forms();
  const expected = await withLoaded(all["as published"]);
  for (const [form, files] of Object.entries(all)) {
    for (const more of [{}, { SHA256SUMS: sha256sum(files) }]) {
      const { train, test, checksum, sha256: sums } = await withLoaded({ ...files, ...more });
      assertEquals(train, expected.train, form);
      assertEquals(test, expected.test, form);
      assertEquals(checksum, expected.checksum, form);
      assertEquals(sums, sumsOf(files), form);
    }
  }
});

async function withLoaded(files: Files) {
  let loaded!: Awaited<ReturnType<typeof loadFashionMnist>>;
  await withFolder(files, async (source) => {
    loaded = await loadFashionMnist({ source });
  });
  return loaded;
}

function sumsOf(files: Files): Record<string, string> {
  return Object.fromEntries(
    Object.entries(files).flatMap(([file, bytes]) => bytes ? [[file, sha256(bytes)]] : []),
  );
}

testWithServer("a server may send every form, as it lies there or packed on the way", async () => {
  const all = await forms();
  const send = {
    "as it is": (bytes: Uint8Array<ArrayBuffer>) => new Response(bytes),
    // What is packed is said to be, and what is not is packed: Deno unpacks both unless told not to.
    "encoded": (bytes: Uint8Array<ArrayBuffer>) =>
      encoded(bytes[0] === 0x1f ? bytes : gzipSync(bytes)),
    "packed twice": (bytes: Uint8Array<ArrayBuffer>) => encoded(gzipSync(bytes)),
  };
  for (const [form, files] of Object.entries(all)) {
    for (const served of [files, { ...files, SHA256SUMS: sha256sum(files) } as Files]) {
      for (const [how, respond] of Object.entries(send)) {
        const answer = (file: string) => {
          const bytes = served[file];
          return bytes ? respond(bytes) : new Response(null, { status: 404 });
        };
        await withServer(answer, async (source) => {
          const { train, checksum } = await loadFashionMnist({ source });
          assertEquals([train.count, train.images[23 * PIXELS - 1]], [23, 22], `${form}, ${how}`);
          assertEquals(checksum, sha256(sha256sum(await canonical())), `${form}, ${how}`);
        });
      }
    }
  }
});

function encoded(bytes: Uint8Array): Response {
  return new Response(Uint8Array.from(bytes), { headers: { "content-encoding": "gzip" } });
}

async function canonical(): Promise<Files> {
  const { unpacked } = await forms();
  return Object.fromEntries(Object.entries(unpacked).sort(([a], [b]) => a < b ? -1 : 1));
}

testWithFolder(
  "where a file lies in two forms, the one that SHA256SUMS lists is read",
  async () => {
    const { unpacked, "as published": packed } = await forms();
    const files = { ...packed, ...unpacked, [TRAIN_IMAGES]: await images(30) };
    await withFolder({ ...files, SHA256SUMS: sha256sum(unpacked) }, async (source) => {
      assertEquals((await loadFashionMnist({ source })).train.count, 23);
    });
  },
);

testWithFolder(
  "a folder of a file's name is passed over, as Kaggle's archive has them",
  async () => {
    const { "with a dot, as on Kaggle": files } = await forms();
    await withFolder(files, async (source) => {
      await Deno.mkdir(`${source}/train-images-idx3-ubyte`);
      assertEquals((await loadFashionMnist({ source })).train.count, 23);
    });
  },
);

// ---- What a data set is called --------------------------------------------------------------------

Deno.test({
  name: "Fashion-MNIST is known by what is in its files, wherever they lie and however packed",
  ignore: !granted("read", "write"),
  async fn() {
    const embedded = await loadFashionMnist();
    assertEquals([embedded.checksum, datasetName(embedded)], [FASHION_MNIST, "fashion-mnist"]);
    const packed: Files = {};
    const unpacked: Files = {};
    for (const file of [TRAIN_IMAGES, TRAIN_LABELS, TEST_IMAGES, TEST_LABELS]) {
      packed[file] = await Deno.readFile(new URL(file, EMBEDDED));
      unpacked[file.replace("-idx", ".idx").replace(".gz", "")] = Uint8Array.from(
        gunzipSync(packed[file]!),
      );
    }
    for (const files of [packed, unpacked]) {
      const { checksum, source } = await withLoaded(files);
      assertEquals([checksum, datasetName({ checksum, source })], [FASHION_MNIST, "fashion-mnist"]);
      assertEquals(classNamesOf(checksum), CLASS_NAMES);
    }
  },
});

testWithFolder(
  "other data are called by their folder, and have neutral class names whatever that is called",
  async () =>
    await withFolder({}, async (folder) => {
      for (const name of ["fashion-mnist", "a #1 100% ünï?,x", "raw"]) {
        await Deno.mkdir(`${folder}/${name}`);
        for (const [file, bytes] of Object.entries(await dataSet())) {
          await Deno.writeFile(`${folder}/${name}/${file}`, bytes!);
        }
        for (const source of [`${folder}/${name}/`, pathToFileURL(`${folder}/${name}`)]) {
          const data = await loadFashionMnist({ source });
          assertEquals(datasetName(data), name);
          assertEquals(classNamesOf(data.checksum)[9], "class 9");
        }
      }
    }),
);

Deno.test("data from a server are called by the last folder of the address, or the server", () => {
  const name = (source: string) => datasetName({ checksum: "ab", source });
  assertEquals(name("https://example.org/kmnist/?key=1"), "kmnist");
  assertEquals(name("https://example.org/my%20data"), "my data");
  assertEquals(name("https://example.org/100%"), "100%");
  assertEquals(name("http://example.org:8080"), "example.org:8080");
});

Deno.test("a checksum that is not known has no name", () => {
  assertEquals([knownName(FASHION_MNIST), knownName("ab")], ["fashion-mnist", undefined]);
});

testWithFolder(
  "SHA256SUMS may have stars, ./, capitals, CRLF and lines about other files",
  async () => {
    const files = await dataSet();
    const sums = new TextDecoder().decode(sha256sum(files));
    for (
      const text of [
        sums,
        sums.replaceAll("  ", " *"),
        sums.replaceAll("  ", "  ./"),
        sums.replaceAll("\n", "\r\n"),
        sums.replace(/[0-9a-f]{64}/g, (sum) => sum.toUpperCase()),
        `${"0".repeat(64)}  another-file\n${sums}`,
      ]
    ) {
      await withFolder({ ...files, SHA256SUMS: new TextEncoder().encode(text) }, async (source) => {
        assertEquals((await loadFashionMnist({ source })).test.count, 3);
      });
    }
  },
);

testWithServer("loadFashionMnist reads an http: URL, with a slash or without", async () => {
  const files = await dataSet();
  for (const served of [files, { ...files, SHA256SUMS: sha256sum(files) }]) {
    await withServer(serveFiles(served), async (folder) => {
      for (const source of [folder, `${folder}/`, new URL(folder), `${folder}?key=1`]) {
        const { train, source: reported } = await loadFashionMnist({ source });
        assertEquals(train.count, 23);
        assertEquals(reported, String(source));
      }
    });
  }
});

testWithServer("loadFashionMnist does without sums where the server says 403 of them", async () => {
  const files = await dataSet();
  const answer = (file: string) =>
    file === "SHA256SUMS" ? new Response("denied", { status: 403 }) : serveFiles(files)(file);
  await withServer(answer, async (source) => {
    assertEquals((await loadFashionMnist({ source })).train.count, 23);
  });
});

// ---- Faults ---------------------------------------------------------------------------------------

testFault(
  "a folder without one of the files",
  () => dataSet({ [TEST_LABELS]: undefined }),
  TEST_LABELS,
  "Cannot find",
  "packed by gzip or not",
  "Looked for t10k-labels-idx1-ubyte.gz, t10k-labels-idx1-ubyte, t10k-labels.idx1-ubyte.gz, " +
    "t10k-labels.idx1-ubyte.",
);

testFault("an empty folder, by the first file alone", () => Promise.resolve({}), TRAIN_IMAGES);

testFault(
  "a file whose sum is not the one in SHA256SUMS",
  async () => ({
    ...await dataSet({ [TEST_IMAGES]: await images(3, 99) }),
    SHA256SUMS: sha256sum(await dataSet()),
  }),
  TEST_IMAGES,
  "SHA-256",
  "SHA256SUMS says",
  "Fetch it again",
);

testFault(
  "a damaged file by its sum, where there is one",
  async () => {
    const whole = await images(25);
    return {
      ...await dataSet({ [TRAIN_IMAGES]: whole.subarray(0, whole.length - 9) }),
      SHA256SUMS: sha256sum(await dataSet()),
    };
  },
  TRAIN_IMAGES,
  "SHA256SUMS says",
);

testFault(
  "a SHA256SUMS without a line for one of the files",
  async () => ({
    ...await dataSet(),
    SHA256SUMS: sha256sum(await dataSet({ [TRAIN_LABELS]: undefined })),
  }),
  "SHA256SUMS",
  TRAIN_LABELS,
  "sha256sum *ubyte* > SHA256SUMS",
);

testFault(
  "a file that is cut off",
  async () => {
    const whole = await images(25);
    return await dataSet({ [TRAIN_IMAGES]: whole.subarray(0, whole.length - 9) });
  },
  TRAIN_IMAGES,
  "Cannot decompress",
  "fetch it again",
);

testFault(
  "a file that is damaged inside",
  async () => {
    const damaged = (await images(25)).slice();
    damaged[damaged.length - 6] ^= 1; // in the sum of the content
    return await dataSet({ [TRAIN_IMAGES]: damaged });
  },
  TRAIN_IMAGES,
  "Cannot decompress",
  "fetch it again",
);

testFault(
  "a file of several members whose last is cut off",
  async () => {
    const [trainImages] = await unpackedSet();
    const whole = await inMembers(trainImages);
    return await dataSet({ [TRAIN_IMAGES]: whole.subarray(0, whole.length - 9) });
  },
  TRAIN_IMAGES,
  "Cannot decompress",
);

testFault(
  "a file that is neither gzip nor IDX",
  () => dataSet({ [TEST_LABELS]: new TextEncoder().encode("<!doctype html>") }),
  TEST_LABELS,
  "0x3c 0x21",
  "another format",
);

testFault(
  "an unpacked file that is cut off",
  async () => {
    const [trainImages] = await unpackedSet();
    return { ...await dataSet(), [TRAIN_IMAGES]: trainImages.subarray(0, 999) };
  },
  TRAIN_IMAGES,
  "holds 983 elements",
  "cut off",
);

testFault(
  "an unpacked file where SHA256SUMS lists the packed one alone",
  async () => {
    const { unpacked, "as published": packed } = await forms();
    return { ...unpacked, SHA256SUMS: sha256sum(packed) };
  },
  TRAIN_IMAGES,
  "Cannot find",
  "Looked for train-images-idx3-ubyte.gz.",
);

testFault(
  "a file that a server unpacked on its way to a browser, where the sum is of the packed one",
  async () => {
    const [trainImages] = await unpackedSet();
    const packed = await dataSet();
    return { ...packed, [TRAIN_IMAGES]: trainImages, SHA256SUMS: sha256sum(packed) };
  },
  TRAIN_IMAGES,
  "came unpacked",
  "gunzip *.gz; sha256sum *ubyte > SHA256SUMS",
);

testFault(
  "a compressed file that is not IDX",
  async () =>
    await dataSet({ [TEST_LABELS]: await gzip(new TextEncoder().encode("<!doctype html>")) }),
  TEST_LABELS,
  "0x3c 0x21",
  "IDX begins with",
);

testFault(
  "images of another size",
  async () => await dataSet({ [TEST_IMAGES]: await gzip(idx([3, 32, 28], () => 0)) }),
  TEST_IMAGES,
  "[3, 32, 28]",
  "[count, 28, 28]",
);

testFault(
  "images of another rank",
  async () => await dataSet({ [TRAIN_IMAGES]: await gzip(idx([25, 784], () => 0)) }),
  TRAIN_IMAGES,
  "[25, 784]",
  "[count, 28, 28]",
);

testFault(
  "labels of another rank",
  async () => await dataSet({ [TEST_LABELS]: await gzip(idx([3, 1], () => 0)) }),
  TEST_LABELS,
  "[3, 1]",
  "must be [count]",
);

testFault(
  "more labels than images",
  async () => await dataSet({ [TRAIN_LABELS]: await labels(26) }),
  TRAIN_LABELS,
  "26 labels",
  "25",
  TRAIN_IMAGES,
);

testFault(
  "a label above 9",
  async () => await dataSet({ [TEST_LABELS]: await gzip(idx([3], (i) => 9 + (i === 2 ? 1 : 0))) }),
  TEST_LABELS,
  "image 2 the label 10",
  "0…9",
);

testFault(
  "too few training images to split",
  async () => await dataSet({ [TRAIN_IMAGES]: await images(11), [TRAIN_LABELS]: await labels(11) }),
  TRAIN_IMAGES,
  "11 images",
  "at least 12",
);

testFault(
  "a test file without images",
  async () => await dataSet({ [TEST_IMAGES]: await images(0), [TEST_LABELS]: await labels(0) }),
  TEST_IMAGES,
  "0 images",
);

testWithFolder("the embedded data set is not read without its SHA256SUMS", async () => {
  // A copy of the modules, with a data set next to it that lacks the sums.
  const files: Files = {};
  const room = new URL("../../data/", import.meta.url);
  for await (const { name } of Deno.readDir(room)) {
    if (name.endsWith(".ts")) files[name] = await Deno.readFile(new URL(name, room));
  }
  await withFolder(files, async (folder) => {
    await Deno.mkdir(`${folder}/fashion-mnist`);
    for (const [file, bytes] of Object.entries(await dataSet())) {
      await Deno.writeFile(`${folder}/fashion-mnist/${file}`, bytes!);
    }
    const copy = await import(pathToFileURL(`${folder}/fashion_mnist.ts`).href);
    assertEquals(
      (await copy.loadFashionMnist({ source: `${folder}/fashion-mnist` })).test.count,
      3,
    );
    const { name, message } = await assertRejects(() => copy.loadFashionMnist(), Error);
    assertEquals(name, "DataError");
    assertStringIncludes(message, `Cannot find ${folder}/fashion-mnist/SHA256SUMS`);
    assertStringIncludes(message, "git checkout");
  });
});

testWithFolder(
  "a DataError keeps the error underneath as its cause",
  async () =>
    await withFolder({}, async (source) => {
      const { cause } = await assertRejects(() => loadFashionMnist({ source }), DataError);
      assert((cause as { code?: string }).code === "ENOENT");
    }),
);

testWithServer(
  "loadFashionMnist refuses a URL where a file is missing, with the status",
  async () => {
    const files = await dataSet({ [TRAIN_LABELS]: undefined });
    await withServer(serveFiles(files), async (source) => {
      const load = () => loadFashionMnist({ source });
      const { message } = await assertRejects(load, DataError, `${source}/${TRAIN_LABELS}`);
      assertStringIncludes(message, "HTTP status 404");
    });
  },
);

testWithServer("loadFashionMnist refuses a server that fails, with the status", async () => {
  await withServer(() => new Response("out of order", { status: 503 }), async (source) => {
    const load = () => loadFashionMnist({ source });
    const { message } = await assertRejects(load, DataError, `${source}/SHA256SUMS`);
    assertStringIncludes(message, "HTTP status 503");
  });
});

testWithServer("loadFashionMnist refuses a server that is not there", async () => {
  let gone = "";
  await withServer(serveFiles({}), (folder) => Promise.resolve(void (gone = folder)));
  await assertRejects(() => loadFashionMnist({ source: gone }), DataError, `Cannot read ${gone}`);
});

Deno.test("loadFashionMnist refuses sources that are neither a folder nor file: or http(s):", async () => {
  for (const source of ["ftp://example.org/mnist", "s3://mnist/", new URL("data:,mnist")]) {
    await assertRejects(() => loadFashionMnist({ source }), DataError, "are served");
  }
  for (const source of ["http://", "file://host/mnist"]) {
    await assertRejects(() => loadFashionMnist({ source }), DataError, `data source ${source}`);
  }
});

Deno.test({
  name: "loadFashionMnist without read permission says which flag grants it",
  permissions: { read: false },
  async fn() {
    const folder = fileURLToPath(EMBEDDED).replace(/\/$/, "");
    const load = () => loadFashionMnist();
    const { cause } = await assertRejects(load, DataError, `--allow-read=${folder}`);
    assert(cause instanceof Deno.errors.NotCapable);
  },
});

Deno.test({
  name: "loadFashionMnist without net permission says which flag grants it",
  permissions: { net: false },
  async fn() {
    const load = () => loadFashionMnist({ source: "https://example.org:8443/mnist" });
    const { cause } = await assertRejects(load, DataError, "--allow-net=example.org:8443");
    assert(cause instanceof Deno.errors.NotCapable);
  },
});

// ---- takeFirst ------------------------------------------------------------------------------------

const THREE: LabeledImages = {
  images: new Uint8Array(3 * PIXELS).map((_, i) => Math.floor(i / PIXELS)),
  labels: Uint8Array.of(5, 6, 7),
  count: 3,
};

Deno.test("takeFirst is a view on the first images and their labels", () => {
  const two = takeFirst(THREE, 2);
  assertEquals(two.count, 2);
  assertEquals([...two.labels], [5, 6]);
  assertEquals([two.images.length, two.images.at(-1)], [2 * PIXELS, 1]);
  assertStrictEquals(two.images.buffer, THREE.images.buffer);
  assertEquals(takeFirst(THREE, 3), THREE);
});

Deno.test("takeFirst refuses a count that is not from 1 to the images there are, naming both", () => {
  for (const count of [0, -1, 4, 1.5, NaN]) {
    assertThrows(() => takeFirst(THREE, count), RangeError, `first ${count} of 3 images`);
  }
});
