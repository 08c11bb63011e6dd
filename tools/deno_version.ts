/**
 * What every task begins with: says so where this Deno is too old for the package, before anything is
 * trained or fetched. It imports nothing and is written so that old versions can run it too.
 *
 * @module
 */

/** The oldest Deno that the package is tested with. */
export const OLDEST = "2.8.0";

/** What to tell the user of a Deno; undefined if it is new enough. */
export function complaintAbout(version: string): string | undefined {
  const [major, minor] = version.split(".").map(Number);
  const [oldestMajor, oldestMinor] = OLDEST.split(".").map(Number);
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return undefined;
  return `This is Deno ${version}, and the package needs ${OLDEST} or newer: run "deno upgrade", or ` +
    `write "npx --yes deno@2.9.6 task" in place of "deno task".`;
}

if (import.meta.main) {
  const complaint = complaintAbout(Deno.version.deno);
  if (complaint) {
    console.error(`error: ${complaint}`);
    Deno.exit(1);
  }
}
