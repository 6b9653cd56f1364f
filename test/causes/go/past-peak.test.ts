import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ledgerOf } from '../../../src/books/ledger.ts';
import { goStartupSpike } from '../../../src/causes/go/go-startup-spike.ts';
import { pastPeakOf } from '../../../src/causes/go/past-peak.ts';
import { peakNotGo } from '../../../src/causes/native/peak-not-go.ts';
import type { BuildInfo } from '../../../src/model/go.ts';
import type { ProcessStatus } from '../../../src/model/process.ts';
import { found, known } from '../../../src/model/reading.ts';
import { bytes, kib } from '../../../src/model/units.ts';
import { memStatsWith, snapshotWith } from '../../snapshots.ts';
import { bookWith } from '../books.ts';
import { pastOf } from '../pasts.ts';

const mib = (count: number) => bytes(count * 1024 ** 2);
const unknown = { rssAnon: undefined, rssFile: undefined, rssShmem: undefined, vmPte: undefined, threads: 9 };

function status(vmHwm: number, vmRss: number, vmSwap = 0): ProcessStatus {
  return { name: 'x', ...unknown, vmHwm: bytes(vmHwm), vmRss: bytes(vmRss), vmSwap: bytes(vmSwap) };
}

/** Go's numbers of a program that mapped 200 MiB itself, wrote them and unmapped them: its heap never held more than a MiB. */
const small = memStatsWith({
  sys: bytes(7_733_248 + 12 * 1024 ** 2),
  heapSys: bytes(7_733_248),
  heapIdle: bytes(6_561_792),
  heapInuse: bytes(1_171_456),
  heapReleased: bytes(4_153_344),
  heapAlloc: bytes(512_000),
});
const nativePeak = { status: found(status(kib(213_140), kib(8_340))), go: found({ memstats: small }) };

function judged(snapshot: Parameters<typeof snapshotWith>[0], past = pastOf({})) {
  const ledger = ledgerOf(snapshotWith(snapshot), bookWith({ go_metadata: 3 * 1024 ** 2, go_arenas: 5 * 1024 ** 2 }));
  const of = (cause: typeof peakNotGo) => known(cause.judge({ ledger, past }));
  return { spike: of(goStartupSpike), other: of(peakNotGo) };
}

test('200 MiB of native memory or of a mapped file that are gone were not the heap, and no LIST call made them', () => {
  const { spike, other } = judged(nativePeak);
  assert.equal(spike, 'inactive');
  assert.ok(other !== undefined && other !== 'inactive');
  assert.match(
    other.summary,
    /^A peak that was not Go's is over: 200 MiB more than now were resident, and Go gave back no more than 3\.96 MiB since/,
  );
  assert.match(other.next, /room in the limit, and GOMEMLIMIT does not lower it/);
  assert.doesNotMatch(other.summary + other.next, /LIST|heap of/);
  assert.equal(other.bytes, undefined, 'nothing of it is held any more');
});

test('what memgap saw fall is named: mapped files need no room', () => {
  const file = judged(nativePeak, pastOf({ mapped_files: [0, mib(200), mib(1)], native_mmap: [mib(1), mib(1), mib(1)] })).other;
  assert.ok(file !== undefined && file !== 'inactive');
  assert.match(file.summary, /most of it mapped files\.$/);
  assert.match(file.next, /^nothing: pages of files/);
  const native = judged(nativePeak, pastOf({ native_mmap: [0, mib(180), mib(1)] })).other;
  assert.ok(native !== undefined && native !== 'inactive');
  assert.match(native.summary, /most of it memory mapped outside of Go\.$/);
});

test('a heap that was given back was the peak; LIST calls are named where client-go is in the build only', () => {
  const memstats = memStatsWith({
    sys: mib(272),
    heapSys: mib(260),
    heapAlloc: mib(9),
    heapIdle: mib(250),
    heapInuse: mib(10),
    heapReleased: mib(240),
  });
  const build: BuildInfo = { goVersion: 'go1.27', mainModule: 'x', goarch: 'amd64', cgo: false, instrumented: false };
  const peak = { status: found(status(mib(270), mib(25))), go: found({ memstats }) };
  const { spike, other } = judged({ ...peak, build: found(build) });
  assert.ok(spike !== undefined && spike !== 'inactive' && other === 'inactive');
  assert.doesNotMatch(spike.next, /LIST|informers/);
  const operator = judged({ ...peak, build: found({ ...build, clientGo: true }) }).spike;
  assert.ok(operator !== undefined && operator !== 'inactive');
  assert.match(operator.next, /page the LIST calls/);
});

test('what was swapped out is not over', () => {
  const memstats = memStatsWith({ sys: mib(272), heapSys: mib(260), heapIdle: mib(10), heapInuse: mib(250), heapReleased: mib(5) });
  assert.equal(pastPeakOf({ status: found(status(mib(270), mib(25), mib(240))), go: found({ memstats }) }), undefined);
});

test('it is at most one of the two, and the heap only where Go gave back half of what is gone', () => {
  const size = fc.integer({ min: 0, max: 2 ** 31 }).map(bytes);
  fc.assert(
    fc.property(size, size, size, size, size, (vmHwm, vmRss, heapInuse, heapIdle, heapReleased) => {
      const heapSys = heapInuse + heapIdle;
      const released = bytes(Math.min(heapIdle, heapReleased));
      const memstats = memStatsWith({
        sys: bytes(heapSys + mib(12)),
        heapSys: bytes(heapSys),
        heapAlloc: bytes(0),
        heapIdle,
        heapInuse,
        heapReleased: released,
      });
      const snapshot = { status: found(status(vmHwm, vmRss)), go: found({ memstats }) };
      const { spike, other } = judged(snapshot);
      assert.ok(spike === 'inactive' || other === 'inactive');
      assert.ok(spike !== undefined && other !== undefined);
      if (spike !== 'inactive') assert.ok(released >= (vmHwm - vmRss) / 2);
    }),
  );
});
