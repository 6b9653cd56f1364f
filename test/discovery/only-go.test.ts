import assert from 'node:assert/strict';
import { chmodSync, copyFileSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { onlyGoProcess } from '../../src/discovery/only-go.ts';
import { suspectsOf } from '../../src/discovery/suspects.ts';
import type { KernelPaths } from '../../src/model/source.ts';
import { asNobody, asNobodyLater, folder, here, noPid, startNamed } from '../kernel/process/processes.ts';
import { locateLab } from '../programs.ts';

/** A procfs in which each pid runs a program; `self` is pid 1. */
function procfsOf(t: TestContext, running: Readonly<Record<number, string>>): KernelPaths {
  const procfs = folder(t);
  chmodSync(procfs, 0o755);
  for (const [pid, path] of Object.entries({ 1: process.execPath, ...running })) {
    mkdirSync(join(procfs, pid));
    symlinkSync(path, join(procfs, pid, 'exe'));
    writeFileSync(join(procfs, pid, 'stat'), `${pid} (x) S ${'1 '.repeat(18)}500 0\n`);
  }
  symlinkSync('1', join(procfs, 'self'));
  return { procfs, cgroupfs: '/nowhere' };
}

const { signal } = new AbortController();

test('the only Go program in sight is found among others; what is gone or no Go program does not count', async (t) => {
  const program = locateLab('go-newest-pure');
  if (!program.ok) return t.skip(program.detail);
  const only = await onlyGoProcess(procfsOf(t, { 12: '/bin/sleep', 13: program.value, 14: '/nowhere' }), signal);
  assert.deepEqual(only, { ok: true, value: { pid: 13, unread: 0 } });
});

test('two are listed with what they run, in printable form', async (t) => {
  const program = locateLab('go-newest-pure');
  if (!program.ok) return t.skip(program.detail);
  const hostile = join(folder(t), 'lab\x1b[31m');
  copyFileSync(program.value, hostile);
  const two = await onlyGoProcess(procfsOf(t, { 12: program.value, 13: hostile }), signal);
  assert.ok(!two.ok && two.reason === 'mismatch');
  assert.match(two.detail, /^2 Go programs are in sight, name one of them: 12 \(.*\), 13 \(.*lab\\x1b\[31m\)$/);
});

test('none in sight is not-found, with what to do in a pod', async (t) => {
  const none = await onlyGoProcess(procfsOf(t, { 12: '/bin/sleep' }), signal);
  assert.ok(!none.ok && none.reason === 'not-found');
  assert.match(none.detail, /among 1 other processes; in a pod: kubectl debug --target=CONTAINER, or shareProcessNamespace/);
});

test('what cannot be read may be one: denied when no other is in sight, and counted when one is', async (t) => {
  if (process.getuid?.() !== 0) return t.skip('needs root, to give up its rights');
  const program = locateLab('go-newest-pure');
  if (!program.ok) return t.skip(program.detail);
  const closed = join(folder(t), 'lab');
  copyFileSync(program.value, closed);
  chmodSync(closed, 0o700);
  const open = join(folder(t), 'lab');
  copyFileSync(program.value, open);
  chmodSync(join(open, '..'), 0o755);

  const denied = await asNobodyLater(() => onlyGoProcess(procfsOf(t, { 12: closed }), signal));
  assert.ok(!denied.ok && denied.reason === 'denied', JSON.stringify(denied));
  assert.match(denied.detail, /what 1 of 1 processes run can't be read; memgap needs/);
  assert.deepEqual(await asNobodyLater(() => onlyGoProcess(procfsOf(t, { 12: closed, 13: open }), signal)), {
    ok: true,
    value: { pid: 13, unread: 1 },
  });
});

test('suspects: those of the name that may not be looked into, never one that may', async (t) => {
  if (process.getuid?.() !== 0) return t.skip('needs root, to give up its rights');
  const name = `mg-susp-${process.pid}`;
  const { pid } = await startNamed(t, name);
  assert.deepEqual(await suspectsOf({ by: 'exe', exe: name }, here, signal), []);
  const [hidden, unnamed] = await asNobody(() =>
    Promise.all([suspectsOf({ by: 'exe', exe: name }, here, signal), suspectsOf(undefined, here, signal)]),
  );
  assert.deepEqual(hidden, [pid]);
  assert.ok(unnamed.includes(pid) && (unnamed.at(-1) === 1 || !unnamed.includes(1)));
  assert.deepEqual(await suspectsOf({ by: 'pid', pid: noPid }, here, signal), [noPid]);
  assert.deepEqual(await suspectsOf({ by: 'cgroup', cgroup: '/x' }, here, signal), []);
});
