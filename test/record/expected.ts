/** Keys of a document under which sentences stand. */
const sentences: ReadonlySet<string> = new Set(['summary', 'evidence', 'next', 'detail', 'none', 'causes_not_judged']);

/**
 * A document with its numbers, names of sources and causes, and of a sentence the sizes and shares in it: words may get better, what they
 * say must not change. How many seconds a source took goes by which of its reads was the last, and code may read once more or once less.
 */
export function wordless(value: unknown, key = ''): unknown {
  if (key === 'seconds') return 0;
  if (typeof value === 'string') return sentences.has(key) ? sizesIn(value) : value;
  if (Array.isArray(value)) return value.map((each) => wordless(each, key));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, wordless(each, name)]));
}

/** A document without any text. */
export function textless(value: unknown): unknown {
  if (typeof value === 'string') return '';
  if (Array.isArray(value)) return value.map(textless);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, textless(each)]));
}

function sizesIn(sentence: string): readonly string[] {
  return sentence.match(/\d[\d.]*(?: (?:[KMGT]i)?B\b| ?%)/g) ?? [];
}
