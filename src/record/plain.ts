/** Where a value of a recording holds text; anywhere else a string is none of ours, and could pass for a number. */
const texts: ReadonlySet<string> = new Set([
  'namespace',
  'pod',
  'kernel',
  'key',
  'via',
  'path',
  'group',
  'shown',
  'detail',
  'program',
  'device',
  'goVersion',
  'mainModule',
  'goarch',
  'names',
]);

/** What limits of Go's and ends of readings are instead of a number. */
const words: ReadonlySet<string> = new Set(['off', 'all', 'some', 'read']);

/** Whether a value is plain data with text only where there is some: what a file holds instead must not come as far as a page or a terminal. */
export function isPlain(value: unknown, key: string): boolean {
  if (typeof value === 'string') return texts.has(key) || words.has(value);
  if (typeof value === 'number' || typeof value === 'boolean' || value === null || value === undefined) return true;
  if (Array.isArray(value)) return value.every((each) => isPlain(each, key));
  return typeof value === 'object' && Object.entries(value).every(([name, each]) => isPlain(each, name));
}
