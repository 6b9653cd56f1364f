import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

const root = join(import.meta.dirname, '../..');

/** Fed by a kind for what calls them, or (the last four) only a few bytes of the kernel's own, which no target writes. */
const within = [
  'parseElf',
  'parseFlat',
  'parseStatV1',
  'parseStatV2',
  'parseIoBytes',
  'parseKernelThp',
  'parseMultiGenLru',
  'parseReceived',
];

function textsBelow(folder: string): readonly string[] {
  const paths = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.ts'));
  return paths.map((path) => readFileSync(join(root, folder, path), 'utf8'));
}

test('everything that parses what was read has a kind of made input', () => {
  const parsers = ['src/kernel', 'src/goruntime', 'src/discovery', 'src/files']
    .flatMap(textsBelow)
    .flatMap((text) => [...text.matchAll(/^export function (parse\w+)/gm)]);
  const fed = textsBelow('test/fuzz/kinds').join('\n');
  const without = parsers.map(([, name = '']) => name).filter((name) => !new RegExp(`\\b${name}\\b`).test(fed));
  assert.deepEqual(without.toSorted(), within.toSorted());
});
