import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { locateLab } from '../programs.ts';
import { explainJson } from './explained.ts';
import { limitedGroup, startLabIn } from './lab.ts';

// The room that memgap tells, against what could really be had: memory is eaten until the kernel kills.

const mib = 1024 ** 2;
const limit = 400 * mib;

/** `share`: at least so much of what could be had is told. */
const cases: ReadonlyArray<readonly [shape: string, mib: number, share: number]> = [
  ['cache-clean', 200, 0.85],
  ['cache-locked', 128, 0.85],
  ['cache-locked-all', 128, 0.85],
  ['cache-secret', 128, 0.85],
  ['cache-ramfs', 128, 0.85],
  ['cache-sent', 256, 0.85],
  ['cache-copied', 256, 0.3], // from outside it looks like the one before: the interval holds both
  ['cache-pipes', 48, 0.6],
  ['tmpfs', 128, 0.85],
];

for (const [shape, size, share] of cases) {
  test(`room before an OOM kill, ${shape} ${size} MiB: no more than can be had, and at least ${share} of it`, {
    timeout: 120_000,
  }, async (t) => {
    const lab = locateLab('go-newest-pure');
    if (!lab.ok) return t.skip(lab.detail);
    const group = limitedGroup(t, shape, limit);
    if (!group.ok) return t.skip(group.detail);
    const folder = mkdtempSync(join(tmpdir(), 'memgap-room-'));
    const ram = join(folder, 'ram');
    t.after(() => {
      if (shape === 'cache-ramfs') execFileSync('umount', ['-l', ram]);
      rmSync(folder, { recursive: true });
    });
    mkdirSync(ram);
    if (shape === 'cache-ramfs') execFileSync('mount', ['-t', 'ramfs', 'none', ram]);
    const { child, address } = await startLabIn(t, group.value, lab.value, { LAB_RAMFS: ram, TMPDIR: folder });
    const made = await fetch(`http://${address}/shape/${shape}?mib=${size}`);
    if (!made.ok) return t.skip(`the kernel does not make it: ${await made.text()}`);
    const { cgroup } = await explainJson(child.pid, address);
    await fetch(`http://${address}/eat`).catch(() => undefined);
    await child.end;
    const had = Number(/ate (\d+)/.exec(child.lines().findLast((line) => line.startsWith('ate ')) ?? '')?.[1]) * mib;
    t.diagnostic(
      `${shape}: told ${show(cgroup.headroom)}${cgroup.headroom_most === undefined ? '' : ` to ${show(cgroup.headroom_most)}`}, had ${show(had)}: ${(cgroup.headroom / had).toFixed(2)}`,
    );
    assert.equal(group.value.number('memory.oom_control', 'oom_kill'), 1);
    assert.ok(cgroup.headroom <= had + mib, `told ${show(cgroup.headroom)}, and only ${show(had)} could be had`);
    assert.ok(cgroup.headroom >= share * had, `told ${show(cgroup.headroom)}, and ${show(had)} could be had`);
    if (cgroup.headroom_most !== undefined) {
      assert.ok(cgroup.headroom_most >= had, `told at most ${show(cgroup.headroom_most)}, and ${show(had)} could be had`);
    }
  });
}

function show(size: number): string {
  return `${(size / mib).toFixed(1)} MiB`;
}
