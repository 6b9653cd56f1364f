import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { countPresent, maxLookedUpBytes, pagemap, pageSizeIn } from '../../../src/kernel/memory/pagemap.ts';
import { smaps } from '../../../src/kernel/memory/smaps.ts';
import { asNobody, here, noPid, start, stateOf, until } from '../process/processes.ts';

const { signal } = new AbortController();

test('anonymous mappings have at least their Rss present: the shared zero page counts too', async (t) => {
  const pid = await start(t, process.execPath, ['-e', 'globalThis.held = Buffer.alloc(40 << 20, 1); setTimeout(() => {}, 600000)']);
  await until(() => anonOf(pid) >= 40 * 1024 && stateOf(pid) === 'S'); // it has what it was to hold, and rests
  process.kill(pid, 'SIGSTOP');
  await until(() => stateOf(pid) === 'T');
  const walk = await smaps.read({ pid, paths: here }, signal);
  assert.ok(walk.ok);
  const mappings = walk.value.filter(({ path, permissions, rss }) => path === '' && permissions === 'rw-p' && rss > 0);
  const largest = mappings.reduce((one, other) => (one.rss > other.rss ? one : other));
  assert.ok(largest.rss >= 40 * 1024 * 1024);

  const small = mappings.filter(({ start: from, end }) => end - from <= 64 * 1024 * 1024);
  const reading = await pagemap.read({ pid, paths: here, ranges: small }, signal);
  assert.ok(reading.ok && reading.value.length === small.length, JSON.stringify(reading));
  for (const [index, { start: from, end, rss }] of small.entries()) {
    const present = reading.value[index]?.present ?? 0;
    assert.ok(present >= rss && present <= end - from, `${from.toString(16)}: ${present} present of ${rss}`);
  }

  // the parts of a range add up to it
  const middle = largest.start + 20 * 1024 * 1024;
  const parts = await pagemap.read(
    { pid, paths: here, ranges: [{ start: largest.start, end: middle }, { start: middle, end: largest.end }, largest] },
    signal,
  );
  assert.ok(parts.ok);
  const [first = 0, second = 0, whole] = parts.value.map(({ present }) => present);
  assert.equal(first + second, whole);
});

test('what is longer than the limit is left out, and too large when nothing else is asked', async () => {
  const long = { start: 0x10000, end: 0x10000 + maxLookedUpBytes + 4096 };
  const short = { start: 0x10000, end: 0x20000 };
  const own = { pid: process.pid, paths: here };
  const reading = await pagemap.read({ ...own, ranges: [long, short] }, signal);
  assert.ok(reading.ok);
  assert.deepEqual(reading.value, [{ ...short, present: 0, runs: [] }]);
  const tooLong = await pagemap.read({ ...own, ranges: [long] }, signal);
  assert.equal(!tooLong.ok && tooLong.reason, 'too-large');
  assert.deepEqual(await pagemap.read({ ...own, ranges: [] }, signal), { ok: true, value: [] });
  const backwards = await pagemap.read({ ...own, ranges: [{ start: 4096, end: 0 }] }, signal);
  assert.equal(!backwards.ok && backwards.reason, 'malformed');
});

test('a process that has exited is gone, one of another user denied', async (t) => {
  const gone = await pagemap.read({ pid: noPid, paths: here, ranges: [] }, signal);
  assert.equal(!gone.ok && gone.reason, 'gone');
  if (process.getuid?.() !== 0) return t.skip('needs root, to give up its rights');
  const pid = await start(t, '/bin/sleep', ['600']);
  const denied = await asNobody(() => pagemap.read({ pid, paths: here, ranges: [{ start: 0, end: 4096 }] }, signal));
  assert.equal(!denied.ok && denied.reason, 'denied');
});

test('a page is present when bit 63 of its word is set', () => {
  const words = new BigUint64Array([1n << 63n, 0n, 1n << 62n, (1n << 63n) | 5n, (1n << 63n) - 1n]);
  assert.equal(countPresent(new Uint8Array(words.buffer)).present, 2);
  assert.equal(countPresent(new Uint8Array()).present, 0);
});

test('present pages that follow one another are one run, across the pieces of a reading too', () => {
  const pages = (...present: number[]) => new Uint8Array(new BigUint64Array(present.map((one) => BigInt(one) << 63n)).buffer);
  const count = countPresent(pages(1, 1, 0, 1));
  assert.deepEqual(countPresent(pages(1, 0, 1, 0), count), { present: 5, runs: [2, 2, 1], goesOn: false });
});

test('the page size is the one of the auxiliary vector', () => {
  const pairs = (...words: bigint[]) => Buffer.from(new BigUint64Array(words).buffer);
  assert.equal(pageSizeIn(pairs(33n, 6n, 6n, 65_536n, 0n, 0n)), 65_536);
  assert.equal(pageSizeIn(Buffer.alloc(0)), 4096);
});

/** RssAnon in KiB. */
function anonOf(pid: number): number {
  const [, kibibytes] = /^RssAnon:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1')) ?? [];
  return Number(kibibytes);
}
