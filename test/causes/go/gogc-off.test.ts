import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ledgerOf } from '../../../src/books/ledger.ts';
import { goGcHeadroom } from '../../../src/causes/go/go-gc-headroom.ts';
import { goLiveHeap } from '../../../src/causes/go/go-live-heap.ts';
import { goReserved } from '../../../src/causes/go/go-reserved.ts';
import { gogcOff } from '../../../src/causes/go/gogc-off.ts';
import type { GoNumbers, MemStats } from '../../../src/model/go.ts';
import { found, known, missing } from '../../../src/model/reading.ts';
import type { Snapshot } from '../../../src/model/snapshot.ts';
import { bytes } from '../../../src/model/units.ts';
import { memStatsWith, snapshotWith } from '../../snapshots.ts';
import { pastOf } from '../pasts.ts';

const mib = (count: number) => bytes(count * 1024 ** 2);
const resident = { vmRss: mib(145), vmHwm: mib(145), rssAnon: undefined, rssFile: undefined, rssShmem: undefined };
const status: Snapshot['status'] = found({ name: 'c', ...resident, vmSwap: undefined, vmPte: undefined, threads: 9 });

/** Numbers as a Go tells them; `goal` is NextGC. */
function ledgerWith(goal: number | undefined, known: Partial<MemStats> = {}, settings: Pick<GoNumbers, 'gogc' | 'memoryLimit'> = {}) {
  const memstats = memStatsWith({ nextGc: goal === undefined ? undefined : mib(goal), ...known });
  return ledgerOf(snapshotWith({ status, go: found({ memstats, ...settings }) }));
}

function named(cause: typeof gogcOff, ledger: ReturnType<typeof ledgerWith>, past = pastOf({})) {
  const finding = known(cause.judge({ ledger, past }));
  assert.ok(finding !== undefined);
  return finding === 'inactive' ? undefined : finding;
}

test('a collector that is off and has no limit is named at one look, before any collection', () => {
  const off = ledgerWith(undefined, { numGc: 0, heapAlloc: mib(18) });
  const { summary, next, bytes: size } = named(gogcOff, off) ?? {};
  assert.match(summary ?? '', /collector is off and no GOMEMLIMIT starts it: each allocation stays until an OOM kill, 18\.0 MiB so far/);
  assert.match(next ?? '', /GOMEMLIMIT .* or GOGC=100/);
  assert.equal(size, mib(18));
  const live = goLiveHeap.judge({ ledger: off, past: pastOf({}) });
  assert.ok(!live.ok && live.reason === 'disabled', 'and it is not too early for two collections, which will never come');
});

test('a goal that the source does not tell is none that is beyond all memory', () => {
  assert.equal(named(gogcOff, ledgerWith(undefined, { isNextGcUnknown: true })), undefined);
  assert.equal(named(gogcOff, ledgerWith(40)), undefined);
});

test('idle heap under GOGC=off is kept until 95 % of the limit, said so, whatever the goal', () => {
  for (const [memoryLimit, says] of [
    [mib(512), /with GOGC=off it is kept until Go uses 95 % of GOMEMLIMIT \(512 MiB\), and nothing starts a collection before/],
    ['off', /with GOGC=off and no GOMEMLIMIT gives none of it back/],
    [undefined, /95 % of GOMEMLIMIT, which is not known/],
  ] as const) {
    const settings: Pick<GoNumbers, 'gogc' | 'memoryLimit'> = { gogc: 'off', ...(memoryLimit !== undefined && { memoryLimit }) };
    const { summary, next } = named(goReserved, ledgerWith(500, {}, settings)) ?? {};
    assert.match(summary ?? '', says);
    assert.match(next ?? '', /FreeOSMemory/);
    assert.doesNotMatch(next ?? '', /given back/);
  }
});

test('a limit that is not in the environment is not known to be off, unless NextGC says that there is none', () => {
  const environment = found({ gogc: 'off', memoryLimit: 'off' } as const);
  const of = (nextGc: number | undefined) => {
    const memstats = memStatsWith({ nextGc: nextGc === undefined ? undefined : mib(nextGc) });
    return named(goReserved, ledgerOf(snapshotWith({ status, environment, go: found({ memstats }) })))?.summary ?? '';
  };
  assert.match(of(500), /95 % of GOMEMLIMIT, which is not known/);
  assert.match(of(undefined), /no GOMEMLIMIT gives none of it back/);
});

test('idle heap of a program that collects is given back, and within its goal it is no finding', () => {
  assert.match(named(goReserved, ledgerWith(20))?.next ?? '', /^nothing: it is reused or given back/);
  assert.equal(named(goReserved, ledgerWith(500)), undefined);
});

test('garbage under GOGC=off waits for the limit, and GOGC below 100 is no advice', () => {
  const past = pastOf({ num_gc: [9, 12, 12], heap_alloc: [mib(5), mib(20), mib(20)] });
  const { summary, next } = named(goGcHeadroom, ledgerWith(500, {}, { gogc: 'off', memoryLimit: mib(512) }), past) ?? {};
  assert.match(summary ?? '', /which with GOGC=off comes only near GOMEMLIMIT/);
  assert.doesNotMatch(next ?? '', /GOGC below 100/);
});

test('where nothing tells the settings, no word of GOGC=off', () => {
  const ledger = ledgerOf(
    snapshotWith({ status, go: found({ memstats: memStatsWith({ nextGc: mib(20) }) }), environment: missing('denied', 'x') }),
  );
  assert.doesNotMatch(named(goReserved, ledger)?.summary ?? '', /GOGC/);
});
