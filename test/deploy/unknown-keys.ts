/** What throws an error when its argument breaks a schema. */
export type Validate = (data: unknown) => void;

/**
 * The keys of a document that a compiled schema knows nothing of, as JSON pointers; nothing below an unknown key is listed.
 * A compiled schema reads every property that it knows (and each one of a free map), whatever is wrong with the others, and never
 * reads the rest: the document is handed to it behind proxies that note what is read. Errors of the schema itself are ignored here.
 */
export function unknownKeys(document: unknown, validate: Validate): readonly string[] {
  const read = new Set<string>();
  try {
    validate(noting(document, '', read));
  } catch {
    // what else is wrong is not asked
  }
  return [...unread(document, '', read)];
}

function noting(value: unknown, path: string, read: Set<string>): unknown {
  if (typeof value !== 'object' || value === null) return value;
  return new Proxy(value, {
    get(target, key) {
      const child: unknown = Reflect.get(target, key);
      if (typeof key !== 'string' || !Object.hasOwn(target, key)) return child;
      const at = pointer(path, key);
      read.add(at);
      return noting(child, at, read);
    },
  });
}

function* unread(value: unknown, path: string, read: ReadonlySet<string>): Generator<string> {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, child] of Object.entries(value)) {
    const at = pointer(path, key);
    if (read.has(at)) yield* unread(child, at, read);
    else yield at;
  }
}

function pointer(path: string, key: string): string {
  return `${path}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}
