/** Something was asked for that is not there, in words that only the case at hand can give. */
export class UsageError extends Error {
  override name = "UsageError";
}
