import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { test } from 'node:test';

const root = join(import.meta.dirname ?? __dirname, '..', '..');

function pages(): readonly string[] {
  const folders = ['docs', 'deploy', 'findings', '.github'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)),
  );
  return [...readdirSync(root), ...folders].filter((name) => name.endsWith('.md'));
}

/** What GitHub makes of a heading: lower case, blanks to dashes, punctuation away. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');
}

function withoutCode(text: string): string {
  return text.replace(/^```[\s\S]*?^```/gm, '').replace(/`[^`\n]*`/g, (code) => code.replace(/[[\]()]/g, ''));
}

function anchors(text: string): ReadonlySet<string> {
  return new Set([...withoutCode(text).matchAll(/^#+ (.+)$/gm)].map(([, heading]) => anchorOf(heading ?? '')));
}

/** Every link of a page that leads nowhere: a file that is not there, or an anchor that its page does not have. */
function broken(page: string, text: string): readonly string[] {
  const targets = [...withoutCode(text).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target ?? '');
  return targets.filter((target) => {
    if (/^[a-z]+:/.test(target)) return false;
    const [path = '', anchor] = target.split('#');
    const file = path === '' ? join(root, page) : join(root, dirname(page), path);
    if (!existsSync(file) || relative(root, file).startsWith('..')) return true;
    return anchor !== undefined && !anchors(readFileSync(file, 'utf8')).has(anchor);
  });
}

for (const page of pages()) {
  test(`every link of ${page} leads to a file and to a heading that are there`, () => {
    assert.deepEqual(broken(page, readFileSync(join(root, page), 'utf8')), []);
  });
}

test('a missing file, a missing heading and a path out of the repository are found', () => {
  const text = '[a](docs/nowhere.md) [b](docs/cli.md#no-such-heading) [c](docs/cli.md#exit-status) [d](../) [e](https://example.org)';
  assert.deepEqual(broken('README.md', text), ['docs/nowhere.md', 'docs/cli.md#no-such-heading', '../']);
});

/** What comments of the sources cite: `docs/host.md`, with or without a heading. Names of what a text is about are no citations. */
function citations(text: string): readonly string[] {
  return [...text.matchAll(/(?<![\w/.$}-])[\w-]+(?:\/[\w-]+)*\.md(?:#[\w-]+)?/g)]
    .map(([cited]) => cited)
    .filter((cited) => !cited.includes('NAME'));
}

test('every page that a source cites is in the repository, by its path from the root, and so is the heading', () => {
  const sources = ['src', 'scripts', 'bench', 'findings'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)),
  );
  const found: string[] = [];
  for (const source of sources.filter((name) => /\.(ts|sh)$/.test(name))) {
    const comments = readFileSync(join(root, source), 'utf8').match(/^\s*\*.*$|\/\*\*.*$|(?<!:)\/\/.*$|^\s*#.*$/gm) ?? [];
    const links = citations(comments.join('\n')).map((cited) => `[x](${cited})`);
    found.push(...broken('README.md', links.join('\n')).map((cited) => `${source}: ${cited}`));
  }
  assert.deepEqual(found, []);
});

test('a page without its folder, and a heading that is not there, are found', () => {
  assert.deepEqual(citations('see ledger.md, docs/cli.md#exit-status and docs/causes/NAME.md'), ['ledger.md', 'docs/cli.md#exit-status']);
});
