import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeLeak } from '../../acceptance/accuracy/judge-leak.ts';
import type { LeakRun } from '../../acceptance/accuracy/leaks.ts';
import { leak, look, mib } from './looks.ts';

function missesOf(known: Partial<LeakRun>): readonly string[] {
  return judgeLeak(leak(known)).misses;
}

test('a leak that is booked as it should be misses nothing', () => {
  const { measured, error, rightClass, interval, misses } = judgeLeak(leak());
  assert.deepEqual({ measured, error, rightClass, misses }, { measured: 128 * mib, error: 0, rightClass: true, misses: [] });
  assert.deepEqual(interval, {
    low: 126 * mib,
    high: 128 * mib,
    truth: { low: 128 * mib, high: 128 * mib + 20 * 1024 }, // with what could have been there before
    holds: true,
  });
});

test('a leak in a wrong component', () => {
  const misses = missesOf({ grown: { native_mmap: 0, go_metadata: 128 * mib } });
  assert.match(misses.join('\n'), /native_mmap is off by -128\.00 MiB, allowed 1\.28 MiB/);
  assert.match(misses.join('\n'), /go_metadata grew most \(128\.00 MiB\), not native_mmap/);
});

test('more than 1 % too little and too much, and 1 % that is allowed', () => {
  assert.match(missesOf({ grown: { native_mmap: 126.5 * mib } }).join(), /off by -1\.50 MiB/);
  assert.match(missesOf({ grown: { native_mmap: 129.5 * mib } }).join(), /off by 1\.50 MiB/);
  assert.deepEqual(missesOf({ grown: { native_mmap: 127 * mib } }), []);
});

test('what the allocator took on top is no error, what is beyond it is', () => {
  const heap = { leak: 'live-heap', component: 'go_arenas', overhead: 3 * mib };
  assert.deepEqual(missesOf({ ...heap, grown: { go_arenas: 131 * mib } }), []);
  assert.match(missesOf({ ...heap, grown: { go_arenas: 133 * mib } }).join(), /go_arenas is off by 2\.00 MiB/);
});

test('bytes in no component', () => {
  const misses = missesOf({ after: look({ total: 228 * mib, unattributed: 0.5 * mib }) });
  assert.match(misses.join('\n'), /0\.22 % of RSS is unattributed/);
  assert.match(missesOf({ after: look({ total: 228 * mib, unattributed: -0.5 * mib }) }).join('\n'), /0\.22 % of RSS is unattributed/);
});

test('an interval that misses the truth, from either side', () => {
  const after = (low: number, high: number) =>
    look({ total: 228 * mib, components: { native_mmap: 128 * mib }, foreign: { estimate: 128 * mib, low: low * mib, high: high * mib } });
  assert.match(
    missesOf({ after: after(120, 127) }).join('\n'),
    /the truth, 1\d\d\.\d+ MiB to 1\d\d\.\d+ MiB, lies outside of 120\.00 MiB to 127\.00 MiB/,
  );
  assert.match(missesOf({ after: after(129, 130) }).join('\n'), /lies outside of 129\.00 MiB to 130\.00 MiB/);
  assert.deepEqual(missesOf({ after: after(127, 129) }), []);
});

test('an interval that is too wide: 5 % of RSS, 2 % with memory reads', () => {
  const wide = (size: number) =>
    look({
      total: 228 * mib,
      components: { native_mmap: 128 * mib },
      foreign: { estimate: 128 * mib, low: (128 - size) * mib, high: 128 * mib },
    });
  const reads = { memoryReads: true };
  assert.match(missesOf({ after: wide(12) }).join(), /mmap on go1\.26-pure: the interval of foreign memory is 5\.3 % of RSS wide/);
  assert.deepEqual(missesOf({ after: wide(11) }), []);
  const read = missesOf({ looking: reads, after: { ...wide(5) } }).join();
  assert.match(read, /with memory reads: the interval of foreign memory is 2\.2 % of RSS wide/);
});

test('released and resident memory is judged by its interval, and its component by being the one that grew', () => {
  const released = (floor: number, ceiling: number) => ({
    leak: 'huge-released',
    component: 'go_released_resident',
    after: look({ total: 228 * mib, released_resident: { floor: floor * mib, ceiling: ceiling * mib } }),
  });
  assert.deepEqual(missesOf({ ...released(125, 129), grown: { go_released_resident: 125 * mib } }), []);
  assert.match(
    missesOf({ ...released(90, 100), grown: { go_released_resident: 90 * mib } }).join(),
    /the truth, 1\d\d\.\d+ MiB to 1\d\d\.\d+ MiB, lies outside/,
  );
  assert.match(missesOf({ ...released(125, 129), grown: { go_arenas: 125 * mib } }).join(), /go_arenas grew most/);
});

test('what arithmetic cannot see may stay hidden, but not outside of the interval', () => {
  const hidden = { leak: 'huge-beside-untouched', component: 'go_released_resident', grown: { go_arenas: 1 * mib } };
  const after = (ceiling: number) => look({ released_resident: { floor: 0, ceiling: ceiling * mib } });
  assert.deepEqual(missesOf({ ...hidden, after: after(129) }), []);
  assert.match(missesOf({ ...hidden, after: after(100) }).join(), /the truth, 1\d\d\.\d+ MiB to 1\d\d\.\d+ MiB, lies outside/);
});

test('where nothing was to grow, nothing may grow', () => {
  const nothing = { leak: 'freed', component: 'go_arenas', injected: { low: 0, high: 0 } };
  assert.deepEqual(missesOf({ ...nothing, grown: { go_arenas: 0.1 * mib, shmem: 0 } }), []);
  assert.match(missesOf({ ...nothing, grown: { go_arenas: 0, shmem: 2 * mib } }).join(), /shmem grew most/);
});

test('what is not told is not kept: no interval, no word on what is unattributed', () => {
  const { foreign, unattributed, ...untold } = leak().after.rss ?? { total: 0 };
  assert.ok(foreign !== undefined && unattributed === 0);
  const misses = missesOf({ after: { ...look(), rss: untold } });
  assert.deepEqual(misses, ['mmap on go1.26-pure: - of RSS is unattributed', 'mmap on go1.26-pure: no interval']);
  const released = { leak: 'collapsed', component: 'go_released_resident', grown: { go_released_resident: mib } };
  assert.deepEqual(missesOf(released), ['collapsed on go1.26-pure: no interval']);
});

test('a look that was never stable, one without components, a page that says something else', () => {
  assert.match(missesOf({ after: look({}, { stable: false }) }).join(), /no snapshot was stable/);
  const { measured, misses } = judgeLeak(leak({ grown: undefined, after: look({}, { why: 'permission denied' }) }));
  assert.equal(measured, undefined);
  assert.deepEqual(misses, ['mmap on go1.26-pure: no components (permission denied)']);
  assert.match(missesOf({ differences: ['memgap_rss_mapped_bytes is 1 on the page, 2 in the ledger'] }).join(), /is 1 on the page/);
});
