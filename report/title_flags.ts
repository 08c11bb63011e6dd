/**
 * The options that fill in the report's head: who hands it in, for which course, and when.
 *
 * @module
 */
import { type Command, InvalidArgumentError } from "commander";
import type { TitleBlock } from "./page/title.tsx";

/** What {@linkcode titleOptions} read. */
export type TitleFlags = TitleBlock;

/** Adds the options to a command; what is not given stays open on the page. */
export function titleOptions(command: Command): Command {
  return command
    .option("--author <name>", "your name, for the head of the report", notEmpty)
    .option("--id <id>", "your student number or the like", notEmpty)
    .option("--course <name>", "the course, for the head of the report", notEmpty)
    .option("--date <date>", "the date, as you write it", notEmpty);
}

/** The head alone, of a command's flags. */
export function titleOf({ author, id, course, date }: TitleFlags): TitleBlock {
  return { author, id, course, date };
}

function notEmpty(text: string): string {
  if (text.trim() !== "") return text.trim();
  throw new InvalidArgumentError("It must not be empty.");
}
