import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

const prelude = join(import.meta.dirname, 'to-the-end.mjs');

/** Folders whose files run for long and have a process each; they are started first, and of them those that take minutes. */
const apart = ['test/e2e/', 'test/containers/', 'test/vm/', 'test/hostile/'];
const longest = /^test\/e2e\/(soak|footprint|loadtest|ends)\b/;

/**
 * Writes what is run, each in a process of its own, into a folder; returns path -> its test files, in the order of starting. The files of a
 * folder share one, as the tests of a Go package do, for what most of them take is the start of Node and the reading of memgap.
 */
export function writeModules(folder: string, files: readonly string[]): ReadonlyMap<string, readonly string[]> {
  mkdirSync(folder, { recursive: true });
  const modules = new Map<string, string[]>();
  for (const file of files) {
    const turn = longest.test(file) ? 0 : 1;
    const name = apart.some((each) => file.startsWith(each)) ? `${turn}-${file}` : `2-${dirname(file)}`;
    const path = join(folder, `${name.replaceAll('/', '-')}.test.mjs`);
    modules.set(path, [...(modules.get(path) ?? []), file]);
  }
  for (const [path, own] of modules) {
    writeFileSync(path, [prelude, ...own.map((file) => resolve(file))].map((each) => `import ${JSON.stringify(each)};\n`).join(''));
  }
  return new Map([...modules].toSorted(([one], [other]) => (one < other ? -1 : 1)));
}
