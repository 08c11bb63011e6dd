import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import config from "../deno.json" with { type: "json" };
import { complaintAbout, OLDEST } from "../tools/deno_version.ts";
import { granted } from "./permissions.ts";

Deno.test("a Deno older than the oldest that is tested is told so, with the ways out", () => {
  for (const version of ["1.46.3", "2.0.6", "2.5.6", "2.7.14", "2.7.14+abc"]) {
    const complaint = complaintAbout(version)!;
    assertStringIncludes(complaint, `This is Deno ${version}, and the package needs ${OLDEST}`);
    assertStringIncludes(complaint, `"deno upgrade"`);
    assertStringIncludes(complaint, `"npx --yes deno@2.9.6 task"`);
  }
  for (const version of [OLDEST, "2.8.3", "2.9.6", "2.10.0", "3.0.0", "2.9.0-rc.1"]) {
    assertEquals(complaintAbout(version), undefined, version);
  }
});

Deno.test("every task begins with a look at the version, or with a task that does", () => {
  const tasks: Record<string, { command: string; dependencies?: string[] }> = config.tasks;
  for (const [name, { command, dependencies }] of Object.entries(tasks)) {
    if (name === "deno:version" || /^deno task /.test(command)) continue;
    assertEquals(dependencies, ["deno:version"], name);
  }
  assert(!/--allow|-A/.test(tasks["deno:version"].command), "it needs no permission");
});

Deno.test(`no task gives a permission twice, which Deno ${OLDEST} refuses`, () => {
  const tasks: Record<string, { command: string }> = config.tasks;
  const whole = (command: string): string =>
    command.replace(/deno task --quiet (\S+)/, (_, name) => whole(tasks[name].command));
  for (const [name, { command }] of Object.entries(tasks)) {
    for (const run of whole(command).split(/&&|\|&/)) {
      const flags = run.match(/--allow-[a-z]+/g) ?? [];
      assertEquals(flags, [...new Set(flags)], name);
    }
  }
});

Deno.test({
  name: "README and CI name the oldest Deno that is supported",
  ignore: !granted("read"),
  async fn() {
    for (const [file, words] of [["README.md", `Deno ${OLDEST}`], [".ci/run", `deno@${OLDEST}`]]) {
      const text = await Deno.readTextFile(new URL(`../${file}`, import.meta.url));
      assertStringIncludes(text.replaceAll(/\s+/g, " "), words, file);
    }
  },
});
