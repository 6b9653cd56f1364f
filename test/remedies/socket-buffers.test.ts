import assert from 'node:assert/strict';
import { test } from 'node:test';
import { locateLab } from '../programs.ts';
import { explainJson } from './explained.ts';
import { limitedGroup, startLabIn } from './lab.ts';

const mib = 1024 ** 2;

test('socket_buffers: SetReadBuffer', { timeout: 60_000 }, async (t) => {
  const lab = locateLab('go-newest-pure');
  if (!lab.ok) return t.skip(lab.detail);
  const received: number[] = [];
  for (const shape of ['unread', 'unread-small-buffer']) {
    const group = limitedGroup(t, shape, 400 * mib);
    if (!group.ok) return t.skip(group.detail);
    const { child, address } = await startLabIn(t, group.value, lab.value);
    const made = await fetch(`http://${address}/shape/${shape}?mib=64`);
    assert.equal(made.status, 200, await made.text());
    const { causes } = await explainJson(child.pid, address);
    const cause = causes.find(({ name }: { readonly name: string }) => name === 'socket_buffers');
    const evidence: ReadonlyArray<{ readonly what: string; readonly value: number }> = cause?.evidence ?? [];
    if (shape === 'unread') assert.match(cause?.next ?? '', /^read faster, or take less in: SetReadBuffer on each connection/);
    received.push(evidence.find(({ what }) => what === 'received and not read by it')?.value ?? 0);
  }
  t.diagnostic(`${received.map((each) => (each / mib).toFixed(1)).join(' MiB, then ')} MiB`);
  const [before = 0, after = 0] = received;
  assert.ok(before > mib && after < before / 3);
});
