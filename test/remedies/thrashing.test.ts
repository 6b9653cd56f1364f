import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { locateLab } from '../programs.ts';
import { explainJson } from './explained.ts';
import { type LimitedGroup, limitedGroup, startLabIn } from './lab.ts';

const mib = 1024 ** 2;

test('page_cache_thrashing: raise the limit by the files in use', { timeout: 120_000 }, async (t) => {
  const lab = locateLab('go-newest-pure');
  if (!lab.ok) return t.skip(lab.detail);
  const group = limitedGroup(t, 'hot', 60 * mib);
  if (!group.ok) return t.skip(group.detail);
  const folder = mkdtempSync(join(tmpdir(), 'memgap-hot-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const { child, address } = await startLabIn(t, group.value, lab.value, { TMPDIR: folder });
  const made = await fetch(`http://${address}/shape/hot-file?mib=120`);
  assert.equal(made.status, 200);
  await sleep(6_000);

  const before = await explainJson(child.pid, address);
  const named = before.causes.map(({ name }: { readonly name: string }) => name);
  assert.equal(named[0], 'page_cache_thrashing', named.join());
  for (const name of ['page_cache', 'mapped_files', 'executable'])
    assert.ok(!named.includes(name), `${name} would say that nothing is to be done`);
  t.diagnostic(before.causes[0].summary);

  group.value.limit(220 * mib);
  await sleep(3_000);
  const refaults = refaultsOf(group.value);
  await sleep(2_000);
  const after = await explainJson(child.pid, address);
  assert.ok(!after.causes.some(({ name }: { readonly name: string }) => name === 'page_cache_thrashing'), JSON.stringify(after.causes));
  const more = refaultsOf(group.value) - refaults;
  assert.ok(more < 1000, `${more} pages were read again after that`);
});

function refaultsOf(group: LimitedGroup): number {
  return group.number('memory.stat', 'total_workingset_refault_file');
}
