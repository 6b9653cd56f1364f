/** The value at the end of a way of keys and indexes through a document that nobody has checked; `undefined` where the way ends early. */
export function field(document: unknown, ...way: readonly (string | number)[]): unknown {
  let value = document;
  for (const key of way) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = Reflect.get(value, key);
  }
  return value;
}

/** The same for a list; an empty one where there is none. */
export function list(document: unknown, ...way: readonly (string | number)[]): readonly unknown[] {
  const value = field(document, ...way);
  return Array.isArray(value) ? value : [];
}
