import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ledgerDocument } from '../../../src/answer/document.ts';
import { circumstances } from '../../../src/answer/notes.ts';
import { ledgerOf } from '../../../src/books/ledger.ts';
import { limitWithoutHeadroom } from '../../../src/causes/container/limit-without-headroom.ts';
import { gogcOf, memoryLimitOf } from '../../../src/causes/go/go-settings.ts';
import type { GoNumbers } from '../../../src/model/go.ts';
import { found, known, missing } from '../../../src/model/reading.ts';
import type { Snapshot } from '../../../src/model/snapshot.ts';
import { bytes } from '../../../src/model/units.ts';
import { goFamilies } from '../../../src/serve/metrics/go.ts';
import { fullSnapshot, stateOf } from '../../serve/metrics/states.ts';
import { cgroupStatWith, memStatsWith, snapshotWith } from '../../snapshots.ts';
import { pastOf } from '../pasts.ts';

const mib = 1024 ** 2;

/** The full snapshot with 100 MiB of limit, of which 45 can't be taken back; its Go source tells no setting but what is given. */
function snapshot(environment: Snapshot['environment'], told: Pick<GoNumbers, 'memoryLimit' | 'gogc' | 'goVersion'> = {}): Snapshot {
  const { go, cgroup } = fullSnapshot;
  assert.ok(go.ok && cgroup.ok);
  const [level] = cgroup.value.levels;
  return {
    ...fullSnapshot,
    environment,
    build: missing('denied', 'not part of this test'),
    go: found({ memstats: go.value.memstats, ...told }),
    cgroup: found({ ...cgroup.value, levels: [{ ...level, limit: bytes(50 * mib) }] as const }),
  };
}

const environment = found({ memoryLimit: bytes(48 * mib), gogc: 0.5 });
const ofEnvironment = /of the environment; debug\.SetMemoryLimit would not show/;

test('what the runtime tells stands before what it was told; the environment fills in', () => {
  const both = ledgerOf(snapshot(environment, { memoryLimit: bytes(40 * mib) }));
  assert.deepEqual(memoryLimitOf(both), found({ value: 40 * mib, source: 'runtime' }));
  assert.deepEqual(gogcOf(both), found({ value: 0.5, source: 'environment' }));
  const denied = missing('denied', 'environ: EACCES');
  assert.equal(memoryLimitOf(ledgerOf(snapshot(denied))), denied);
});

test('Go before 1.19 does not heed GOMEMLIMIT; with one that is no number none starts', () => {
  const old = memoryLimitOf(ledgerOf(snapshot(environment, { goVersion: 'go1.18.10' })));
  assert.deepEqual(old, found({ value: 'off', source: 'runtime' }));
  const odd = memoryLimitOf(ledgerOf(snapshot(found({ memoryLimit: undefined, gogc: 1 }))));
  assert.equal(odd.ok ? '' : odd.reason, 'malformed');
});

test('GOMEMLIMIT of the environment is judged, and called so wherever it is shown', () => {
  const ledger = ledgerOf(snapshot(environment));
  const judgment = limitWithoutHeadroom.judge({ ledger, past: pastOf({}) });
  assert.ok(judgment.ok && judgment.value !== 'inactive');
  assert.match(
    judgment.value.summary,
    /^GOMEMLIMIT is 48\.0 MiB \(of the environment; debug\.SetMemoryLimit would not show\) below a limit of 50\.0 MiB/,
  );
  assert.equal(judgment.value.evidence.flatMap((each) => each || []).find(({ source }) => source === 'environ')?.value, 48 * mib);
  assert.match(circumstances(ledger).join('\n'), ofEnvironment);
  const { go } = JSON.parse(JSON.stringify(ledgerDocument(ledger)));
  assert.deepEqual([go.memory_limit, go.memory_limit_source, go.gogc], [48 * mib, 'environment', 0.5]);
});

test('no GOMEMLIMIT in the environment is not off: a program can set it, and only where its collections come tells', () => {
  const unset = found({ memoryLimit: 'off' as const, gogc: 1 });
  const ledger = ledgerOf(snapshot(unset));
  const told = memoryLimitOf(ledger);
  assert.ok(!told.ok && told.reason === 'disabled');
  assert.match(circumstances(ledger).join('\n'), /, no GOMEMLIMIT, \(of the environment; debug\.SetMemoryLimit would not show\)/);
  const { go } = JSON.parse(JSON.stringify(ledgerDocument(ledger)));
  assert.deepEqual([go.memory_limit, go.memory_limit_source], [undefined, undefined]);
});

/**
 * automemlimit's 90 % of 256 MiB at 217 of it (gomemlimit-inprocess), and the same without: what both have is no GOMEMLIMIT in the
 * environment.
 */
for (const [nextGc, expected] of [
  [215, 'inactive'],
  [262, "The heap may grow beyond a limit of 256 MiB before it is collected, and 2.00 MiB of the container is not Go's"],
] as const) {
  test(`the next collection at ${nextGc} MiB of a limit of 256: ${expected}`, () => {
    const unset = found({ memoryLimit: 'off' as const, gogc: 1 });
    const heap = { heapAlloc: bytes(190 * mib), heapInuse: bytes(200 * mib), heapIdle: bytes(10 * mib), heapReleased: bytes(0) };
    const memstats = memStatsWith({ ...heap, heapSys: bytes(210 * mib), sys: bytes(222 * mib), nextGc: bytes(nextGc * mib) });
    const { cgroup } = fullSnapshot;
    assert.ok(cgroup.ok);
    const none = bytes(0);
    const stat = cgroupStatWith({ anon: bytes(217 * mib), file: none, shmem: none, dirty: none, writeback: none });
    const level = { path: '/', usage: bytes(224 * mib), limit: bytes(256 * mib), high: undefined, stat };
    const ledger = ledgerOf(
      snapshotWith({ environment: unset, go: found({ memstats }), cgroup: found({ ...cgroup.value, levels: [level] }) }),
    );
    const judgment = limitWithoutHeadroom.judge({ ledger, past: pastOf({}) });
    assert.ok(judgment.ok);
    assert.ok(judgment.value === expected || (judgment.value !== 'inactive' && judgment.value.summary.startsWith(expected)));
  });
}

test('the metrics take it from there as well', () => {
  const state = stateOf(snapshot(environment));
  const sampled = (family: string) => [...(goFamilies.find(({ name }) => name === family)?.values(state) ?? [])].map(({ value }) => value);
  assert.deepEqual(sampled('memgap_go_memory_limit_bytes'), [48 * mib]);
  assert.deepEqual(sampled('memgap_go_gogc_ratio'), [0.5]);
});

test('where neither it nor NextGC is told it is not judged, with the reason of the environment', () => {
  const closed = missing('denied', "open to the target's own user alone");
  const { go, ...rest } = snapshot(closed);
  assert.ok(go.ok);
  const untold = found({ ...go.value, memstats: { ...go.value.memstats, nextGc: undefined, isNextGcUnknown: true } });
  const judgment = limitWithoutHeadroom.judge({ ledger: ledgerOf({ ...rest, go: untold }), past: pastOf({}) });
  assert.equal(judgment, closed);
  assert.equal(known(judgment), undefined);
});
