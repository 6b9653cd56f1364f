import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, normalize } from 'node:path';
import { test } from 'node:test';

const root = join(import.meta.dirname ?? __dirname, '..', '..');
const folders = [
  '.devcontainer',
  '.github',
  'acceptance',
  'bench',
  'bin',
  'config',
  'deploy',
  'docs',
  'findings',
  'scripts',
  'src',
  'test',
];

/** Every file and folder of the repository, from its root. */
const paths: ReadonlySet<string> = new Set([
  ...readdirSync(root),
  ...folders.flatMap((folder) => readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name))),
]);
const names = new Set([...paths].map((path) => basename(path)));

/** What is named and another's, or made: by Node, by kustomize, in the virtual machine. */
const elsewhere = /^(?:src\/node\.cc|config\/default|job\/main\.ts)$/;

const named = new RegExp(
  String.raw`(?<![\w/.*@$}>-])(?:(?:${folders.join('|')})/[\w./{},*-]+|(?:[\w.{},*-]+/)*[\w.{},*-]+\.(?:ts|mjs|sh))(?![\w/<>-])`,
  'g',
);

/**
 * The paths in a text that lead nowhere. A path begins at the root, in src or test, or beside the file that names it; a name alone is that
 * of any file.
 */
function lost(file: string, text: string): readonly string[] {
  return [...text.matchAll(named)].flatMap(([all]) => spread(all.replace(/[.,]+$/, ''))).filter((path) => !isThere(file, path));
}

function isThere(file: string, path: string): boolean {
  if (/NAME|MINOR|made[-_]up/.test(path) || elsewhere.test(path)) return true;
  if (!path.includes('/')) return names.has(path) || path.includes('*');
  const places = ['', 'src', 'test', dirname(file)].map((folder) => normalize(join(folder, path)).replace(/\/$/, ''));
  return places.some((place) => paths.has(place) || (place.includes('*') && [...paths].some((each) => matchesGlob(each, place))));
}

function matchesGlob(path: string, glob: string): boolean {
  const parts = glob.split('*').map((part) => part.replace(/[.+]/g, '\\$&'));
  return new RegExp(`^${parts.join('[^/]*')}$`).test(path);
}

/** Each path that one with braces stands for. */
function spread(path: string): readonly string[] {
  const [, head = '', parts, tail = ''] = /^(.*)\{(.+)\}(.*)$/.exec(path) ?? [];
  return parts === undefined ? [path] : parts.split(',').map((part) => head + part + tail);
}

function commentsOf(text: string): string {
  return (text.match(/^\s*\*.*$|\/\*\*.*$|(?<!:)\/\/.*$|^\s*#.*$/gm) ?? []).join('\n');
}

test('every path that a page names is there', () => {
  const pages = [...paths].filter((path) => path.endsWith('.md') && !/^test\/(?:fixtures|golden)\//.test(path));
  const found = pages.flatMap((page) => {
    const code = readFileSync(join(root, page), 'utf8').match(/`[^`\n]+`/g) ?? [];
    return lost(page, code.join('\n')).map((path) => `${page}: ${path}`);
  });
  assert.deepEqual(found, []);
});

test('every path that a comment names is there', () => {
  const sources = [...paths].filter((path) => /\.(?:ts|mjs|cjs|sh)$|^Makefile$/.test(path) && !/^test\/fixtures\//.test(path));
  const found = sources.flatMap((source) =>
    lost(source, commentsOf(readFileSync(join(root, source), 'utf8'))).map((path) => `${source}: ${path}`),
  );
  assert.deepEqual(found, []);
});

test('a path that is not there is found, at the root, in a room and as a name', () => {
  const text =
    'src/nowhere.ts, books/nowhere.ts, nowhere.ts, books/{go,nowhere}.ts; src/books/go.ts, books/go.ts, go.ts, ../docs/links.test.ts';
  assert.deepEqual(lost('test/docs/paths.test.ts', text), ['src/nowhere.ts', 'books/nowhere.ts', 'nowhere.ts', 'books/nowhere.ts']);
});
