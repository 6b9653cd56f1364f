import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { readDashboard } from '../../scripts/dashboards/read.ts';
import { pictures } from '../../scripts/pictures/pictures.ts';

const docs = join(import.meta.dirname, '../../docs');

for (const { name, dashboard, panels } of pictures) {
  test(`the picture ${name} shows panels of ${dashboard}, is small, and is captioned as what it is`, () => {
    const titles = new Set(readDashboard(dashboard).panels.map(({ title }) => title));
    const png = readFileSync(join(docs, 'pictures', `${name}.png`));

    assert.deepEqual(
      panels.filter((panel) => !titles.has(panel)),
      [],
    );
    assert.equal(png.subarray(1, 4).toString(), 'PNG');
    assert.ok(png.length < 150_000, `${png.length} bytes`);
    assert.match(
      readFileSync(join(docs, 'dashboards.md'), 'utf8'),
      new RegExp(`\\(pictures/${name}\\.png\\)\n\n\\*[^*]*Not\\s+a\\s+screenshot\\s+of\\s+Grafana\\.\\*`),
    );
  });
}

test('no picture is left over', () => {
  assert.deepEqual(readdirSync(join(docs, 'pictures')).sort(), pictures.map(({ name }) => `${name}.png`).sort());
});
