/**
 * The rooms of the package, and which imports which: from the graph that `deno info` draws of every
 * export and every command, type imports and text imports included.
 */
import { assert, assertEquals } from "@std/assert";
import config from "../deno.json" with { type: "json" };
import { granted } from "./permissions.ts";

const ROOT = new URL("../", import.meta.url);

/** Ground floor first; a room imports from those below. The three of the ground floor stand alone. */
const FLOORS = [
  ["bn", "data", "kernels"],
  ["models"],
  ["experiments"],
  ["findings"],
  ["figures"],
  ["notebooks"],
  ["report"],
  ["bench", "explorer", "tools"], // nothing imports from these
];

const ENTRIES = [
  ...Object.values(config.exports),
  ...Object.values(config.tasks).flatMap(({ command }) => command.match(/\S+\.tsx?$/) ?? []),
];

interface Dependency {
  code?: { specifier?: string };
  type?: { specifier?: string };
}
interface Graph {
  modules: { specifier: string; dependencies?: Dependency[] }[];
}

/** Each file of ours that is reached, with those that it imports, as paths below the root. */
async function importsOf(entries: string[]): Promise<Map<string, string[]>> {
  const path = (specifier?: string) =>
    specifier?.startsWith(ROOT.href) ? specifier.slice(ROOT.href.length) : undefined;
  const imports = new Map<string, string[]>();
  for (const entry of new Set(entries)) {
    const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["info", "--json", entry],
      cwd: ROOT,
    }).output();
    assert(success, new TextDecoder().decode(stderr));
    const { modules }: Graph = JSON.parse(new TextDecoder().decode(stdout));
    for (const { specifier, dependencies = [] } of modules) {
      const file = path(specifier);
      if (file === undefined) continue;
      const all = dependencies.flatMap(({ code, type }) => [code, type]);
      imports.set(file, all.flatMap((to) => path(to?.specifier) ?? []));
    }
  }
  return imports;
}

/** Files that lead back to themselves, each with the first file of the way. */
function circles(imports: Map<string, string[]>): string[] {
  const finished = new Set<string>();
  const under = new Set<string>();
  const found: string[] = [];
  const visit = (file: string) => {
    if (finished.has(file)) return;
    if (under.has(file)) return void found.push([...under, file].slice(-4).join(" → "));
    under.add(file);
    imports.get(file)?.forEach(visit);
    under.delete(file);
    finished.add(file);
  };
  [...imports.keys()].forEach(visit);
  return found;
}

Deno.test({
  name: "a room imports only from rooms below it, and no file leads back to itself",
  ignore: !granted("read", "run"),
  async fn() {
    const imports = await importsOf(ENTRIES);
    const floorOf = (room: string) => FLOORS.findIndex((rooms) => rooms.includes(room));
    const upwards = [...imports].flatMap(([file, others]) => {
      const room = file.split("/")[0];
      return others.filter((other) => {
        const otherRoom = other.split("/")[0];
        return room !== otherRoom && floorOf(room) >= 0 &&
          (other === "mod.ts" || floorOf(otherRoom) >= floorOf(room));
      }).map((other) => `${file} → ${other}`);
    });
    assertEquals(upwards, []);
    assertEquals(circles(imports), []);
    for (const room of FLOORS.flat()) {
      assert([...imports.keys()].some((file) => file.startsWith(`${room}/`)), room);
    }
  },
});

Deno.test({
  name: "no room holds more than a fifth of the code",
  ignore: !granted("read"),
  async fn() {
    const lines = await Promise.all(FLOORS.flat().map(linesOf));
    const all = lines.reduce((sum, n) => sum + n, 0);
    FLOORS.flat().forEach((room, i) =>
      assert(lines[i] <= all / 5, `${room}: ${lines[i]} of ${all}`)
    );
  },
});

/** Lines of code in a folder and those below it. */
async function linesOf(folder: string): Promise<number> {
  let lines = 0;
  for await (const { name, isDirectory } of Deno.readDir(new URL(`${folder}/`, ROOT))) {
    const path = `${folder}/${name}`;
    if (isDirectory) lines += await linesOf(path);
    else if (/\.(ts|tsx|js|py)$/.test(name)) {
      lines += (await Deno.readTextFile(new URL(path, ROOT))).split("\n").length;
    }
  }
  return lines;
}
