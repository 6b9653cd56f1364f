import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { ledgerOf } from '../../src/ledger/ledger.ts';
import { found } from '../../src/reading.ts';
import { bytes, kib } from '../../src/units.ts';
import { snapshotWith } from '../snapshots.ts';

const seed = JSON.parse(readFileSync(new URL('../fixtures/seed-case.json', import.meta.url), 'utf8'));
const m = seed.memstats;

const ledger = ledgerOf(
  snapshotWith({
    goSource: 'pprof_heap',
    go: found({
      memstats: {
        sys: bytes(m.Sys),
        heapAlloc: bytes(m.HeapAlloc),
        heapSys: bytes(m.HeapSys),
        heapIdle: bytes(m.HeapIdle),
        heapInuse: bytes(m.HeapInuse),
        heapReleased: bytes(m.HeapReleased),
        stackInuse: bytes(m.StackInuse),
        stackSys: bytes(m.StackSys),
        mspanSys: bytes(m.MSpanSys),
        mcacheSys: bytes(m.MCacheSys),
        buckHashSys: bytes(m.BuckHashSys),
        gcSys: bytes(m.GCSys),
        otherSys: bytes(m.OtherSys),
        nextGc: bytes(m.NextGC),
        numGc: undefined,
      },
      goroutines: seed.goroutines,
    }),
    status: found({
      name: 'operator',
      vmRss: kib(seed.status.VmRSS_kib),
      vmHwm: undefined,
      rssAnon: kib(seed.status.VmRSS_kib - seed.status.shared_kib),
      rssFile: kib(seed.status.shared_kib), // top's SHR: RssFile + RssShmem, not told apart by the investigator
      rssShmem: kib(0),
      vmSwap: undefined,
      vmPte: undefined,
      threads: seed.status.threads,
    }),
  }),
);

const { go, rss, unexplained, anonBeyondGo } = ledger;
assert.ok(go.ok && rss.ok && rss.value.kinds.ok && unexplained.ok && anonBeyondGo.ok);
const { components } = rss.value.kinds.value;

const actual: Record<string, number> = {
  used: go.value.used,
  reserved: go.value.reserved,
  released: go.value.released,
  fragmentation: go.value.fragmentation,
  rss: rss.value.total,
  unexplained: unexplained.value,
  rss_file_and_shmem: (components.file ?? Number.NaN) + (components.shmem ?? Number.NaN),
  rss_anon: components.anon ?? Number.NaN,
  anon_not_in_go_accounts_at_least: anonBeyondGo.value,
  metadata_with_work_buffers: go.value.metadata,
};

for (const [name, value] of Object.entries(seed.expected)) {
  test(`the seed case: ${name} is ${value}`, () => assert.equal(actual[name], value));
}

test('the seed case: the Go book adds up to Sys with nothing left', () => {
  assert.equal(
    Object.values(go.value.components).reduce((sum, size) => sum + size, 0),
    m.Sys,
  );
  assert.equal(go.value.unattributed, 0);
});
