import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseSmapsRollup, smapsRollup } from '../../../src/kernel/memory/smaps-rollup.ts';
import { kib } from '../../../src/model/units.ts';
import { asNobody, here, noPid, start } from '../process/processes.ts';

const fixtures = join(import.meta.dirname, '../../fixtures/process');

const { signal } = new AbortController();

test('a recorded file gives its lines in bytes', () => {
  assert.deepEqual(parseSmapsRollup(readFileSync(join(fixtures, 'etcd_3.5.16/smaps_rollup'), 'utf8')), {
    ok: true,
    value: {
      rss: kib(32752),
      pss: kib(31334),
      anonymous: kib(8680),
      lazyFree: kib(0),
      anonHugePages: kib(0),
      swap: kib(0),
      locked: kib(0),
      ksm: kib(0),
    },
  });
});

test('a line that is not there is absent, one that is needed makes it malformed', () => {
  const least = 'Rss: 8 kB\nPss: 4 kB\nAnonymous: 4 kB\nLazyFree: 0 kB\n';
  const reading = parseSmapsRollup(least);
  assert.ok(reading.ok);
  assert.equal(reading.value.swap, undefined);
  assert.equal(reading.value.anonHugePages, undefined);

  const lacking = parseSmapsRollup(least.replace(/^LazyFree.*/m, ''));
  assert.equal(!lacking.ok && lacking.reason, 'malformed');
});

test('the resident sum of a real process holds its anonymous part', async () => {
  const reading = await smapsRollup.read({ pid: process.pid, paths: here }, signal);

  assert.ok(reading.ok, JSON.stringify(reading));
  assert.ok(reading.value.rss >= reading.value.anonymous && reading.value.anonymous > 0);
});

test("another user's process is denied, and the detail names the file and the right", async (t) => {
  if (process.getuid?.() !== 0) return t.skip('needs root, to give up its rights');
  const pid = await start(t, '/bin/sleep', ['600']);
  const reading = await asNobody(() => smapsRollup.read({ pid, paths: here }, signal));

  assert.ok(!reading.ok && reading.reason === 'denied');
  assert.match(reading.detail, new RegExp(`/proc/${pid}/smaps_rollup: EACCES.*uid and gid.*CAP_SYS_PTRACE`));
});

test('a process that has exited is gone', async () => {
  const reading = await smapsRollup.read({ pid: noPid, paths: here }, signal);

  assert.equal(!reading.ok && reading.reason, 'gone');
});
