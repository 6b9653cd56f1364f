import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { runbookOf } from '../../src/answer/verdict.ts';
import { causes } from '../../src/causes/index.ts';

const root = join(import.meta.dirname ?? __dirname, '..', '..');
const folder = join(root, 'docs/causes');

/** Pages of the folder that are about all causes. */
const ofAll = ['README.md', 'accuracy.md'];

const headings = ['How memgap knows', 'What to do', 'When to ignore it', 'Where it was found'];

function runbooks(): readonly string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.md') && !ofAll.includes(name))
    .map((name) => name.replace(/\.md$/, ''));
}

test('every cause has its runbook, which bears its name and its title and says all that a person needs', () => {
  for (const { name, title } of causes) {
    const text = readFileSync(join(root, runbookOf(name)), 'utf8');
    assert.equal(text.split('\n')[0], `# \`${name}\`: ${title}`);
    assert.deepEqual(
      [...text.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading),
      headings,
      name,
    );
  }
});

test('every runbook is of a cause that is judged', () => {
  assert.deepEqual(runbooks().toSorted(), causes.map(({ name }) => name).toSorted());
});

test('every runbook is listed, and cites threads only as links to them', () => {
  const index = readFileSync(join(folder, 'README.md'), 'utf8');
  for (const name of runbooks()) {
    assert.ok(index.includes(`[\`${name}\`](${name}.md)`), `${name} is not in docs/causes/README.md`);
    const text = readFileSync(join(folder, `${name}.md`), 'utf8');
    for (const [, thread = '', url] of text.matchAll(/\[([\w.-]+\/[\w.-]+#\d+)\]\(([^)]+)\)/g)) {
      assert.equal(url, `https://github.com/${thread.replace('#', '/issues/')}`);
    }
    const found = text.slice(text.indexOf('## Where it was found'));
    assert.doesNotMatch(found.replace(/\[[^\]]+\]\([^)]+\)/g, ''), /#\d/, `${name}: a thread that is no link`);
  }
});
