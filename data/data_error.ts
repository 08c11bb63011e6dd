/**
 * What {@linkcode parseIdx} and {@linkcode loadFashionMnist} throw when a file is missing, damaged
 * or not what it should be. The message names the file, what is wrong with it and the way out; the
 * error underneath, where there was one, is kept as `cause`.
 */
export class DataError extends Error {
  /** The class's name, for whoever prints the error. */
  override name = "DataError";
}
