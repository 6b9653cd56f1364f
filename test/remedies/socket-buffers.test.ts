import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { until } from '../kernel/process/processes.ts';
import { locateLab } from '../programs.ts';
import { carryOut } from './carry-out.ts';
import { installed, shell } from './command.ts';
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

test('socket_buffers: ss -tm, and fewer connections', async (t) => {
  const ss = installed('ss');
  if (!ss.ok) return t.skip(ss.detail);
  const memory = () => 4096 * Number(/^TCP: .* mem (\d+)$/m.exec(readFileSync('/proc/net/sockstat', 'utf8'))?.[1]);
  let held = 0;
  await carryOut(t, {
    cause: 'socket_buffers',
    next: /^ss -tm: who does not read\? Fewer connections, or a lower maximum/,
    make: async ({ json }) => {
      await json('/shape/sockets-sent?mib=64');
      held = memory();
    },
    remedy: async ({ json, lab }) => {
      const waiting = [...shell('ss -tm', lab).matchAll(/^ESTAB +\d+ +(\d+) .*\n\s+skmem:/gm)].reduce(
        (sum, [, queue]) => sum + Number(queue),
        0,
      );
      assert.ok(waiting > 32 * mib, `ss -tm shows ${waiting} bytes that wait to be sent`);
      await json('/shape/undo');
      await json('/shape/sockets-sent?mib=4');
      await until(() => held - memory() > 32 * mib);
    },
    stays: true, // in a group of a few MiB 4 are large
  });
});
