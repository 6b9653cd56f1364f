import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { linksCommand } from '../../scripts/rules/links.ts';

const root = join(import.meta.dirname, '../..');

test('one command of the docs puts addresses of your own into every link of rules and dashboards', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'memgap-links-'));
  t.after(() => rmSync(folder, { recursive: true }));
  cpSync(join(root, 'deploy'), join(folder, 'deploy'), { recursive: true });

  const { status, stderr } = spawnSync('sh', ['-c', linksCommand], { cwd: folder, encoding: 'utf8' });

  assert.equal(status, 0, stderr);
  const texts = readdirSync(join(folder, 'deploy'), { recursive: true, encoding: 'utf8' })
    .filter((name) => !name.endsWith('.md') && !name.includes('tests/') && statSync(join(folder, 'deploy', name)).isFile())
    .map((name) => ({ name, text: readFileSync(join(folder, 'deploy', name), 'utf8') }));
  for (const { name, text } of texts) {
    assert.doesNotMatch(text, /memgap\.example/, name);
    for (const [, url = ''] of text.matchAll(/dashboard_url: (.*)/g)) assert.match(url, /^https:\/\/grafana\.example\.com\/d\//, name);
    if (name.endsWith('.json')) assert.doesNotThrow(() => JSON.parse(text), name);
  }
  const led = texts.filter(({ text }) => text.includes('https://wiki.example.com/memgap/docs/causes/'));
  assert.equal(led.length, 4, led.map(({ name }) => name).join());
});

test('the pages that tell of links give that command', () => {
  for (const page of ['docs/alerts.md', 'docs/dashboards.md', 'deploy/grafana/README.md']) {
    assert.ok(flush(readFileSync(join(root, page), 'utf8')).includes(flush(linksCommand)), page);
  }
});

function flush(text: string): string {
  return text.replaceAll(/^ +/gm, '');
}
