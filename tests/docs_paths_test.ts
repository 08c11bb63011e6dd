/**
 * Paths of the repository that texts name: Markdown files, the notebooks' texts, the comments in code.
 * Whoever moves a file is told where it is still called by its old name.
 */
import { assertEquals } from "@std/assert";
import { dirname, normalize } from "node:path/posix";
import { projectFiles, urlOf } from "../report/submission/project_files.ts";
import { granted } from "./permissions.ts";

const ROOT = new URL("../", import.meta.url);

/** What is not in the repository, and why a text may name it all the same. */
const ELSEWHERE: [path: RegExp, why: string][] = [
  [/^report\/out\//, "the report is written there"],
  [/^results\/(?!reference\/)/, "trials are written there"],
  [/^tests\/tmp\b/, "tests write there"],
  [/^explorer\/out\//, "the page is built there"],
  [/^npm\/out\//, "the npm package is written there"],
  [/^model\.json$/, "part of a saved model"],
  [/^batchnorm\.md$/, "in the repository of a source that is quoted"],
];

const ENDING = String.raw`\.(?:ts|tsx|js|py|md|ipynb|json|wasm|png|jsonl)`;

/** What a text of a kind of file says to a reader. */
const PROSE: Record<string, (text: string) => string> = {
  md: (text) => text,
  ipynb: (text) =>
    (JSON.parse(text).cells as { cell_type: string; source: string | string[] }[])
      .filter(({ cell_type }) => cell_type === "markdown")
      .map(({ source }) => [source].flat().join("")).join("\n"),
  ts: comments(/\/\*[\s\S]*?\*\/|(?<!:)\/\/.*/g),
  tsx: comments(/\/\*[\s\S]*?\*\/|(?<!:)\/\/.*/g),
  js: comments(/\/\*[\s\S]*?\*\/|(?<!:)\/\/.*/g),
  py: comments(/"""[\s\S]*?"""|#.*/g),
};

function comments(pattern: RegExp): (text: string) => string {
  return (text) => (text.match(pattern) ?? []).join("\n");
}

/** The paths in a text: in links, in backticks, and wherever a top folder's name begins one. */
function pathsIn(prose: string, topFolders: readonly string[]): string[] {
  const top = topFolders.join("|");
  const patterns = [
    /\]\((?!\w+:|#)([^)\s#]+)[^)\s]*\)/g,
    new RegExp(`\`((?:[\\w.-]+/)*[\\w.-]+${ENDING})\``, "g"),
    new RegExp(`(?<![\\w/.:@>-])((?:${top})/[\\w./-]*[\\w/])`, "g"),
  ];
  return patterns.flatMap((pattern) => Array.from(prose.matchAll(pattern), ([, path]) => path));
}

/** Every folder that holds a file, at whatever depth. */
function foldersOf(files: readonly string[]): string[] {
  const folders = new Set<string>();
  for (const file of files) {
    for (let at = file.indexOf("/"); at >= 0; at = file.indexOf("/", at + 1)) {
      folders.add(file.slice(0, at));
    }
  }
  return [...folders];
}

Deno.test("paths are found in links, in backticks and in the open, and addresses are none", () => {
  assertEquals(
    pathsIn("[map](data/README.md#x), [w](https://a.b/c.md), `idx.ts`, bn/mod.ts. a/bn/b", ["bn"]),
    ["data/README.md", "idx.ts", "bn/mod.ts"],
  );
});

Deno.test({
  name: "every path that a text names exists, beside the text or from the top",
  ignore: !granted("read"),
  async fn() {
    const files = await projectFiles(ROOT);
    const folders = foldersOf(files);
    const known = new Set([...files, ...folders]);
    const topFolders = folders.filter((path) => !path.includes("/"));
    const missing: string[] = [];
    for (const file of files) {
      const prose = PROSE[file.split(".").at(-1)!];
      if (!prose) continue;
      for (const path of pathsIn(prose(await Deno.readTextFile(urlOf(ROOT, file))), topFolders)) {
        const places = [path, `${dirname(file)}/${path}`].map((place) =>
          normalize(place).replace(/\/$/, "")
        );
        const exists = places.some((place) => known.has(place));
        if (!exists && !ELSEWHERE.some(([made]) => made.test(path))) {
          missing.push(`${file}: ${path}`);
        }
      }
    }
    assertEquals(missing, []);
  },
});

Deno.test({
  name: "what the README's map names exists, and every top folder is on it",
  ignore: !granted("read"),
  async fn() {
    const files = await projectFiles(ROOT);
    const folders = foldersOf(files);
    const readme = await Deno.readTextFile(new URL("README.md", ROOT));
    const [map] = readme.match(/^```text\n[\s\S]*?^```/m) ?? [""];
    let room = "";
    const named = Array.from(map.matchAll(/^( {2})?([\w.]+)\/? +\S/gm), ([, inside, name]) => {
      if (!inside) room = name;
      return inside ? `${room}/${name}` : name;
    });
    assertEquals(named.filter((path) => ![...files, ...folders].includes(path)), []);
    const rooms = folders.filter((path) => /^[^./]+$/.test(path));
    assertEquals(rooms.filter((path) => !named.includes(path)), []);
  },
});
