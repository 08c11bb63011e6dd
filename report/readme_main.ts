/**
 * The command behind `deno task readme:figure`: puts the results of the reference run into the README,
 * as a picture and in words.
 *
 * @module
 */
import { main, taskCommand } from "../experiments/cli.ts";
import { pathOf, readFolder, REFERENCE, writeWhole } from "../experiments/records.ts";
import { readmeFigure, readmeText, withResults } from "./readme.ts";
import { staticPicture } from "../figures/picture/static_picture.ts";

const README = new URL("../README.md", import.meta.url);
const PICTURE = new URL("result.png", REFERENCE);

const command = taskCommand(
  "readme:figure",
  "Makes the README's picture and its results anew, from the reference records.",
)
  .action(async () => {
    const of = async (preset: string) =>
      (await readFolder(new URL(`${preset}/`, REFERENCE))).records;
    const [full, tuned] = [await of("full"), await of("tuned")];
    const { png } = await staticPicture(readmeFigure(full));
    await writeWhole(PICTURE, png);
    // In place: the command may write nothing beside it, and version control keeps what was there.
    const readme = withResults(await Deno.readTextFile(README), readmeText(full, tuned));
    await Deno.writeTextFile(README, readme);
    console.log(`${pathOf(PICTURE)}\n${pathOf(README)}: now deno fmt README.md`);
  });

await main(command);
