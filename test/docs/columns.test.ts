import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

const root = join(import.meta.dirname ?? __dirname, '..', '..');
const maxColumns = 140;

/** What npm run generate and the acceptance tests write: in lines as their texts come. */
const generated =
  /^docs\/(?:accuracy|advice|alerts|cli|configuration|footprint|metrics|remedies|causes\/accuracy)\.md$|^scripts\/generate\/|^bench\/measures\.ts$/;

const files = [
  ...readdirSync(root),
  ...['acceptance', 'bench', 'deploy', 'docs', 'findings', 'scripts', 'src', 'test'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)),
  ),
].filter((file) => !/^test\/(?:fixtures|golden|fuzz\/failures)\//.test(file) && !generated.test(file));

function tooLong(file: string, isMeant: (line: string) => boolean): readonly string[] {
  const text = readFileSync(join(root, file), 'utf8');
  const lines = (file.endsWith('.md') ? withoutFences(text) : text).split('\n');
  return lines.flatMap((line, index) => (line.length > maxColumns && isMeant(line) ? [`${file}:${index + 1}`] : []));
}

/** With empty lines for what stands between fences: commands, and what they print. */
function withoutFences(text: string): string {
  return text.replace(/^ *```[\s\S]*?^ *```/gm, (block) => block.replace(/.+/g, ''));
}

/** biome formats code at as many; it leaves comments as they are. */
function isComment(line: string): boolean {
  return /^\s*(?:\/\*|\*|\/\/)/.test(line) && !line.includes('biome-ignore');
}

/** Tables, headings and links can't be broken. */
function isProse(line: string): boolean {
  return !/^\s*(?:\||#|!?\[.*\]\(\S+\)$|\[[^\]]+\]:)/.test(line);
}

test(`no comment of the sources is longer than ${maxColumns} columns`, () => {
  assert.deepEqual(
    files.filter((file) => file.endsWith('.ts')).flatMap((file) => tooLong(file, isComment)),
    [],
  );
});

test(`no prose of the pages is longer than ${maxColumns} columns`, () => {
  assert.deepEqual(
    files.filter((file) => file.endsWith('.md')).flatMap((file) => tooLong(file, isProse)),
    [],
  );
});
