import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseStatus, status } from '../../../src/kernel/process/status.ts';
import { kib } from '../../../src/model/units.ts';
import { here, noPid, seesKernelThreads, startNamed } from './processes.ts';

const fixtures = join(import.meta.dirname, '../../fixtures/process');

function recorded(name: string): string {
  return readFileSync(join(fixtures, name), 'utf8');
}

test('a recorded file of kernel 6.18 gives every line in bytes', () => {
  assert.deepEqual(parseStatus(recorded('etcd_3.5.16/status')), {
    ok: true,
    value: {
      name: 'etcd',
      parent: 10823,
      vmSize: kib(12182644),
      vmRss: kib(32752),
      vmHwm: kib(32752),
      rssAnon: kib(8680),
      rssFile: kib(24072),
      rssShmem: kib(0),
      vmSwap: kib(0),
      vmPte: kib(264),
      vmLck: kib(0),
      vmPin: kib(0),
      hugetlbPages: kib(0),
      threads: 7,
    },
  });
});

test('recorded files of kernels 6.1, 6.12 and 7.2 have the same lines', () => {
  for (const name of ['status-6.1', 'pod-v2-6.12/status', 'status-7.2']) {
    const reading = parseStatus(recorded(name));
    assert.ok(reading.ok, name);
    const { vmRss, rssAnon, rssFile, rssShmem } = reading.value;
    assert.equal((rssAnon ?? 0) + (rssFile ?? 0) + (rssShmem ?? 0), vmRss, name);
  }
});

test('lines that a kernel before 4.5 does not have are absent, not zero', () => {
  const old = recorded('etcd_3.5.16/status').replaceAll(/^(Rss\w+|VmSwap|VmPTE|VmHWM|Kthread):.*\n/gm, '');
  const reading = parseStatus(old);

  assert.ok(reading.ok);
  assert.equal(reading.value.rssAnon, undefined);
  assert.equal(reading.value.vmSwap, undefined);
  assert.equal(reading.value.vmHwm, undefined);
});

test('a zombie is gone, a kernel thread is unsupported, a process without VmRSS malformed', () => {
  const zombie = parseStatus('Name:\tx\nState:\tZ (zombie)\nThreads:\t1\n');
  const kernel = parseStatus('Name:\tkthreadd\nState:\tS (sleeping)\nKthread:\t1\nThreads:\t1\n');
  const oldKernel = parseStatus('Name:\tkthreadd\nState:\tS (sleeping)\nThreads:\t1\n');
  const noRss = parseStatus('Name:\tx\nState:\tS (sleeping)\nVmSize:\t4 kB\nVmRSS:\tmany kB\n');

  assert.equal(!zombie.ok && zombie.reason, 'gone');
  assert.equal(!kernel.ok && kernel.reason, 'unsupported');
  assert.equal(!oldKernel.ok && oldKernel.reason, 'unsupported');
  assert.equal(!noRss.ok && noRss.reason, 'malformed');
});

test('a size past 2^53 is not told', () => {
  const reading = parseStatus('Name:\tx\nState:\tS\nVmSize:\t1 kB\nVmRSS:\t4 kB\nVmHWM:\t99999999999999999999 kB\n');

  assert.ok(reading.ok);
  assert.equal(reading.value.vmHwm, undefined);
});

test('no text makes the parser throw', () => {
  fc.assert(fc.property(fc.string(), (text) => typeof parseStatus(text).ok === 'boolean'));
});

test('this process has resident memory, and a hostile name changes no number', async (t) => {
  const own = status.read({ pid: process.pid, paths: here });
  assert.ok(own.ok && own.value.vmRss > 10 * 1024 * 1024);

  const { pid } = await startNamed(t, 'x\nVmRSS:\t99 kB');
  const hostile = status.read({ pid, paths: here });
  assert.ok(hostile.ok, JSON.stringify(hostile));
  assert.notEqual(hostile.value.vmRss, kib(99));
});

test('a real kernel thread is unsupported', (t) => {
  if (!seesKernelThreads()) return t.skip('no kernel thread can be seen from this pid namespace');
  const reading = status.read({ pid: 2, paths: here });

  assert.equal(!reading.ok && reading.reason, 'unsupported');
});

test('a process that has exited is gone', () => {
  const reading = status.read({ pid: noPid, paths: here });

  assert.equal(!reading.ok && reading.reason, 'gone');
});
