import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gogcOf, memoryLimitOf } from '../../src/causes/go-settings.ts';
import { limitWithoutHeadroom } from '../../src/causes/limit-without-headroom.ts';
import { ledgerDocument } from '../../src/explain/document.ts';
import { circumstances } from '../../src/explain/notes.ts';
import { ledgerOf } from '../../src/ledger/ledger.ts';
import { goFamilies } from '../../src/metrics/go.ts';
import { found, known, missing } from '../../src/reading.ts';
import type { GoNumbers, Snapshot } from '../../src/snapshot.ts';
import { bytes } from '../../src/units.ts';
import { fullSnapshot, stateOf } from '../metrics/states.ts';
import { pastOf } from './pasts.ts';

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

for (const [memoryLimit, summary] of [
  [bytes(48 * mib), /^GOMEMLIMIT is 48\.0 MiB \(of the environment; debug\.SetMemoryLimit would not show\) below a limit of 50\.0 MiB/],
  ['off', /^No GOMEMLIMIT \(of the environment; debug\.SetMemoryLimit would not show\) below a limit of 50\.0 MiB/],
] as const) {
  test(`GOMEMLIMIT ${memoryLimit} of the environment is judged, and called so wherever it is shown`, () => {
    const ledger = ledgerOf(snapshot(found({ memoryLimit, gogc: 0.5 })));
    const judgment = limitWithoutHeadroom.judge({ ledger, past: pastOf({}) });
    assert.ok(judgment.ok && judgment.value !== 'not this');
    assert.match(judgment.value.summary, summary);
    const { value } = judgment.value.evidence.find(({ source }) => source === 'environ') ?? {};
    assert.equal(value, memoryLimit === 'off' ? undefined : memoryLimit);
    assert.match(circumstances(ledger).join('\n'), ofEnvironment);
    const { go } = JSON.parse(JSON.stringify(ledgerDocument(ledger)));
    assert.deepEqual([go.memory_limit, go.memory_limit_source, go.gogc], [value, 'environment', 0.5]);
  });
}

test('the metrics take it from there as well', () => {
  const state = stateOf(snapshot(environment));
  const sampled = (family: string) => [...(goFamilies.find(({ name }) => name === family)?.values(state) ?? [])].map(({ value }) => value);
  assert.deepEqual(sampled('memgap_go_memory_limit_bytes'), [48 * mib]);
  assert.deepEqual(sampled('memgap_go_gogc_ratio'), [0.5]);
});

test('a limit that nobody tells is not judged, with the reason of the environment', () => {
  const closed = missing('denied', "open to the target's own user alone");
  const judgment = limitWithoutHeadroom.judge({ ledger: ledgerOf(snapshot(closed)), past: pastOf({}) });
  assert.equal(judgment, closed);
  assert.equal(known(judgment), undefined);
});
