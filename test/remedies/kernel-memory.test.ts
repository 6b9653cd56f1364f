import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { locateLab } from '../programs.ts';
import { explainJson } from './explained.ts';
import { limitedGroup, startLabIn } from './lab.ts';

// Kernel memory behind open files: memgap says which, and what it says to do is done.

const mib = 1024 ** 2;

for (const [remedy, shape, undo, says, next] of [
  ['read the pipes', 'pipes-unread', 'pipes-read', /are \d+ pipes of up to 1\.00 MiB/, /^read what is written to them, or close them/],
  ['read the UNIX sockets', 'unix-unread', 'unix-read', /\d+ sockets other than TCP/, /^ss -xmp .*Then read or close them/],
  ['close the eventfds', 'eventfds', 'eventfds-closed', /are \d+ eventfd and eventpoll/, /^close them/],
] as const) {
  test(`kernel_other: ${remedy}`, { timeout: 60_000 }, async (t) => {
    const lab = locateLab('go-newest-pure');
    if (!lab.ok) return t.skip(lab.detail);
    const group = limitedGroup(t, shape, 400 * mib);
    if (!group.ok) return t.skip(group.detail);
    const { child, address } = await startLabIn(t, group.value, lab.value);
    const kernel = () => Number(readFileSync(join(group.value.directory, 'memory.kmem.usage_in_bytes'), 'utf8'));
    const before = kernel();
    const made = await fetch(`http://${address}/shape/${shape}?mib=48`);
    assert.equal(made.status, 200, await made.text());
    const held = kernel() - before;
    const { causes } = await explainJson(child.pid, address);
    const cause = causes.find(({ name }: { readonly name: string }) => name === 'kernel_other');
    t.diagnostic(`${(held / mib).toFixed(1)} MiB: ${cause?.summary}`);
    assert.match(cause?.summary ?? '', says);
    assert.match(cause?.next ?? '', next);
    await fetch(`http://${address}/shape/${undo}`);
    const left = kernel() - before;
    assert.ok(left < 0.2 * held, `${(left / mib).toFixed(1)} of ${(held / mib).toFixed(1)} MiB are left`);
  });
}
