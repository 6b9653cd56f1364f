import assert from 'node:assert/strict';
import fs, { mkdirSync, writeFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { budgets } from '../../src/budgets.ts';
import { createSlices } from '../../src/files/turns.ts';
import { cgroup } from '../../src/kernel/cgroup/cgroup.ts';
import { type CgroupPlace, locateCgroup } from '../../src/kernel/cgroup/locate.ts';
import { parseMounts } from '../../src/kernel/cgroup/mounts.ts';
import { cgroupProcs } from '../../src/kernel/cgroup/procs.ts';
import { pagemap, pageSize } from '../../src/kernel/memory/pagemap.ts';
import { smaps } from '../../src/kernel/memory/smaps.ts';
import { smapsRollup } from '../../src/kernel/memory/smaps-rollup.ts';
import { parseTmpfsDevices } from '../../src/kernel/memory/tmpfs-devices.ts';
import { environ } from '../../src/kernel/process/environ.ts';
import { createSettingsScan } from '../../src/kernel/process/environ-settings.ts';
import { parseLimits } from '../../src/kernel/process/limits.ts';
import { listPids, listPidsInSlices } from '../../src/kernel/process/pids.ts';
import { status } from '../../src/kernel/process/status.ts';
import type { Reading } from '../../src/model/reading.ts';
import { needed } from './memory/smaps-text.ts';
import { folder, here } from './process/processes.ts';

const { signal } = new AbortController();

/** Files of a process, as a kernel would show them; nobody but a target decides how long they are. */
function procfs(t: TestContext, files: Readonly<Record<string, string>>) {
  const path = folder(t);
  mkdirSync(join(path, '77'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(path, '77', name), text);
  return { pid: 77, paths: { procfs: path, cgroupfs: '/nonexistent' } };
}

function assertTooLarge(reading: Reading<unknown>, detail: RegExp) {
  assert.equal(!reading.ok && reading.reason, 'too-large', JSON.stringify(reading).slice(0, 200));
  assert.match(reading.ok ? '' : reading.detail, detail);
}

/** How often a function of node:fs is called meanwhile. */
async function callsOf(name: 'readSync' | 'openSync' | 'readlinkSync', action: () => unknown): Promise<number> {
  const real = fs[name];
  let calls = 0;
  const counting = (...args: readonly unknown[]) => {
    calls += 1;
    return Reflect.apply(real, fs, args);
  };
  Object.assign(fs, { [name]: counting });
  syncBuiltinESMExports();
  try {
    await action();
  } finally {
    Object.assign(fs, { [name]: real });
    syncBuiltinESMExports();
  }
  return calls;
}

const mount = '30 20 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw\n';
const other = (index: number) => `${index} 20 0:${index} / /mnt/${index} rw - overlay overlay rw,lowerdir=/l${'x'.repeat(60)}\n`;

test('4 MiB of mountinfo: what stands behind them is not seen, and the reading says so', async (t) => {
  const line = other(41);
  const long = line.repeat(Math.ceil(budgets.mountinfo.maxBytes / line.length));
  const beyond = await locateCgroup(procfs(t, { cgroup: '0::/a\n', mountinfo: long + mount }), signal);
  assertTooLarge({ ...beyond }, /no cgroup is mounted within the first 4194304 bytes of mountinfo/);
  assert.deepEqual(parseMounts(mount + long, 2), [{ id: 30, root: '/', mountPoint: '/sys/fs/cgroup' }]);
  assert.deepEqual(parseTmpfsDevices(long), []);
});

test('mounts of cgroups by the thousand are refused, in one line or many', async (t) => {
  assertTooLarge(
    await locateCgroup(procfs(t, { cgroup: '0::/a\n', mountinfo: mount.repeat(5000) }), signal),
    /more than 64 cgroups are mounted/,
  );
  const one = `30 20 0:26 / /sys/fs/cgroup rw${' - cgroup2 x rw'.repeat(100_000)}\n`;
  assert.equal(parseMounts(one, 2).length, 1);
});

test('a status of ten thousand lines is too large, and so is one of 10^6 groups', (t) => {
  assertTooLarge(status.read(procfs(t, { status: 'a: b\n'.repeat(10_000), stat: '' })), /status has more than 4096 lines/);
  const groups = `Name:\tx\nGroups:\t${'4294967294 '.repeat(60_000)}\n`;
  assertTooLarge(status.read(procfs(t, { status: groups, stat: '' })), /longer than 262144 bytes/);
});

test('10^6 threads are a number like another', (t) => {
  const text = 'Name:\tx\nState:\tS (sleeping)\nVmSize:\t9 kB\nVmRSS:\t4 kB\nThreads:\t1000000\n';
  const reading = status.read(procfs(t, { status: text, stat: '' }));
  assert.ok(reading.ok && reading.value.threads === 1_000_000);
});

test('long lines of limits and of mounts are gone through once', () => {
  const blanks = `Max ${' '.repeat(200_000)}x\n`;
  assert.equal(parseLimits(blanks).ok, false);
  assert.ok(parseLimits(`${blanks}Max stack size             8388608              unlimited            bytes\n`).ok);
  assert.deepEqual(parseTmpfsDevices(`1 2 0:1${' x'.repeat(500_000)} - ext4 y z\n`), []);
});

test('an environment that was written over with NULs, or with what nearly is a setting, ends at its budget or its end', () => {
  for (const text of ['\0', 'G\0', 'GOGC\0', 'GOMEMLIMIT\0', 'GOGC']) {
    const scan = createSettingsScan();
    const piece = Buffer.from(text.repeat(16_384 / text.length));
    for (let size = 0; size < budgets.environment.maxBytes; size += piece.length) scan.push(piece);
    scan.push(Buffer.from('\0GOGC=50\0'));
    assert.equal(scan.settings().gogc, 0.5, text);
  }
});

/** A group of the test's own, in place of a cgroup file system. */
function group(t: TestContext, files: Readonly<Record<string, string>>, parts: readonly string[] = ['g']): CgroupPlace {
  const base = folder(t);
  const path = join(base, ...parts);
  mkdirSync(path, { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(path, name), text);
  const fsTypes = [fs.statfsSync(base).type];
  const process = { pid: 77, paths: here };
  const membership = { version: 2, path: '/' } as const;
  const fd = fs.openSync(base, fs.constants.O_RDONLY);
  t.after(() => fs.closeSync(fd));
  return { version: 2, via: 'path', process, membership, tree: { mount: { fd, shown: base }, group: parts, mountId: undefined, fsTypes } };
}

const numbers = { 'memory.current': '4096\n', 'memory.max': 'max\n', 'cgroup.procs': '77\n' };

test('a memory.stat of ten thousand lines, a group that lies deep, and one of very many pids are too large', async (t) => {
  assertTooLarge(cgroup.read(group(t, { ...numbers, 'memory.stat': 'a 1\n'.repeat(10_000) })), /memory\.stat has more than 4096 lines/);
  const deep = Array.from({ length: budgets.cgroupDepth.maxEntries + 1 }, () => 'd');
  assertTooLarge(cgroup.read(group(t, { ...numbers, 'memory.stat': 'anon 1\n' }, deep)), /65 directories deep/);
  const pids = group(t, { ...numbers, 'cgroup.procs': Array.from({ length: 100_000 }, (_, index) => `${index}\n`).join('') });
  assertTooLarge(await cgroupProcs.read(pids, signal), /cgroup\.procs of the group \/g is longer than 262144 bytes/);
});

test('very many child groups, or entries that are none, are too large', async (t) => {
  const many = group(t, numbers);
  for (let index = 0; index < 2000; index += 1) mkdirSync(join(many.tree.mount.shown, 'g', `c${index}`));
  const opened = await callsOf('openSync', async () => {
    assertTooLarge(await cgroupProcs.read(many, signal), /more than 100 groups below it/);
  });
  assert.ok(opened < 50, `${opened} places were opened`);
  const files = group(t, numbers);
  for (let index = 0; index <= budgets.groupEntries.maxEntries; index += 1)
    fs.closeSync(fs.openSync(join(files.tree.mount.shown, 'g', `f${index}`), 'w'));
  assertTooLarge(await cgroupProcs.read(files, signal), /the child groups of the group \/g stand among more than 10000 entries/);
});

test('pids are listed in their order, at once and in slices, and a walk that is over ends', async (t) => {
  const path = folder(t);
  for (const name of ['3', '20', '100', '4194304', 'self', 'x1', '1x', '99999999999']) mkdirSync(join(path, name));
  const paths = { procfs: path, cgroupfs: '/' };
  const expected = { ok: true, value: [3, 20, 100, 4_194_304] };
  assert.deepEqual(listPids(paths), expected);
  assert.deepEqual(await listPidsInSlices(paths, createSlices(signal)), expected);
  const late = await listPidsInSlices(paths, createSlices(AbortSignal.abort()));
  assert.equal(!late.ok && late.reason, 'timeout');
});

test('no read that takes the lock of a target is on the event loop', async (t) => {
  const header = '00400000-00401000 r--p 00000000 00:00 0\n';
  const block = `${needed.map((key) => `${key}: 0 kB\n`).join('')}VmFlags: rd\n`;
  const process = procfs(t, {
    stat: '',
    maps: header,
    smaps: header + block,
    smaps_rollup: header + block,
    environ: 'GOGC=50\0',
    pagemap: ' '.repeat(80),
  });
  pageSize(); // of memgap's own auxv, once
  const reads = await callsOf('readSync', async () => {
    assert.equal((await smaps.read(process, signal)).ok, true);
    assert.equal((await smapsRollup.read(process, signal)).ok, true);
    assert.equal((await environ.read(process, signal)).ok, true);
    assert.equal((await pagemap.read({ ...process, ranges: [{ start: 0, end: 4096 }] }, signal)).ok, true);
  });
  assert.equal(reads, 1); // of stat, where the environment lies: it takes no lock (fs/proc/array.c)
});
