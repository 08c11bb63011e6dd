/**
 * The command behind `deno task readme:figure`: puts the results of the reference run into the README,
 * as pictures and in words.
 *
 * @module
 */
import { main, taskCommand } from "../experiments/cli.ts";
import { pathOf, readReference, REFERENCE, writeWhole } from "../experiments/records.ts";
import { readmeFigures, readmeText, withResults } from "./readme.ts";
import { staticPicture } from "../figures/picture/static_picture.ts";

const README = new URL("../README.md", import.meta.url);

const command = taskCommand(
  "readme:figure",
  "Makes the README's pictures and its results anew, from the reference records.",
)
  .action(async () => {
    const records = await readReference();
    for (const [name, figure] of Object.entries(readmeFigures(records))) {
      const picture = new URL(name, REFERENCE);
      await writeWhole(picture, (await staticPicture(figure)).png);
      console.log(pathOf(picture));
    }
    // In place: the command may write nothing beside it, and version control keeps what was there.
    const readme = withResults(await Deno.readTextFile(README), readmeText(records));
    await Deno.writeTextFile(README, readme);
    console.log(`${pathOf(README)}: now deno fmt README.md`);
  });

await main(command);
