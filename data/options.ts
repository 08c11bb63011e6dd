/**
 * @param call What is refused, after "Cannot", for example "load a data set".
 * @throws {TypeError} If an option has a name that there is not: the cells of a notebook are not
 * type-checked, and a misspelt option would be ignored silently.
 */
export function assertOptionNames(call: string, options: object, names: readonly string[]): void {
  if (typeof options !== "object" || options === null) {
    throw new TypeError(`Cannot ${call} with options ${options}: give them by name, in an object.`);
  }
  const unknown = Object.keys(options).find((name) => !names.includes(name));
  if (unknown === undefined) return;
  throw new TypeError(
    `Cannot ${call} with an option "${unknown}": there is none of that name. ` +
      `There are ${names.join(", ")}.`,
  );
}
