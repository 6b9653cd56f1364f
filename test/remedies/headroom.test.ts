import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { startChild } from '../../scripts/child.ts';
import { locateLab } from '../programs.ts';
import { explainJson } from './explained.ts';
import { makeGroup, noGroups } from './group.ts';

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
  ['cache-copied', 256, 0.5],
  ['cache-pipes', 48, 0.6],
  ['tmpfs', 128, 0.85],
];

const lab = locateLab('go-newest-pure');
const skip = noGroups() ?? (lab.ok ? undefined : lab.detail);

for (const [shape, size, share] of cases) {
  test(`room before an OOM kill, ${shape} ${size} MiB: no more than can be had, and at least ${share} of it`, {
    skip,
    timeout: 120_000,
  }, async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'memgap-room-'));
    const ram = join(folder, 'ram');
    mkdirSync(ram);
    if (shape === 'cache-ramfs') execFileSync('mount', ['-t', 'ramfs', 'none', ram]);
    const group = makeGroup(limit);
    const [command, ...args] = group.enter(lab.ok ? lab.value : '', '-listen', '127.0.0.1:0');
    const child = await startChild('lab', command, args, { LAB_RAMFS: ram, TMPDIR: folder });
    t.after(async () => {
      await child.stop();
      await group.remove();
      if (shape === 'cache-ramfs') execFileSync('umount', ['-l', ram]);
      rmSync(folder, { recursive: true });
    });
    const address = await ready(child.lines);
    const made = await fetch(`http://${address}/shape/${shape}?mib=${size}`);
    if (!made.ok) return t.skip(`the kernel does not make it: ${await made.text()}`);
    const { cgroup } = await explainJson(child.pid, address);
    await fetch(`http://${address}/eat`).catch(() => undefined);
    await child.end;
    const had = Number(/ate (\d+)/.exec(child.lines().findLast((line) => line.startsWith('ate ')) ?? '')?.[1]) * mib;
    t.diagnostic(
      `${shape}: told ${show(cgroup.headroom)}${cgroup.headroom_most === undefined ? '' : ` to ${show(cgroup.headroom_most)}`}, had ${show(had)}: ${(cgroup.headroom / had).toFixed(2)}`,
    );
    assert.equal(/oom_kill (\d+)/.exec(group.read('memory.oom_control'))?.[1], '1');
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

async function ready(lines: () => readonly string[]): Promise<string> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const [, address] = /^ready \d+ (.+)$/m.exec(lines().join('\n')) ?? [];
    if (address !== undefined) return address;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`the lab is not ready: ${lines().join('\n')}`);
}
