/**
 * The options that fill in the report's head: who hands it in, for which course, and when.
 *
 * @module
 */
import { type Command, InvalidArgumentError } from "commander";

/** Adds the options of a `TitleBlock` to a command; what is not given stays open on the page. */
export function titleOptions(command: Command): Command {
  return command
    .option("--author <name>", "your name, for the head of the report", notEmpty)
    .option("--id <id>", "your student number or the like", notEmpty)
    .option("--course <name>", "the course, for the head of the report", notEmpty)
    .option("--date <date>", "the date, as you write it", notEmpty);
}

function notEmpty(text: string): string {
  if (text.trim() !== "") return text.trim();
  throw new InvalidArgumentError("It must not be empty.");
}
