import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { surface } from './surface.ts';

// What people rely on: names of metrics and their components, causes, sources, commands, flags, config fields, pages, members of the JSON.
// Recorded when a version is released (UPDATE_SURFACE=1, in the commit that gives CHANGELOG.md its date); until then whatever differs must
// stand in CHANGELOG.md.

const root = join(import.meta.dirname, '..');
const path = join(root, 'test/fixtures/surface.txt');

/** The newest version's section of CHANGELOG.md. */
function newest(): string {
  const [, section = ''] = readFileSync(join(root, 'CHANGELOG.md'), 'utf8').split(/^## /m);
  return section;
}

/** `metric memgap_x` -> memgap_x, `flag x` -> --x, `component go:heap_live` and `json go.components.heap_live` -> heap_live */
function word(line: string): string {
  const name = line.slice(line.indexOf(' ') + 1);
  if (line.startsWith('flag ')) return `--${name}`;
  return /^(component|json) /.test(line) ? (name.split(/[.:]|\[\]/).findLast((part) => part !== '') ?? name) : name;
}

test('a name that was added or is gone since the last version stands in CHANGELOG.md', () => {
  const now = surface();
  if (process.env.UPDATE_SURFACE !== undefined) writeFileSync(path, `${now.join('\n')}\n`);
  const before = readFileSync(path, 'utf8').trim().split('\n');
  const changed = [...now.filter((line) => !before.includes(line)), ...before.filter((line) => !now.includes(line))];
  const changelog = newest();
  const untold = changed.filter((line) => !new RegExp(`(?<![\\w-])${literally(word(line))}(?![\\w-])`).test(changelog));
  assert.deepEqual(untold, []);
});

test('a metric that CHANGELOG.md names for this version is there, or was', () => {
  const known = new Set([...surface(), ...readFileSync(path, 'utf8').split('\n')].map(word));
  const named = [...newest().matchAll(/`(memgap_\w+)`/g)].map(([, name = '']) => name);
  assert.deepEqual(
    named.filter((name) => !known.has(name)),
    [],
  );
});

test('names of every kind are there', () => {
  const kinds = new Set(surface().map((line) => line.split(' ')[0]));
  assert.deepEqual([...kinds], ['cause', 'command', 'component', 'config', 'flag', 'json', 'metric', 'page', 'source']);
});

function literally(text: string): string {
  return text.replace(/[$()*+.?[\\\]^{|}/]/g, '\\$&');
}
