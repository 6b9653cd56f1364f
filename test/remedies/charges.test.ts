import assert from 'node:assert/strict';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { locateLab } from '../programs.ts';
import { explainJson } from './explained.ts';
import { limitedGroup, startLabIn } from './lab.ts';

const mib = 1024 ** 2;

test("charged_elsewhere: size it by the process, as memgap's right size does (moved after it was filled)", {
  timeout: 120_000,
}, async (t) => {
  const lab = locateLab('go-newest-pure');
  if (!lab.ok) return t.skip(lab.detail);
  const [first, second] = [limitedGroup(t, 'first', 400 * mib), limitedGroup(t, 'second', 400 * mib)];
  if (!first.ok) return t.skip(first.detail);
  if (!second.ok) return t.skip(second.detail);
  const { child, address } = await startLabIn(t, first.value, lab.value);
  await fetch(`http://${address}/grow?mib=96`);
  writeFileSync(join(second.value.directory, 'cgroup.procs'), String(child.pid));

  const { causes, right_size: size, rss } = await explainJson(child.pid, address);
  const cause = causes.find(({ name }: { readonly name: string }) => name === 'charged_elsewhere');
  assert.ok(cause, JSON.stringify(causes));
  t.diagnostic(cause.summary);
  assert.ok(size === undefined || size.limit > rss.kinds.anon, `${JSON.stringify(size)} for ${JSON.stringify(rss.kinds)}`);
});

test('charged_elsewhere: a file that another group read first', { timeout: 120_000 }, async (t) => {
  const lab = locateLab('go-newest-pure');
  if (!lab.ok) return t.skip(lab.detail);
  const group = limitedGroup(t, 'layer', 400 * mib);
  if (!group.ok) return t.skip(group.detail);
  const folder = mkdtempSync(join(tmpdir(), 'memgap-layer-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'layer');
  const fd = openSync(path, 'w');
  for (let count = 0; count < 128; count += 1) writeFileSync(fd, Buffer.alloc(mib, count + 1));
  closeSync(fd);
  readFileSync(path); // by this test, in the group of this test
  const { child, address } = await startLabIn(t, group.value, lab.value, { LAB_FILE: path });
  const made = await fetch(`http://${address}/shape/file-of-others`);
  assert.equal(made.status, 200, await made.text());

  const { causes, right_size: size } = await explainJson(child.pid, address);
  const cause = causes.find(({ name }: { readonly name: string }) => name === 'charged_elsewhere');
  assert.ok(cause, JSON.stringify(causes));
  t.diagnostic(cause.summary);
  assert.ok(size === undefined || size.limit > 128 * mib, JSON.stringify(size));
});
