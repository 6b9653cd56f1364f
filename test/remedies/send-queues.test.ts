import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { locateLab } from '../programs.ts';
import { explainJson } from './explained.ts';
import { limitedGroup, startLabIn } from './lab.ts';

// Files that are sent to readers that read nothing, and what is said to help: whether it lets the memory go is asked of the kernel, by
// eating all that can be had.

const mib = 1024 ** 2;
const limit = 400 * mib;
const sent = 128;

interface Course {
  /** What memgap says of it, as explain --json prints it; after the remedy has had its time. */
  readonly said: {
    readonly causes: ReadonlyArray<{ readonly name: string; readonly next: string; readonly summary: string; readonly bytes?: number }>;
  };
  /** Anonymous memory that could be had before the kernel killed. */
  readonly room: number;
}

/** Sends in a group of its own, with or without a remedy; `undefined` where the test was skipped. */
async function course(t: TestContext, shape: string): Promise<Course | undefined> {
  const lab = locateLab('go-newest-pure');
  const group = limitedGroup(t, shape, limit);
  if (!lab.ok || !group.ok) {
    t.skip(!lab.ok ? lab.detail : group.ok ? '' : group.detail);
    return undefined;
  }
  const folder = mkdtempSync(join(tmpdir(), 'memgap-slow-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const { child, address } = await startLabIn(t, group.value, lab.value, { TMPDIR: folder });
  const made = await fetch(`http://${address}/shape/${shape}?mib=${sent}`);
  assert.equal(made.status, 200, await made.text());
  await sleep(5000); // the longest of the deadlines that are tried is 2 s, and the kernel looks at it as it probes the reader
  const said = await explainJson(child.pid, address);
  await fetch(`http://${address}/eat`).catch(() => undefined);
  await child.end;
  const room = Number(/ate (\d+)/.exec(child.lines().findLast((line) => line.startsWith('ate ')) ?? '')?.[1]) * mib;
  t.diagnostic(
    `${shape}: ${(room / mib).toFixed(0)} MiB could be had; ${said.causes.map(({ name }: { readonly name: string }) => name).join()}`,
  );
  return { said, room };
}

function sendQueues({ said }: Course) {
  return said.causes.find(({ name }) => name === 'send_queues');
}

const advised =
  /^TCP_USER_TIMEOUT on the listener .*, or http\.Server\.WriteTimeout with SetLinger\(0\) on each connection: after WriteTimeout alone the kernel still keeps what was sent$/;

for (const [remedy, shape] of [
  ['TCP_USER_TIMEOUT', 'slow-readers-user-timeout'],
  ['WriteTimeout with SetLinger(0)', 'slow-readers-reset'],
] as const) {
  test(`send_queues: ${remedy}`, { timeout: 120_000 }, async (t) => {
    const before = await course(t, 'slow-readers');
    if (before === undefined) return;
    assert.match(sendQueues(before)?.next ?? '', advised);
    assert.match(sendQueues(before)?.summary ?? '', /not taken by 32 slow readers/);
    const after = await course(t, shape);
    if (after === undefined) return;
    assert.equal(sendQueues(after), undefined);
    assert.ok(before.room < limit - 50 * mib && after.room > limit - 20 * mib, `${(after.room - before.room) / mib} MiB more could be had`);
  });
}

test('send_queues: http.Server.WriteTimeout alone, which does not help', { timeout: 120_000 }, async (t) => {
  const before = await course(t, 'slow-readers');
  if (before === undefined) return;
  const after = await course(t, 'slow-readers-write-timeout');
  if (after === undefined) return;
  assert.ok(after.room - before.room < 10 * mib, `${(after.room - before.room) / mib} MiB more could be had: then the advice may say so`);
});
