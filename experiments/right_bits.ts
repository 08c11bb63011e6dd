/** Yes and no of many images as one short text: a bit for each, the first in the highest of its byte. */
export function bitsOf(right: readonly boolean[]): string {
  const bytes = new Uint8Array(Math.ceil(right.length / 8));
  right.forEach((yes, i) => bytes[i >> 3] |= Number(yes) << (7 - i % 8));
  return bytes.toBase64();
}

/** What {@linkcode bitsOf} was given. */
export function fromBits(text: string, count: number): boolean[] {
  const bytes = Uint8Array.fromBase64(text);
  const right: boolean[] = [];
  for (let i = 0; i < count; i++) right.push((bytes[i >> 3] >> (7 - i % 8) & 1) === 1);
  return right;
}
